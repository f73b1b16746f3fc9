// Two servers that share PostgreSQL and a bucket and no disk: what one has the other gets from the bucket.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { BucketServer, minio } from '../support/bucketServer.js';
import { newDirectory } from '../support/databases.js';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const programs = await findPrograms();
const skip = minio === undefined || programs === undefined ? 'MINIO and PostgreSQL 15 or later are needed' : false;
if (skip) console.error(`SKIPPED: two servers on one bucket: ${skip}`);

const headers = { 'x-api-key': adminKey };
const asJson = (body: object): RequestInit => ({
  method: 'POST',
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

async function becomes<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  for (const until = Date.now() + 120_000; ; await sleep(50)) {
    const answer = await ask();
    if (isDeepStrictEqual(answer, expected)) return;
    if (Date.now() > until) assert.deepEqual(answer, expected);
  }
}

test('two servers on one bucket', { skip }, async (t) => {
  const bucket = await BucketServer.start();
  t.after(() => bucket.remove());
  const cluster = await PostgresCluster.create(programs!);
  t.after(() => cluster.remove());
  const bundled = await newDirectory(t);
  await publishTinyModel(bundled, 'colours', colours);
  const start = async (trainers: string): Promise<string> => {
    const { url } = await startApp({
      DATABASE_URL: databaseUrl,
      STORAGE: 's3://taxon/installation',
      S3_ENDPOINT: bucket.endpoint,
      BUNDLED_MODELS_DIR: bundled,
      CACHE_DIR: await newDirectory(t),
      TRAINERS: trainers,
    });
    return url;
  };
  const databaseUrl = await cluster.newDatabase();
  const [trainer, other] = [await start('1'), await start('0')];

  const upload = async (url: string, label: ColourName, from: number, count = 8): Promise<number> => {
    const images = Array.from(
      { length: count },
      async (_, i) => [`${i}.png`, await colourImage(label, from + i)] as const,
    );
    const body = formOf('image', await Promise.all(images));
    return (await call(`${url}/v1/admin/datasets/d/images?label=${label}`, { method: 'POST', headers, body })).status;
  };
  const answering = async (url: string): Promise<unknown> => {
    const body = formOf('image', [['new.png', await colourImage('red', 99)]]);
    return (await call<{ model?: { version: number } }>(`${url}/v1/classify?model=colours`, { method: 'POST', body }))
      .body.model?.version;
  };

  await t.test('images of one are trained by the other, and the version answers in both', async () => {
    await call(`${other}/v1/admin/datasets/d`, { method: 'PUT', headers });
    for (const colour of colours) assert.equal(await upload(other, colour, 0), 201);
    const request = { dataset: 'd', model: 'colours', activate: 'always' };
    const { body } = await call<{ id: string }>(`${other}/v1/admin/retrain`, asJson(request));
    const stateOf = async (): Promise<unknown> =>
      (await call<{ state: string }>(`${other}/v1/admin/trainings/${body.id}`, { headers })).body.state;
    await becomes(stateOf, 'succeeded');
    for (const url of [trainer, other]) await becomes(() => answering(url), 2);
  });

  await t.test('a server that starts later, with empty disks, serves it too, and gives the images out', async () => {
    const url = await start('0');
    assert.equal(await answering(url), 2);
    const exported = await fetch(`${url}/v1/admin/datasets/d/export`, { headers });
    assert.equal(exported.status, 200);
    assert.ok((await exported.arrayBuffer()).byteLength > 24 * 100);
  });

  await t.test(
    'while the bucket is away answers go on and uploads are refused; afterwards all is as before',
    async () => {
      await bucket.kill();
      try {
        const until = Date.now() + 10_000;
        while (Date.now() < until) assert.equal(await answering(other), 2);
        const refused = await call(`${other}/v1/admin/datasets/d/images?label=red`, {
          method: 'POST',
          headers,
          body: formOf('image', [['late.png', await colourImage('red', 50)]]),
        });
        assert.match(JSON.stringify(refused.body), /storage_unavailable/);
      } finally {
        await bucket.restart();
      }
      await becomes(() => upload(other, 'red', 50, 1), 201);
    },
  );

  await t.test('what one removes is gone from the other', async () => {
    const activated = await call(`${trainer}/v1/admin/models/colours/activate`, asJson({ version: 1 }));
    assert.equal(activated.status, 200);
    const path = `${trainer}/v1/admin/models/colours/versions/2`;
    assert.equal((await fetch(path, { method: 'DELETE', headers })).status, 204);
    const versions = async (): Promise<unknown> =>
      (await call<{ versions: number[] }>(`${other}/v1/models/colours`)).body.versions;
    await becomes(async () => {
      return versions();
    }, [1]);
  });
});
