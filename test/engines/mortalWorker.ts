// An engine worker that dies when told to: stands in for a native engine that crashes.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackboneArtifact, EngineBatch, EngineOptions } from '../../src/engines/engine.js';
import { toPlainError, type EngineCall, type EngineReply } from '../../src/engines/workerProtocol.js';
import { AppError } from '../../src/errors.js';

const port = parentPort!;
const loaded = new Set<string>();
const reply = (message: EngineReply): void => port.postMessage(message);

function answer(method: string, argument: unknown): unknown {
  if (method === 'loadBackbone') load(argument as BackboneArtifact);
  if (method !== 'run') return undefined;
  const { backboneId, pixels } = argument as EngineBatch;
  if (pixels[0] === 66) process.exit(7);
  if (!loaded.has(backboneId)) throw new Error(`backbone ${backboneId} is not loaded`);
  return { embeddings: Float32Array.from(pixels), logits: new Map(), inferenceMs: 0, headMs: 0 };
}

function load({ id }: BackboneArtifact): void {
  if (id === 'broken') throw new AppError('invalid_model', 'broken');
  loaded.add(id);
}

const { device, cacheDir } = (workerData as readonly EngineOptions[])[0]!;
// A test lets it die at its start, as long as this file is there.
if (existsSync(join(cacheDir, 'dead'))) process.exit(3);
if (device === 'dml') reply({ type: 'failed', error: { message: 'no such device here', code: 'engine_unavailable' } });
else {
  port.on('message', ({ id, method, args }: EngineCall) => {
    try {
      reply({ type: 'done', id, result: answer(method, args[0]) });
    } catch (error) {
      reply({ type: 'error', id, error: toPlainError(error) });
    }
    if (method === 'close') port.close();
  });
  const info = {
    engine: 'onnx',
    device: 'cpu',
    deviceName: 'mortal',
    libraries: {},
    threads: 1,
    precisions: ['fp32'],
  } as const;
  reply({ type: 'ready', info, refused: [] });
}
