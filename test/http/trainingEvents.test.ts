import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Database } from '../../src/data/database/database.js';
import { removeOldDetails } from '../../src/data/trainings/retention.js';
import { TrainingQueue } from '../../src/data/trainings/trainingQueue.js';
import { Trainings } from '../../src/data/trainings/trainings.js';
import { AppError } from '../../src/errors.js';
import { buildServer } from '../../src/http/server.js';
import { trainingEvents } from '../../src/http/trainingEvents.js';
import { trainingRoutes } from '../../src/http/trainings.js';
import { onBothDatabases, shareDatabase, silent } from '../support/databases.js';

/** A training with `count` events, the last of which says how it ended; gives its id. */
async function endedTraining(database: Database, count: number): Promise<string> {
  const queue = new TrainingQueue({ database, logger: silent });
  const { id } = await queue.submit({ classifier: 'c', dataset: 'd', request: {}, seed: 1 });
  await database.run(
    `INSERT INTO training_events (training_id, kind, data) SELECT $1, 'progress', jsonb_build_object('n', n) FROM generate_series(3, $2) AS n`,
    [id, count],
  );
  await queue.cancel(id);
  return id;
}

/** A server with the training routes alone, open to everyone. */
async function listen(t: TestContext, database: Database): Promise<string> {
  const refuse = (): never => {
    throw new AppError('not_found', 'This test asks for no training.');
  };
  const routes = trainingRoutes({
    trainings: new Trainings(database),
    queue: new TrainingQueue({ database, logger: silent }),
    storage: { classCounts: refuse, datasets: { get: refuse } },
    registry: { describe: refuse, list: refuse, version: refuse, defaultName: refuse },
    presence: { trainers: 1 },
    requireScope: () => async () => undefined,
  });
  const sizes = { maxBodyBytes: 1_000_000, maxImageBytes: 1_000_000, maxImages: 8, uploadTimeoutMs: 10_000 };
  const server = await buildServer({
    ...sizes,
    logger: silent,
    corsOrigins: [],
    trustedProxies: 'none',
    observe: () => undefined,
    routes: [routes],
  });
  t.after(() => server.close());
  return server.listen({ host: '127.0.0.1', port: 0 });
}

interface SentEvent {
  readonly id: number | undefined;
  readonly kind: string;
}

/** Every event of a stream that ends. */
async function follow(url: string, id: string, lastEventId?: number): Promise<SentEvent[]> {
  const headers = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) };
  const response = await fetch(`${url}/v1/admin/trainings/${id}/events`, { headers });
  const blocks = (await response.text()).split('\n\n').filter((block) => block !== '');
  return blocks.map((block) => {
    const number = /^id: (\d+)$/m.exec(block)?.[1];
    return { id: number === undefined ? undefined : Number(number), kind: /^event: (\w+)$/m.exec(block)![1]! };
  });
}

await onBothDatabases('The events of a training', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('of a training that has ended are all sent, however many there are, and the stream ends', async (t) => {
    const database = await newDatabase();
    const url = await listen(t, database);
    for (const count of [1_500, 2_000]) {
      const id = await endedTraining(database, count);
      const events = await follow(url, id);
      assert.equal(events.length, count);
      assert.deepEqual([events[0]!.kind, events.at(-1)!.kind], ['queued', 'cancelled']);
      assert.deepEqual(await follow(url, id, events[1_200]!.id), events.slice(1_201));
    }
  });

  test('that were removed for their age are reported as removed, followed by how the training ended', async (t) => {
    const database = await newDatabase();
    const url = await listen(t, database);
    const id = await endedTraining(database, 50);
    const before = await follow(url, id);
    assert.equal(await removeOldDetails(database, { days: 0, count: 0 }, new Date()), 1);
    const left = await follow(url, id);
    assert.deepEqual(left, [{ id: undefined, kind: 'removed' }, before.at(-1)]);
    assert.deepEqual(await follow(url, id, before[9]!.id), left);
    assert.deepEqual(await follow(url, id, before.at(-1)!.id), [], 'every event was sent: 204');
  });

  test('come with a comment whenever nothing has happened for ten seconds, until the follower leaves', async () => {
    const database = await newDatabase();
    const queue = new TrainingQueue({ database, logger: silent });
    const { id } = await queue.submit({ classifier: 'c', dataset: 'd', request: {}, seed: 1 });
    const pauses: number[] = [];
    const leave = new AbortController();
    const pause = async (ms: number): Promise<void> => {
      pauses.push(ms);
      if (pauses.length > 3) leave.abort();
    };
    const sent: string[] = [];
    for await (const text of trainingEvents({
      trainings: new Trainings(database),
      id,
      after: 0,
      signal: leave.signal,
      pause,
    }))
      sent.push(text.split('\n')[text.startsWith('id') ? 1 : 0]!);
    assert.deepEqual(sent, ['event: queued', ': still here', ': still here', ': still here']);
    assert.deepEqual(pauses, [10_000, 10_000, 10_000, 10_000]);
  });

  test('are sent at once when they come while nothing is awaited', async () => {
    const database = await newDatabase();
    const queue = new TrainingQueue({ database, logger: silent });
    const { id } = await queue.submit({ classifier: 'c', dataset: 'd', request: {}, seed: 1 });
    const never = (_: number, signal: AbortSignal): Promise<void> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const signal = new AbortController().signal;
    const events = trainingEvents({ trainings: new Trainings(database), id, after: 0, signal, pause: never });
    assert.match((await events.next()).value as string, /^event: queued$/m);
    await queue.cancel(id);
    assert.match((await events.next()).value as string, /^event: cancelled$/m);
    assert.ok((await events.next()).done);
  });
});
