import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, startApp } from './runningApp.js';

const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
if (skip) console.error(`SKIPPED: a server whose database goes away: ${skip}`);

test(
  'a server whose database is away answers 503 where it needs it, classifies all the same, and recovers by itself',
  { skip },
  async () => {
    const cluster = await PostgresCluster.create(programs!);
    after(() => cluster.remove());
    const { url } = await startApp({ DATABASE_URL: await cluster.newDatabase(), AUTH: 'required' });
    const headers = { 'x-api-key': adminKey };
    const datasets = `${url}/v1/admin/datasets`;
    const classify = async (): Promise<number> =>
      (
        await call(`${url}/v1/classify`, {
          method: 'POST',
          body: new Uint8Array(await seededImage(1)),
          headers: { ...headers, 'content-type': 'image/jpeg' },
        })
      ).status;
    assert.equal((await call(datasets, { headers })).status, 200);

    await cluster.stop();
    const away = await call(datasets, { headers });
    assert.deepEqual(
      [away.status, away.body.code, away.headers.get('content-type')],
      [503, 'database_unavailable', 'application/problem+json'],
    );
    assert.ok(Number(away.headers.get('retry-after')) > 0);
    assert.equal(await classify(), 200);

    await cluster.start();
    // Each call waits some seconds for a connection itself.
    const statuses: number[] = [];
    while (statuses.length < 5 && statuses.at(-1) !== 200) statuses.push((await call(datasets, { headers })).status);
    assert.equal(statuses.at(-1), 200);
  },
);
