// PostgreSQL is stopped as by a power cut and started again while clients classify with keys and images are uploaded.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Load } from '../../support/faults/load.js';
import { colours, countImages, key, startFaultyServer } from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { findPrograms, PostgresCluster } from '../../support/postgres.js';
import { colourImage } from '../../support/tinyModel.js';

const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
if (skip) console.error(`SKIPPED: the database stopped and started under load: ${skip}`);

test('a database that goes and comes back loses no acknowledged image and no classification', { skip }, async (t) => {
  const cluster = await PostgresCluster.create(programs!);
  t.after(() => cluster.remove());
  const server = await startFaultyServer(t, { DATABASE_URL: await cluster.newDatabase(), AUTH: 'required' });
  await server.createDataset();
  const tally = new Tally();
  const load = new Load({ url: server.url, tally, images: [await colourImage('red', 1)], headers: key });

  let acknowledged = 0;
  let seed = 0;
  const upload = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const reply = await server.upload(colours[i % 3]!, (seed += 1));
      if (tally.add(reply, 'an upload').status === 201) acknowledged += 1;
    }
  };
  for (let outage = 0; outage < 2; outage++) {
    await upload(6);
    const during = upload(6);
    await sleep(20);
    await cluster.stop();
    await sleep(1_500);
    await cluster.start();
    await during;
  }
  await load.stop();
  let back = await server.admin('GET', 'datasets/d');
  for (let i = 0; i < 10 && back.status !== 200; i++) back = await server.admin('GET', 'datasets/d');
  const kept = await countImages(server);
  for (let i = kept; i < acknowledged; i++) tally.lose('an acknowledged image');
  assert.ok(acknowledged >= 12, `${acknowledged} images acknowledged`);
  tally.report(t, 'database stopped and started twice');
});
