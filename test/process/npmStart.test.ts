// The server as `npm start` runs it once everything is compiled, and as `taxon` does without a command.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startServerProcess } from '../support/serverProcess.js';
import { runTaxon } from '../support/taxon.js';

const linux = process.platform === 'linux';

for (const [name, script] of [
  ['npm start', 'dist/scripts/start.js'],
  ['taxon', 'dist/src/cli/main.js'],
] as const)
  test(
    `${name} sets the allocator, and passes on a signal that the server may have had already`,
    { skip: !linux },
    async (t) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'taxon-process-'));
      t.after(() => rm(dataDir, { recursive: true, force: true }));
      const { child, url, log, exited } = startServerProcess({ DATA_DIR: dataDir }, { script });
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

test('what is no command of taxon is refused, not served', () => {
  const { status, stdout, stderr } = runTaxon('unused', 'srve');
  assert.ok(status === 1 || status === 2);
  assert.deepEqual([stdout, stderr], ['', "error: unknown command 'srve'\n(Did you mean serve?)\n"]);
});
