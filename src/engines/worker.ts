// Entry of the engine worker: the one thread that loads a native engine. Calls are run one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { createInThread } from './create.js';
import type { Engine, EngineOutput } from './engine.js';
import type { EngineOptions } from './options.js';
import { toPlainError, type EngineCall, type EngineReply } from './workerProtocol.js';

const port = parentPort!;
const reply = (message: EngineReply, transfer: readonly ArrayBuffer[] = []): void => port.postMessage(message, transfer);

async function answer(engine: Engine, { id, method, args }: EngineCall): Promise<void> {
  try {
    const call = engine[method].bind(engine) as (...args: readonly unknown[]) => Promise<unknown>;
    const result = await call(...args);
    reply({ type: 'done', id, result }, method === 'run' ? buffersOf(result as EngineOutput) : []);
  } catch (error) {
    reply({ type: 'error', id, error: toPlainError(error) });
  }
  if (method === 'close') port.close();
}

const buffersOf = (output: EngineOutput): ArrayBuffer[] =>
  [output.embeddings, ...output.logits.values()].map((array) => array.buffer as ArrayBuffer);

try {
  const engine = await createInThread(workerData as EngineOptions);
  let last: Promise<void> = Promise.resolve();
  port.on('message', (call: EngineCall) => {
    last = last.then(() => answer(engine, call));
  });
  reply({ type: 'ready', info: engine.info });
} catch (error) {
  reply({ type: 'failed', error: toPlainError(error) });
}
