// The thread that makes an empty embedded database, and ends: what that leaves in memory, 460 MB, goes with it.
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
