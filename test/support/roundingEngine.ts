// An engine that also computes in bf16, or says so: what such a precision does to embeddings is the test's to choose.
import { loadedIdOf, type Engine } from '../../src/engines/engine.js';

/** `round` is given the embeddings, [count, size], of every run in bf16, and gives others. The heads of such a run are not run again. */
export function createRoundingEngine(engine: Engine, round: (embeddings: Float32Array) => Float32Array): Engine {
  /** Backbones in bf16 by their loaded ids: the one in fp32 that stands in for them. */
  const standIns = new Map<string, string>();
  const inFp32 = new Set<string>();
  const unloadUnused = async (id: string): Promise<void> => {
    if (!inFp32.has(id) && ![...standIns.values()].includes(id)) await engine.unloadBackbone(id);
  };
  return {
    info: { ...engine.info, precisions: ['fp32', 'bf16'] },
    outage: engine.outage,
    loadBackbone: async (backbone) => {
      const { reduced, ...plain } = backbone;
      await engine.loadBackbone(plain);
      if (reduced) standIns.set(loadedIdOf(backbone), backbone.id);
      else inFp32.add(backbone.id);
    },
    unloadBackbone: async (id) => {
      const standIn = standIns.get(id) ?? id;
      standIns.delete(id);
      inFp32.delete(id);
      await unloadUnused(standIn);
    },
    loadHead: (head) => engine.loadHead({ ...head, backboneId: standIns.get(head.backboneId) ?? head.backboneId }),
    unloadHead: (id) => engine.unloadHead(id),
    run: async (batch) => {
      const standIn = standIns.get(batch.backboneId);
      if (standIn === undefined) return engine.run(batch);
      const output = await engine.run({ ...batch, backboneId: standIn });
      return { ...output, embeddings: round(output.embeddings) };
    },
    close: () => engine.close(),
  };
}
