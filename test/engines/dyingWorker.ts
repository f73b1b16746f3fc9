// The real engine worker, which ends when a batch begins with a certain pixel: stands in for a crash of the native library.
import { parentPort } from 'node:worker_threads';
import type { EngineBatch } from '../../src/engines/engine.js';
import type { EngineCall } from '../../src/engines/workerProtocol.js';

/** The first pixel of a batch that ends it. */
export const deadlyPixel = 66;

parentPort?.on('message', ({ method, args }: EngineCall) => {
  if (method === 'run' && (args[0] as EngineBatch).pixels[0] === deadlyPixel) process.exit(7);
});
if (parentPort !== null) await import('../../src/engines/worker.js');
