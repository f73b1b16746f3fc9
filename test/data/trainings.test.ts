import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AppError } from '../../src/errors.js';
import type { Database } from '../../src/data/database/database.js';
import type { Training } from '../../src/data/trainings/schemas.js';
import { TrainingJobs } from '../../src/data/trainings/trainingJobs.js';
import { TrainingQueue, type RunTraining } from '../../src/data/trainings/trainingQueue.js';
import { Trainings } from '../../src/data/trainings/trainings.js';
import { onBothDatabases, shareDatabase, silent } from '../support/databases.js';

const asked = (classifier: string) => ({ classifier, dataset: 'd', request: { activate: 'manual' }, seed: 1 });
const done = { version: 3, metrics: { accuracy: 0.5 } };

/** Rejects as soon as the training is told to end. */
const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));

/** A promise and the function that fulfils it. */
function gate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

async function newQueue(
  t: TestContext,
  database: Database,
): Promise<{ queue: TrainingQueue; trainings: Trainings; jobs: TrainingJobs }> {
  const jobs = await TrainingJobs.open(database, silent);
  const queue = new TrainingQueue({ database, jobs, logger: silent });
  t.after(async () => {
    await queue.stop();
    await jobs.close();
  });
  return { queue, jobs, trainings: new Trainings(database) };
}

/** The training, once it has ended. */
async function ended(trainings: Trainings, id: string): Promise<Training> {
  const bell = gate();
  const unlisten = await trainings.onEvents(id, () => {
    void trainings.get(id).then(({ finishedAt }) => finishedAt && bell.open());
  });
  if (!(await trainings.get(id)).finishedAt) await bell.opened;
  await unlisten();
  return trainings.get(id);
}

await onBothDatabases('The training queue', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('runs what is put in line, and records its end and its events', async (t) => {
    const { queue, trainings } = await newQueue(t, await newDatabase());
    await queue.start(async ({ id }) => {
      await trainings.setProgress(id, 'fit', 0.5);
      await trainings.addEvent(id, 'stage', { stage: 'fit' });
      return done;
    });
    const { id, state } = await queue.submit(asked('a'));
    assert.equal(state, 'queued');
    const training = await ended(trainings, id);
    assert.deepEqual(
      [training.state, training.version, training.metrics, training.stage, training.progress],
      ['succeeded', 3, done.metrics, 'fit', 1],
    );
    const events = await trainings.events(id, 0);
    assert.deepEqual(
      events.map((event) => event.kind),
      ['queued', 'stage', 'succeeded'],
    );
    assert.deepEqual(await trainings.events(id, events[0]!.id), events.slice(1));
    assert.deepEqual(
      (await trainings.list({ limit: 5 })).map((each) => each.id),
      [id],
    );
  });

  test('runs two trainings of one classifier one after the other, in order', async (t) => {
    const { queue, trainings } = await newQueue(t, await newDatabase());
    const ran: string[] = [];
    let running = 0;
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push((await queue.submit(asked('a'))).id);
    await queue.start(async ({ id }) => {
      assert.equal((running += 1), 1);
      ran.push(id);
      await trainings.setProgress(id, 'fit', 0.1);
      running -= 1;
      return done;
    }, 2);
    for (const id of ids) assert.equal((await ended(trainings, id)).state, 'succeeded');
    assert.deepEqual(ran, ids);
  });

  test('records why a training failed', async (t) => {
    const { queue, trainings } = await newQueue(t, await newDatabase());
    const failures: Record<string, Error> = {
      known: new AppError('invalid_dataset', 'one class'),
      unknown: new Error('boom'),
    };
    await queue.start(async ({ classifier }) => {
      throw failures[classifier]!;
    });
    const known = await ended(trainings, (await queue.submit(asked('known'))).id);
    assert.deepEqual([known.state, known.error], ['failed', { code: 'invalid_dataset', detail: 'one class' }]);
    const unknown = await ended(trainings, (await queue.submit(asked('unknown'))).id);
    assert.equal(unknown.error?.code, 'internal');
    assert.match(unknown.error.detail, /boom/);
  });

  test('cancels a waiting training at once and a running one by its signal', async (t) => {
    const { queue, trainings } = await newQueue(t, await newDatabase());
    const waiting = await queue.submit(asked('a'));
    assert.equal((await queue.cancel(waiting.id)).state, 'cancelled');
    const started = gate();
    await queue.start(async (_, signal) => {
      started.open();
      return untilAborted(signal);
    });
    const running = await queue.submit(asked('a'));
    await started.opened;
    await queue.cancel(running.id);
    assert.equal((await ended(trainings, running.id)).state, 'cancelled');
    await assert.rejects(queue.cancel(running.id), { code: 'conflict' });
    await assert.rejects(queue.cancel('6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11'), { code: 'unknown_training' });
  });

  test('hands an interrupted training to the next start, with its checkpoint, before those that wait', async (t) => {
    const database = await newDatabase();
    const first = await newQueue(t, database);
    const started = gate();
    await first.queue.start(async ({ id }, signal) => {
      await first.trainings.saveCheckpoint(id, { embedded: true });
      started.open();
      return untilAborted(signal);
    });
    const { id } = await first.queue.submit(asked('a'));
    await started.opened;
    const { id: later } = await first.queue.submit(asked('b'));
    await first.queue.stop();
    assert.equal((await first.trainings.get(id)).state, 'queued');

    const second = await newQueue(t, database);
    const ran: string[] = [];
    const resume: RunTraining = async (training) => {
      ran.push(training.id);
      if (training.id === id) assert.deepEqual(await second.trainings.checkpoint(id), { embedded: true });
      return done;
    };
    await second.queue.start(resume);
    for (const each of [id, later]) assert.equal((await ended(second.trainings, each)).state, 'succeeded');
    assert.deepEqual(ran, [id, later]);
  });

  test('takes over the training of a dead process, and gives up one that keeps killing its process', async (t) => {
    const database = await newDatabase();
    const { queue, trainings } = await newQueue(t, database);
    const orphan = await queue.submit(asked('a'));
    const deadly = await queue.submit(asked('b'));
    const die = `UPDATE trainings SET state = 'running', owner = 'the dead', heartbeat_at = now() - interval '1 minute', attempts = $2 WHERE id = $1`;
    await database.run(die, [orphan.id, 1]);
    await database.run(die, [deadly.id, 5]);
    await queue.start(async () => done);
    assert.equal((await ended(trainings, orphan.id)).state, 'succeeded');
    assert.deepEqual((await ended(trainings, deadly.id)).error?.code, 'interrupted');
  });
});
