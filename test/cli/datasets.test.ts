import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { adminKey, call, startApp } from '../http/runningApp.js';
import { newDirectory, pglite } from '../support/databases.js';
import { seededImage } from '../support/seededImages.js';

const taxon = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const { url, dataDir: serverDataDir } = await startApp();

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> =>
  new Promise((resolve) => {
    const options = { env: { PATH: process.env.PATH, TAXON_URL: url, TAXON_API_KEY: adminKey, ...env } };
    execFile(process.execPath, [taxon, ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

async function newFolder(t: TestContext): Promise<string> {
  const folder = join(await newDirectory(t), 'Garments');
  const files = {
    'train/hat/1.jpg': await seededImage(1),
    'train/hat/2.jpg': await seededImage(2),
    'test/shoe/1.jpg': await seededImage(3),
    LICENSE: Buffer.from('x'),
  };
  for (const [name, bytes] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  await symlink(join(folder, 'test/shoe/1.jpg'), join(folder, 'test/shoe/linked.jpg'));
  return folder;
}

test('datasets import sends a folder to a running server, once', async (t) => {
  const folder = await newFolder(t);
  const first = await run(['datasets', 'import', folder]);
  assert.deepEqual(first, { code: 0, stdout: 'garments: 3 added, 1 already there, 0 failed\n', stderr: '' });
  assert.match((await run(['datasets', 'import', folder])).stdout, /0 added, 4 already there/);
  const { body } = await call<{ images: number; classes: unknown }>(`${url}/v1/admin/datasets/garments`, {
    headers: { 'x-api-key': adminKey },
  });
  assert.deepEqual(body.classes, [
    { label: 'hat', train: 2, validation: 0, test: 0, total: 2 },
    { label: 'shoe', train: 0, validation: 0, test: 1, total: 1 },
  ]);
});

test('datasets import names the images that failed and ends with 1', async (t) => {
  const folder = await newFolder(t);
  await writeFile(join(folder, 'train/hat/bad.jpg'), 'text');
  const { code, stdout, stderr } = await run(['datasets', 'import', folder, '--dataset', 'bad']);
  assert.deepEqual([code, stdout], [1, 'bad: 3 added, 1 already there, 1 failed\n']);
  assert.match(stderr, /^train\/hat\/bad\.jpg: unsupported_image: /);
});

test('datasets import says what is missing: a server, a key, images', async (t) => {
  const folder = await newFolder(t);
  assert.match(
    (await run(['datasets', 'import', folder, '--url', 'http://127.0.0.1:9'])).stderr,
    /No server answers at .*--url/,
  );
  assert.match((await run(['datasets', 'import', folder, '--key', 'wrong'])).stderr, /unauthorized: .*TAXON_API_KEY/);
  assert.match((await run(['datasets', 'import', await newDirectory(t)])).stderr, /There are no images/);
});

test('datasets import --direct writes into a data directory, unless a server has it open', async (t) => {
  const folder = await newFolder(t);
  const dataDir = await newDirectory(t);
  await pglite.prepare(dataDir);
  assert.match(
    (await run(['datasets', 'import', folder, '--direct'], { DATA_DIR: dataDir })).stdout,
    /3 added, 1 already there/,
  );
  const { code, stderr } = await run(['datasets', 'import', folder, '--direct'], { DATA_DIR: serverDataDir });
  assert.equal(code, 1);
  assert.match(stderr, /Another process has the embedded database open/);
});
