// An engine that also computes in bf16, or says so: what such a precision does to embeddings is the test's to choose.
import { loadedIdOf, type Engine } from '../../src/engines/engine.js';
import { AppError } from '../../src/errors.js';

/** What a test does to the embeddings, [count, size], of every run in bf16; `refused`: no backbone can be loaded in it. */
export type Rounding = 'refused' | ((embeddings: Float32Array) => Float32Array);

/** The heads of a run in bf16 are not run again on what `round` gives. */
export function createRoundingEngine(engine: Engine, round: Rounding): Engine {
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
      if (reduced && round === 'refused') throw new AppError('invalid_model', 'this backbone has no bf16');
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
      if (standIn === undefined || round === 'refused') return engine.run(batch);
      const output = await engine.run({ ...batch, backboneId: standIn });
      return { ...output, embeddings: round(output.embeddings) };
    },
    runHeads: (batch) => engine.runHeads(batch),
    close: () => engine.close(),
  };
}
