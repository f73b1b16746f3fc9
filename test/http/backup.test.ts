// A backup of a server that answers and trains, restored elsewhere: on both databases, from each to the other.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { extract, pack } from 'tar-stream';
import { restoreBackup } from '../../src/data/backup/restoreBackup.js';
import { newDirectory, silent } from '../support/databases.js';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const headers = { 'x-api-key': adminKey };
const programs = await findPrograms();

async function upload(url: string, dataset: string, count: number, from = 0): Promise<void> {
  await call(`${url}/v1/admin/datasets/${dataset}`, { method: 'PUT', headers });
  for (const colour of colours) {
    const files = await Promise.all(
      Array.from({ length: count }, async (_, i) => [`${from + i}.png`, await colourImage(colour, from + i)] as const),
    );
    const path = `${url}/v1/admin/datasets/${dataset}/images?label=${colour}`;
    assert.equal((await call(path, { method: 'POST', headers, body: formOf('image', files) })).status, 201);
  }
}

async function train(url: string): Promise<void> {
  const { body } = await call<{ id: string }>(`${url}/v1/admin/retrain`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ dataset: 'd', model: 'colours' }),
  });
  for (;;) {
    const training = await call<{ state: string }>(`${url}/v1/admin/trainings/${body.id}`, { headers });
    if (training.body.state === 'succeeded') return;
    assert.ok(['queued', 'running'].includes(training.body.state), training.body.state);
    await sleep(50);
  }
}

async function takeBackup(url: string, file: string): Promise<void> {
  const response = await fetch(`${url}/v1/admin/backup`, { headers });
  assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/x-tar']);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
}

/** What people ask of a server. */
async function stateOf(url: string): Promise<unknown> {
  const get = async (path: string): Promise<unknown> => (await call(`${url}/v1/${path}`, { headers })).body;
  const classify = await call<{ results: unknown; model: unknown }>(`${url}/v1/classify?model=colours`, {
    method: 'POST',
    body: formOf('image', [['new.png', await colourImage('red', 99)]]),
  });
  const { trainings } = (await get('admin/trainings')) as { trainings: unknown };
  const { keys } = (await get('admin/keys')) as { keys: ReadonlyArray<Record<string, unknown>> };
  return {
    dataset: await get('admin/datasets/d'),
    images: await get('admin/datasets/d/images?limit=100'),
    models: await get('models/colours'),
    // Asking for it uses a key.
    keys: keys.map((key) => ({ ...key, lastUsedAt: null })),
    trainings,
    predictions: (classify.body.results as Array<{ predictions: unknown }>)[0]!.predictions,
    model: classify.body.model,
  };
}

async function startFilled(t: TestContext, env: Record<string, string> = {}) {
  const models = await newDirectory(t);
  await publishTinyModel(models, 'colours', colours);
  const running = await startApp({ ...env, MODELS_DIR: models });
  await upload(running.url, 'd', 8);
  await train(running.url);
  return { ...running, models };
}

interface Place {
  readonly dataDir: string;
  readonly modelsDir: string;
  readonly databaseUrl?: string;
}

async function emptyPlace(t: TestContext, databaseUrl?: string): Promise<Place> {
  const directory = await newDirectory(t);
  return {
    dataDir: join(directory, 'data'),
    modelsDir: join(directory, 'models'),
    ...(databaseUrl !== undefined && { databaseUrl }),
  };
}

const startAt = ({ dataDir, modelsDir, databaseUrl }: Place) =>
  startApp({
    DATA_DIR: dataDir,
    MODELS_DIR: modelsDir,
    ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
  });

async function postgres(t: TestContext): Promise<PostgresCluster> {
  const cluster = await PostgresCluster.create(programs!);
  t.after(() => cluster.remove());
  return cluster;
}

test('a backup of an embedded database serves the same elsewhere, and goes on from there', async (t) => {
  const { url, dataDir, models } = await startFilled(t);
  const file = join(await newDirectory(t), 'backup.tar');
  await takeBackup(url, file);
  const before = await stateOf(url);
  assert.deepEqual(await readdir(join(dataDir, 'exports')), [], 'what was made for it is gone');
  assert.deepEqual(
    (await readdir(models)).filter((name) => name.startsWith('.unfinished')),
    [],
  );
  // Yesterday's state, whatever comes after.
  await upload(url, 'd', 2, 50);

  const place = await emptyPlace(t);
  const { rows, files, release } = await restoreBackup({ ...place, file, logger: silent });
  assert.ok(rows > 24 && files > 24, `${rows} rows, ${files} files`);
  assert.match(release, /^\d+\.\d+/);
  const restored = await startAt(place);
  assert.deepEqual(await stateOf(restored.url), before);
  await upload(restored.url, 'd', 2, 70);
  await train(restored.url);
  const { body } = await call<{ versions: number[] }>(`${restored.url}/v1/models/colours`);
  assert.deepEqual(body.versions.toSorted(), [1, 2, 3]);
});

