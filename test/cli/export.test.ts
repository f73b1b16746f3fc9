// taxon export takes the version that is active, whether the server runs or not.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startServerProcess } from '../support/serverProcess.js';
import { runTaxonWith, type Ended } from '../support/taxon.js';
import { publishTinyModel } from '../support/tinyModel.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-export-'));
after(() => rm(folder, { recursive: true, force: true }));
const env = { DATA_DIR: join(folder, 'data'), MODELS_DIR: join(folder, 'models') };
for (const seed of [1, 2]) await publishTinyModel(env.MODELS_DIR, 'colours', ['x', 'y'], { seed });

let exports = 0;
const run = (more: Readonly<Record<string, string>> = {}, ...args: readonly string[]): Ended =>
  runTaxonWith(
    { ...env, ...more },
    ...['export', 'colours', '--format', 'taxon', '--out', join(folder, `${(exports += 1)}.taxon`)],
    ...args,
  );

test('the newest version is exported where none was ever activated', () => {
  assert.match(run().stdout, /^Wrote colours version 2 to /);
});

test('the active version is exported while its server runs and when it does not; another one is named', async (t) => {
  const key = 'the-admin-key-of-exports';
  const server = startServerProcess({ ...env, ADMIN_API_KEY: key });
  t.after(() => server.child.kill('SIGKILL'));
  const url = (await server.url)!;
  const activated = await fetch(`${url}/v1/admin/models/colours/activate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"version":1}',
  });
  assert.equal(activated.status, 200);
  assert.match(run({ TAXON_URL: url }).stdout, /^Wrote colours version 1 to /);
  assert.match(run({ TAXON_URL: 'http://127.0.0.1:9' }).stderr, /No server answers at .*--url/);
  server.child.kill('SIGTERM');
  await server.exited;
  assert.match(run().stdout, /^Wrote colours version 1 to /);
  assert.match(run({}, '--version', '2').stdout, /^Wrote colours version 2 to /);
});
