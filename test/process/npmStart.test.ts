// What `npm start` runs once everything is compiled.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServerProcess } from '../support/serverProcess.js';

const linux = process.platform === 'linux';

test(
  'npm start sets the allocator, and passes on a signal that the server may have had already',
  { skip: !linux },
  async (t) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'taxon-process-'));
    t.after(() => rm(dataDir, { recursive: true, force: true }));
    const { child, url, log, exited } = startServerProcess({ DATA_DIR: dataDir }, { script: 'dist/scripts/start.js' });
    assert.ok(await url);
    const { pid } = JSON.parse(log.at(-1)!) as { pid: number };
    t.after(() => {
      if (child.exitCode === null) process.kill(pid, 'SIGKILL');
    });
    assert.notEqual(pid, child.pid);
    assert.match(await readFile(`/proc/${pid}/environ`, 'utf8'), /MALLOC_TRIM_THRESHOLD_=131072/);
    // As a supervisor does that ends a group of processes.
    process.kill(pid, 'SIGTERM');
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
    assert.equal(log.filter((line) => line.includes('shutting down')).length, 1);
  },
);
