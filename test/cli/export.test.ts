// taxon export takes the version that is active, whether the server runs or not.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect } from '../../src/data/database/openDatabase.js';
import { pglite, silent } from '../support/databases.js';
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
  t.after(() => server.end());
  const url = (await server.url)!;
  const activated = await fetch(`${url}/v1/admin/models/colours/activate`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: '{"version":1}',
  });
  assert.equal(activated.status, 200);
  assert.match(run({ TAXON_URL: url }).stdout, /^Wrote colours version 1 to /);
  assert.match(run({ TAXON_URL: 'http://127.0.0.1:9' }).stderr, /No server answers at .*--url/);
  // The server has not read the directories again.
  for (const seed of [3, 4]) await publishTinyModel(env.MODELS_DIR, 'shapes', ['x', 'y'], { seed });
  const out = join(folder, 'shapes.taxon');
  assert.match(
    runTaxonWith({ ...env, TAXON_URL: url }, 'export', 'shapes', '--format', 'taxon', '--out', out).stdout,
    /^Wrote shapes version 2 to /,
  );
  server.child.kill('SIGTERM');
  await server.exited;
  assert.match(run().stdout, /^Wrote colours version 1 to /);
  assert.match(run({}, '--version', '2').stdout, /^Wrote colours version 2 to /);
});

test('a database of an earlier release, or an empty one, is read as it is: the release that serves it could not take it back', async () => {
  const dataDir = join(folder, 'earlier');
  await mkdir(dataDir);
  await pglite.prepare(dataDir);
  assert.match(run({ DATA_DIR: dataDir }).stdout, /^Wrote colours version 2 to /);
  const options = { dataDir, logger: silent };
  const database = await connect(options);
  const tables = await database.rows("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
  await database.run('CREATE TABLE classifiers (name text, active_version integer)');
  await database.run("INSERT INTO classifiers VALUES ('colours', 1)");
  await database.close();
  assert.deepEqual(tables, []);
  const { stdout, stderr } = run({ DATA_DIR: dataDir });
  assert.match(stdout, /^Wrote colours version 1 to /, stderr);
});
