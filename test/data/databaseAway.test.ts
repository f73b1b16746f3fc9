import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import type { Database } from '../../src/data/database/database.js';
import { whileDatabaseAway } from '../../src/data/database/retry.js';
import { TrainingQueue } from '../../src/data/trainings/trainingQueue.js';
import { Trainings } from '../../src/data/trainings/trainings.js';
import { silent } from '../support/databases.js';
import { openLine } from '../support/openLine.js';
import { findPrograms, PostgresCluster } from '../support/postgres.js';

const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
if (skip) console.error(`SKIPPED: a database that goes away: ${skip}`);

describe('A PostgreSQL server that goes away', { skip }, () => {
  let cluster: PostgresCluster;
  let database: Database;

  before(async () => {
    cluster = await PostgresCluster.create(programs!);
    database = await openDatabase({ databaseUrl: await cluster.newDatabase(), dataDir: '/nowhere', logger: silent });
  });
  after(async () => {
    await database.close();
    await cluster.remove();
  });

  test('makes calls fail with database_unavailable, and is found again when it is back', async () => {
    await cluster.stop();
    await assert.rejects(database.run('SELECT 1'), { code: 'database_unavailable' });
    await assert.rejects(
      database.transaction((tx) => tx.run('SELECT 1')),
      { code: 'database_unavailable' },
    );
    await cluster.start();
    await whileDatabaseAway(() => database.run('SELECT 1'));
  });

  test('breaks a transaction in progress without breaking the process', async () => {
    const broken = database.transaction(async (tx) => {
      await tx.run("INSERT INTO classifiers (name) VALUES ('half')");
      await cluster.stop();
      await tx.run("INSERT INTO classifiers (name) VALUES ('other half')");
    });
    await assert.rejects(broken, { code: 'database_unavailable' });
    await cluster.start();
    const rows = await whileDatabaseAway(() => database.rows("SELECT FROM classifiers WHERE name = 'half'", []));
    assert.deepEqual(rows, []);
  });

  test('is listened to again when it is back, and listeners are told to read the state again', async () => {
    const heard: (string | undefined)[] = [];
    let wake = (): void => undefined;
    const next = (): Promise<void> => new Promise((resolve) => (wake = resolve));
    const unlisten = await database.listen('channel', (payload) => {
      heard.push(payload);
      wake();
    });
    const gap = next();
    await cluster.stop();
    await cluster.start();
    await gap;
    const rung = next();
    await whileDatabaseAway(() => database.notify('channel', 'hello'));
    await rung;
    assert.deepEqual(heard, [undefined, 'hello']);
    await unlisten();
  });

  test('is listened to again when the network swallowed the connection', async () => {
    const url = new URL(await cluster.newDatabase());
    const line = await openLine(Number(url.port));
    url.port = String(line.port);
    const behind = await openDatabase({ databaseUrl: url.href, dataDir: '/nowhere', logger: silent });
    try {
      let tellGap = (): void => undefined;
      const gap = new Promise<void>((resolve) => (tellGap = resolve));
      await behind.listen('channel', (payload) => payload === undefined && tellGap());
      line.silence();
      await gap;
    } finally {
      line.close();
      await behind.close();
    }
  });

  test('does not fail a training that runs meanwhile', async (t) => {
    const queue = new TrainingQueue({ database, logger: silent });
    t.after(() => queue.stop());
    const trainings = new Trainings(database);
    let restarted = false;
    await queue.start(async () => {
      await cluster.stop();
      setTimeout(() => void cluster.start().then(() => (restarted = true)), 1_000);
      return { version: 1, metrics: {} };
    });
    const { id } = await queue.submit({ classifier: 'a', dataset: 'd', request: {}, seed: 1 });
    for (let state = 'queued'; state === 'queued' || state === 'running';) {
      state = await whileDatabaseAway(async () => (await trainings.get(id)).state);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal((await trainings.get(id)).state, 'succeeded');
    assert.ok(restarted);
  });
});
