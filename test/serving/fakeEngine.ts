// An Engine of a few lines for tests of what surrounds it: the embedding of an item is its first pixel, runs wait until they are let go.
import type { Engine, EngineBatch, EngineOutput } from '../../src/engines/engine.js';

export interface FakeEngine extends Engine {
  /** Batches seen so far, by the first pixel of each item. */
  readonly batches: number[][];
  readonly loadedHeads: Set<string>;
  /** Every head that was ever loaded, in order. */
  readonly headsLoaded: string[];
  readonly loadedBackbones: Set<string>;
  /** Called for each batch before it is answered; may wait or throw. */
  onRun: (firstPixels: readonly number[]) => Promise<void>;
}

export function createFakeEngine(pixelsPerItem: number, classes: number): FakeEngine {
  const engine: FakeEngine = {
    batches: [],
    loadedHeads: new Set(),
    headsLoaded: [],
    loadedBackbones: new Set(),
    onRun: async () => undefined,
    info: { engine: 'onnx', device: 'cpu', deviceName: 'fake', libraries: {}, threads: 1, precisions: ['fp32'] },
    outage: undefined,
    loadBackbone: async ({ id }) => void engine.loadedBackbones.add(id),
    unloadBackbone: async (id) => void engine.loadedBackbones.delete(id),
    loadHead: async ({ id }) => {
      engine.headsLoaded.push(id);
      engine.loadedHeads.add(id);
    },
    unloadHead: async (id) => void engine.loadedHeads.delete(id),
    run: async ({ pixels, count, headIds }: EngineBatch): Promise<EngineOutput> => {
      const firstPixels = Array.from({ length: count }, (_, index) => pixels[index * pixelsPerItem]!);
      engine.batches.push(firstPixels);
      await engine.onRun(firstPixels);
      const logits = firstPixels.flatMap((pixel) => Array<number>(classes).fill(pixel));
      return {
        embeddings: Float32Array.from(firstPixels),
        logits: new Map(headIds.map((id) => [id, Float32Array.from(logits)])),
        inferenceMs: 1,
        headMs: 0.25,
      };
    },
    runHeads: async ({ embeddings, headIds }) => {
      const logits = [...embeddings].flatMap((pixel) => Array<number>(classes).fill(pixel));
      return new Map(headIds.map((id) => [id, Float32Array.from(logits)]));
    },
    close: async () => undefined,
  };
  return engine;
}
