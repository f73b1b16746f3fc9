// Loaded before the server: SIGUSR2 ends the thread of the engine, as a crash of the native library would end it.
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

const engines: workerThreads.Worker[] = [];

class WatchedWorker extends workerThreads.Worker {
  constructor(...[filename, options]: ConstructorParameters<typeof workerThreads.Worker>) {
    super(filename, options);
    if (String(filename).endsWith('/engines/worker.js')) engines.push(this);
  }
}

workerThreads.Worker = WatchedWorker;
syncBuiltinESMExports();
if (workerThreads.isMainThread) process.on('SIGUSR2', () => void engines.at(-1)?.terminate());
