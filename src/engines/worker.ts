// Entry of the engine worker: the one thread that loads a native engine. Calls are run one after another.
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.js';
import { createInThread } from './create.js';
import type { Engine, EngineNotices, EngineOutput, EngineOptions } from './engine.js';
import { lowerThreadPriority } from '../threadPriority.js';
import { toPlainError, type EngineCall, type EngineReply } from './workerProtocol.js';

const port = parentPort!;
const reply = (message: EngineReply, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(message, transfer);

const notices: EngineNotices = {
  onOutage: (reason) => reply({ type: 'outage', reason }),
  onWarning: (text) => reply({ type: 'warning', text }),
};

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

/** The first that is available; the reasons of those before it go with the answer. */
async function createFirst(
  candidates: readonly EngineOptions[],
): Promise<{ readonly engine: Engine; readonly refused: readonly string[] }> {
  const refused: string[] = [];
  for (const options of candidates) {
    try {
      return { engine: await createInThread(options, notices), refused };
    } catch (error) {
      refused.push(`${options.engine} on ${options.device}: ${toPlainError(error).message}`);
    }
  }
  throw new AppError('engine_unavailable', refused.join('; '));
}

// An engine has a thread for each core, all of them busy: the event loop, which needs little, gets its turn at once. Trainings are lower still.
lowerThreadPriority(5);

try {
  const { engine, refused } = await createFirst(workerData as readonly EngineOptions[]);
  let last: Promise<void> = Promise.resolve();
  port.on('message', (call: EngineCall) => {
    last = last.then(() => answer(engine, call));
  });
  reply({ type: 'ready', info: engine.info, refused });
} catch (error) {
  reply({ type: 'failed', error: toPlainError(error) });
}
