import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { pino } from 'pino';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { freshFolder } from '../support/folder.js';

const threads = (): number[] => readdirSync('/proc/self/task').map(Number);

test(
  "the engine's threads let the event loop go first",
  { skip: process.platform !== 'linux' && 'threads have a priority of their own on Linux alone' },
  async (t) => {
    const own = getPriority();
    const before = new Set(threads());
    const engine = await startWorkerEngine(
      [{ engine: 'onnx', device: 'cpu', threads: 2, cacheDir: await freshFolder(t), warmupBatchSizes: [] }],
      { logger: pino({ level: 'silent' }) },
    );
    t.after(() => engine.close());
    const started = threads().filter((thread) => !before.has(thread));
    const lowest = Math.max(...started.map((thread) => getPriority(thread)));
    assert.equal(lowest, Math.min(19, own + 5));
    assert.equal(getPriority(), own);
  },
);
