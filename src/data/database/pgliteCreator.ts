// The thread that makes an empty embedded database and ends, which frees the 460 MB of memory that this takes.
import { workerData } from 'node:worker_threads';
import { createPglite } from './openPglite.js';
import type { PgliteWorkerData } from './pgliteProtocol.js';

const { directory, pgliteWasmModule } = workerData as PgliteWorkerData;

await createPglite(directory, {
  pgliteWasmModule,
  onPanic: (message) => {
    throw new Error(message);
  },
});