test('from PostgreSQL into an embedded database, and back', { skip: programs === undefined }, async (t) => {
  const cluster = await postgres(t);
  const { url } = await startFilled(t, { DATABASE_URL: await cluster.newDatabase() });
  const folder = await newDirectory(t);
  await takeBackup(url, join(folder, 'served.tar'));
  const before = await stateOf(url);

  const embedded = await emptyPlace(t);
  await restoreBackup({ ...embedded, file: join(folder, 'served.tar'), logger: silent });
  const second = await startAt(embedded);
  assert.deepEqual(await stateOf(second.url), before);
  await takeBackup(second.url, join(folder, 'embedded.tar'));

  const served = await emptyPlace(t, await cluster.newDatabase());
  await restoreBackup({ ...served, file: join(folder, 'embedded.tar'), logger: silent });
  assert.deepEqual(await stateOf((await startAt(served)).url), before);
  const again = { ...(await emptyPlace(t)), databaseUrl: served.databaseUrl! };
  await assert.rejects(restoreBackup({ ...again, file: join(folder, 'embedded.tar'), logger: silent }), {
    code: 'conflict',
    message: /has tables/,
  });
});

test('a backup that is taken while images come and go has every image that its rows name', async (t) => {
  const { url } = await startFilled(t);
  let busy = true;
  const change = async (): Promise<void> => {
    for (let round = 0; busy; round++) {
      await upload(url, `short-${round}`, 2, 100 + 10 * round);
      await call(`${url}/v1/admin/datasets/short-${round}`, { method: 'DELETE', headers }).catch(() => undefined);
    }
  };
  const changing = change();
  const folder = await newDirectory(t);
  try {
    for (let index = 0; index < 3; index++) {
      const file = join(folder, `${index}.tar`);
      await takeBackup(url, file);
      const names: string[] = [];
      let rows = '';
      const entries = extract();
      entries.end(await readFile(file));
      for await (const entry of entries) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of entry) chunks.push(chunk as Uint8Array);
        if (entry.header.name.endsWith('-images.jsonl')) rows += Buffer.concat(chunks).toString();
        if (entry.header.name.startsWith('images/')) {
          const sha256 = createHash('sha256').update(Buffer.concat(chunks)).digest('hex');
          names.push(sha256);
          assert.ok(entry.header.name.endsWith(sha256));
        }
      }
      const named = [...rows.matchAll(/"sha256": ?"([0-9a-f]{64})"/g)].map(([, sha256]) => sha256!);
      assert.deepEqual([...new Set(named)].sort(), names.sort());
    }
  } finally {
    busy = false;
    await changing;
  }
});

test('what is cut, changed or strange is refused, and leaves nothing', async (t) => {
  const { url } = await startFilled(t);
  const folder = await newDirectory(t);
  const whole = join(folder, 'whole.tar');
  await takeBackup(url, whole);
  const bytes = await readFile(whole);
  const refused = async (file: string, message: RegExp, code = 'invalid_archive'): Promise<void> => {
    const place = await emptyPlace(t);
    await assert.rejects(restoreBackup({ ...place, file, logger: silent }), { code, message });
    for (const directory of [place.dataDir, place.modelsDir])
      assert.deepEqual(await readdir(directory).catch(() => []), [], directory);
  };

  const cut = join(folder, 'cut.tar');
  await writeFile(cut, bytes);
  await truncate(cut, Math.floor(bytes.length / 2));
  await refused(cut, /damaged or cut short/);

  const changed = Buffer.from(bytes);
  const at = changed.indexOf('"label"');
  assert.ok(at > 0);
  changed.write('"lebel"', at);
  await writeFile(join(folder, 'changed.tar'), changed);
  await refused(join(folder, 'changed.tar'), /is not what it was/);

  const leading = pack();
  leading.entry({ name: 'images/../../../outside' }, 'x');
  leading.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of leading) chunks.push(chunk as Uint8Array);
  await writeFile(join(folder, 'leading.tar'), Buffer.concat(chunks));
  await refused(join(folder, 'leading.tar'), /which no backup has/);

  await writeFile(join(folder, 'text.tar'), 'no tar at all');
  await refused(join(folder, 'text.tar'), /damaged or cut short/);

  const newer = Buffer.from(bytes.toString('latin1').replace(/"schema": \d\d/, '"schema": 99'), 'latin1');
  const head = /"schema": \d\d/.exec(bytes.toString('latin1'))!;
  assert.ok(head);
  const sumOf = (tar: Buffer): string => {
    const text = tar.toString('latin1');
    const start = text.indexOf('{\n  "format": "taxon-backup/1"');
    const end = text.indexOf('}', start) + 1;
    return createHash('sha256').update(tar.subarray(start, end)).digest('hex');
  };
  const resummed = newer.toString('latin1').replace(sumOf(bytes), sumOf(newer));
  await writeFile(join(folder, 'newer.tar'), Buffer.from(resummed, 'latin1'));
  await refused(join(folder, 'newer.tar'), /of a newer release/, 'conflict');

  const filled = await emptyPlace(t);
  await restoreBackup({ ...filled, file: whole, logger: silent });
  await assert.rejects(restoreBackup({ ...filled, file: whole, logger: silent }), {
    code: 'conflict',
    message: /is not empty/,
  });
});

test('only an admin key takes everything along', async (t) => {
  const { url } = await startFilled(t);
  assert.equal((await fetch(`${url}/v1/admin/backup`)).status, 401);
  const made = await call<{ key: string }>(`${url}/v1/admin/keys`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'trainer', scopes: ['train'] }),
  });
  const { status } = await fetch(`${url}/v1/admin/backup`, { headers: { 'x-api-key': made.body.key } });
  assert.equal(status, 403);
});
