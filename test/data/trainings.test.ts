import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { AppError } from '../../src/errors.js';
import type { Database } from '../../src/data/database/database.js';
import type { Training } from '../../src/data/trainings/schemas.js';
import { TrainingQueue, type RunTraining } from '../../src/data/trainings/trainingQueue.js';
import { claimNext } from '../../src/data/trainings/claims.js';
import { removeOldDetails } from '../../src/data/trainings/retention.js';
import { LostClaimError, TrainingClaim } from '../../src/data/trainings/trainingClaim.js';
import { Wakeup } from '../../src/data/trainings/wakeup.js';
import { generateSql } from '../../src/data/database/migrations/005.do.trainingClaims.js';
import { CutOffDatabase } from '../support/cutOffDatabase.js';
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

function newQueue(t: TestContext, database: Database): { queue: TrainingQueue; trainings: Trainings } {
  const queue = new TrainingQueue({ database, logger: silent });
  t.after(() => queue.stop());
  return { queue, trainings: new Trainings(database) };
}

/** The training, once it has ended. */
async function ended(trainings: Trainings, id: string): Promise<Training> {
  const wakeup = new Wakeup();
  const unlisten = await trainings.onEvents(id, () => wakeup.call());
  for (;;) {
    const seen = wakeup.calls;
    const training = await trainings.get(id);
    if (training.finishedAt) return unlisten().then(() => training);
    await wakeup.wait(seen, 10_000, new AbortController().signal);
  }
}

const stage = (name: string, progress: number) => ({
  stage: name,
  progress,
  kind: 'stage',
  data: { stage: name },
});

const all = (trainings: Trainings, id: string) => trainings.events(id, 0, 10_000);

await onBothDatabases('The training queue', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('runs what is put into the queue, and records its end and its events', async (t) => {
    const { queue, trainings } = newQueue(t, await newDatabase());
    await queue.start(async (claim) => {
      await claim.report(stage('fit', 0.5));
      return done;
    });
    const { id, state } = await queue.submit(asked('a'));
    assert.equal(state, 'queued');
    const training = await ended(trainings, id);
    assert.deepEqual(
      [training.state, training.version, training.metrics, training.stage, training.progress],
      ['succeeded', 3, done.metrics, 'fit', 1],
    );
    const events = await all(trainings, id);
    assert.deepEqual(
      events.map((event) => event.kind),
      ['queued', 'stage', 'succeeded'],
    );
    assert.deepEqual(await trainings.events(id, events[0]!.id, 1), events.slice(1, 2));
    assert.deepEqual(
      (await trainings.list({ limit: 5 })).map((each) => each.id),
      [id],
    );
  });

  test('runs two trainings of one classifier one after the other, in order', async (t) => {
    const { queue, trainings } = newQueue(t, await newDatabase());
    const ran: string[] = [];
    let running = 0;
    const ids = [];
    for (let n = 0; n < 3; n++) ids.push((await queue.submit(asked('a'))).id);
    await queue.start(async (claim) => {
      assert.equal((running += 1), 1);
      ran.push(claim.training.id);
      await claim.report(stage('fit', 0.1));
      running -= 1;
      return done;
    }, 2);
    for (const id of ids) assert.equal((await ended(trainings, id)).state, 'succeeded');
    assert.deepEqual(ran, ids);
  });

  test('records why a training failed', async (t) => {
    const { queue, trainings } = newQueue(t, await newDatabase());
    const failures: Record<string, Error> = {
      known: new AppError('invalid_dataset', 'one class'),
      unknown: new Error('boom'),
    };
    await queue.start(async ({ training: { classifier } }) => {
      throw failures[classifier]!;
    });
    const known = await ended(trainings, (await queue.submit(asked('known'))).id);
    assert.deepEqual([known.state, known.error], ['failed', { code: 'invalid_dataset', detail: 'one class' }]);
    const unknown = await ended(trainings, (await queue.submit(asked('unknown'))).id);
    assert.equal(unknown.error?.code, 'internal');
    assert.match(unknown.error.detail, /boom/);
  });

  test('cancels a waiting training at once and a running one by its signal', async (t) => {
    const { queue, trainings } = newQueue(t, await newDatabase());
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
    const first = newQueue(t, database);
    const started = gate();
    await first.queue.start(async (claim, signal) => {
      await claim.saveCheckpoint({ embedded: true });
      started.open();
      return untilAborted(signal);
    });
    const { id } = await first.queue.submit(asked('a'));
    await started.opened;
    const { id: later } = await first.queue.submit(asked('b'));
    await first.queue.stop();
    assert.equal((await first.trainings.get(id)).state, 'queued');

    const second = newQueue(t, database);
    const ran: string[] = [];
    const resume: RunTraining = async (claim) => {
      ran.push(claim.training.id);
      assert.deepEqual(await claim.checkpoint(), claim.training.id === id ? { embedded: true } : null);
      return done;
    };
    await second.queue.start(resume);
    for (const each of [id, later]) assert.equal((await ended(second.trainings, each)).state, 'succeeded');
    assert.deepEqual(ran, [id, later]);
  });

  test('takes over the training of a dead process, and gives up one that keeps killing its process', async (t) => {
    const database = await newDatabase();
    const { queue, trainings } = newQueue(t, database);
    const orphan = await queue.submit(asked('a'));
    const deadly = await queue.submit(asked('b'));
    const die = `UPDATE trainings SET state = 'running', owner = 'the dead', heartbeat_at = now() - interval '1 minute', attempts = $2 WHERE id = $1`;
    await database.run(die, [orphan.id, 1]);
    await database.run(die, [deadly.id, 5]);
    await queue.start(async () => done);
    assert.equal((await ended(trainings, orphan.id)).state, 'succeeded');
    assert.deepEqual((await ended(trainings, deadly.id)).error?.code, 'interrupted');
  });

  test('passes over a training whose classifier is being trained, and runs those that wait behind it', async (t) => {
    const { queue, trainings } = newQueue(t, await newDatabase());
    const { opened, open } = gate();
    const ran: string[] = [];
    for (const name of ['a', 'a', 'b']) await queue.submit(asked(name));
    await queue.start(async ({ training: { classifier } }) => {
      ran.push(classifier);
      if (ran.length === 1) await opened;
      else open();
      return done;
    }, 2);
    for (const { id } of await trainings.list({ limit: 5 })) await ended(trainings, id);
    // The two that may run at once start in any order.
    assert.deepEqual([ran.slice(0, 2).sort(), ran[2]], [['a', 'b'], 'a']);
  });

  test('refuses every write of a process that was cut off while another took its training over, and ends its run', async (t) => {
    const database = await newDatabase();
    const cut = new CutOffDatabase(database);
    const first = newQueue(t, cut);
    const second = newQueue(t, database);
    const started = gate();
    const back = gate();
    const refused: string[] = [];
    let reason: unknown;
    const over = gate();
    await first.queue.start(async (claim, signal) => {
      signal.addEventListener('abort', () => {
        reason = signal.reason;
      });
      started.open();
      await back.opened;
      const writes: Record<string, () => Promise<unknown>> = {
        checkpoint: () => claim.saveCheckpoint({ of: 'the first' }),
        event: () => claim.report(stage('publish', 0.9)),
        transaction: () => claim.transaction((tx) => tx.run('DELETE FROM trainings')),
      };
      for (const [name, write] of Object.entries(writes))
        await write().catch((error: unknown) => error instanceof LostClaimError && refused.push(name));
      over.open();
      return { version: 1, metrics: {} };
    });
    const { id } = await first.queue.submit(asked('a'));
    await started.opened;
    cut.cutOff();
    await database.run("UPDATE trainings SET heartbeat_at = now() - interval '1 minute' WHERE id = $1", [id]);
    const running = gate();
    const finish = gate();
    await second.queue.start(async (claim) => {
      await claim.saveCheckpoint({ of: 'the second' });
      running.open();
      await finish.opened;
      assert.deepEqual(await claim.checkpoint(), { of: 'the second' });
      return { version: 2, metrics: {} };
    });
    await running.opened;
    cut.reconnect();
    back.open();
    await over.opened;
    await first.queue.stop();
    assert.deepEqual(refused, ['checkpoint', 'event', 'transaction']);
    assert.ok(reason instanceof LostClaimError);
    assert.equal((await second.trainings.get(id)).state, 'running');
    finish.open();
    const training = await ended(second.trainings, id);
    assert.deepEqual([training.state, training.version], ['succeeded', 2]);
    assert.deepEqual(
      (await all(second.trainings, id)).map(({ kind }) => kind),
      ['queued', 'succeeded'],
    );
  });

  test('undoes a publication that could not be recorded only when its training failed, or when another process has that and another version', async () => {
    const database = await newDatabase();
    const queue = new TrainingQueue({ database, logger: silent });
    const { id } = await queue.submit(asked('a'));
    const { training, claim } = (await claimNext(database, 'the first'))!;
    const mine = new TrainingClaim(database, training, claim);
    const undone: number[] = [];
    const undo = (version: number, { by = mine, repeats = true } = {}): Promise<void> =>
      by.undoUnlessRecorded(version, async () => void undone.push(version), { repeats });
    await undo(1);
    assert.deepEqual(undone, [], 'it is still ours, and found when the stage is repeated');
    await database.run("UPDATE trainings SET state = 'queued', owner = NULL WHERE id = $1", [id]);
    const other = new TrainingClaim(database, training, (await claimNext(database, 'the second'))!.claim);
    await undo(2);
    assert.deepEqual(undone, [2], 'nobody has recorded it');
    await other.saveCheckpoint({ published: { version: 3 } });
    await undo(3);
    assert.deepEqual(undone, [2], 'the other found it and recorded it');
    await undo(4);
    assert.deepEqual(undone, [2, 4], 'the other recorded its own');
    await undo(3, { by: other, repeats: false });
    assert.deepEqual(undone, [2, 4], 'it is recorded');
    await undo(5, { by: other, repeats: false });
    assert.deepEqual(undone, [2, 4, 5], 'its training fails');
  });

  test('an undo is not tried again on a database that another process has taken over', async (t) => {
    const database = new CutOffDatabase(await newDatabase());
    const { queue } = newQueue(t, database);
    await queue.submit(asked('a'));
    const { training, claim } = (await claimNext(database, 'the first'))!;
    t.mock.getter(database, 'outage', () => 'another process has taken it over');
    const transaction = t.mock.method(database, 'transaction', async () => {
      if (transaction.mock.callCount() === 0) throw new AppError('database_unavailable', 'lost');
    });
    const undo = new TrainingClaim(database, training, claim).undoUnlessRecorded(1, async () => undefined, {
      repeats: false,
    });
    await assert.rejects(undo, { code: 'database_unavailable' });
  });

  test('runs what waited as a job of pg-boss before the migration, and drops its schema unless others use it', async (t) => {
    const database = await newDatabase();
    const { queue, trainings } = newQueue(t, database);
    const hasSchema = async (): Promise<boolean> =>
      (await database.rows("SELECT to_regclass('pgboss.queue') AS name", []))[0]!['name'] !== null;
    const { id } = await queue.submit(asked('a'));
    const mail = "INSERT INTO pgboss.queue VALUES ('mail'); INSERT INTO pgboss.job VALUES ('mail');";
    // The archive is there or not as it is in the releases of pg-boss.
    const archive = 'CREATE TABLE pgboss.archive (name text);';
    for (const alsoUsedBy of [archive, mail + archive, mail]) {
      await database.rows(`
        ALTER TABLE trainings DROP COLUMN claim, DROP COLUMN details_removed_at;
        DROP SCHEMA IF EXISTS pgboss CASCADE;
        CREATE SCHEMA pgboss;
        CREATE TABLE pgboss.queue (name text PRIMARY KEY);
        CREATE TABLE pgboss.job (name text REFERENCES pgboss.queue);
        INSERT INTO pgboss.queue VALUES ('training');
        INSERT INTO pgboss.job VALUES ('training');
        ${alsoUsedBy}`);
      await database.rows(generateSql());
      assert.equal(await hasSchema(), alsoUsedBy !== archive);
    }
    assert.deepEqual(await database.rows('SELECT name FROM pgboss.job', []), [{ name: 'mail' }]);
    await database.rows('DROP SCHEMA pgboss CASCADE');
    await queue.start(async () => done);
    assert.equal((await ended(trainings, id)).state, 'succeeded');
  });

  test('keeps the details of trainings that ended recently enough, up to a number, and of older ones only how they ended', async (t) => {
    const database = await newDatabase();
    const { queue, trainings } = newQueue(t, database);
    await queue.start(async (claim) => {
      await claim.report(stage('fit', 0.5));
      await claim.saveCheckpoint({ embedded: true });
      return done;
    });
    const ids: string[] = [];
    for (let n = 0; n < 4; n++) {
      const { id } = await queue.submit(asked('a'));
      await ended(trainings, id);
      await database.run(
        "UPDATE trainings SET finished_at = timestamptz '2030-01-01' + $2 * interval '1 day' WHERE id = $1",
        [id, n],
      );
      await database.run(
        `INSERT INTO training_images SELECT $1, n, n, repeat('0', 64), 'a', 'train', repeat('0', 64) FROM generate_series(0, 6000) AS n`,
        [id],
      );
      ids.push(id);
    }
    const kept = async (): Promise<[images: number, events: number][]> => {
      const counts = async (id: string): Promise<[number, number]> => [
        Number(
          (await database.rows('SELECT count(*) AS n FROM training_images WHERE training_id = $1', [id]))[0]!['n'],
        ),
        (await all(trainings, id)).length,
      ];
      return Promise.all(ids.map(counts));
    };
    const whole: [number, number] = [6001, 3];
    const at = (day: string): Date => new Date(`2030-01-${day}T00:00:00Z`);
    assert.equal(await removeOldDetails(database, { days: 30, count: 4 }, at('05')), 0);
    assert.deepEqual(await kept(), [whole, whole, whole, whole]);
    assert.equal(await removeOldDetails(database, { days: 30, count: 3 }, at('05')), 1, 'one too many');
    assert.deepEqual(await kept(), [[0, 1], whole, whole, whole]);
    assert.equal(await removeOldDetails(database, { days: 2, count: 3 }, at('05')), 1, 'one too old');
    assert.deepEqual(await kept(), [[0, 1], [0, 1], whole, whole]);
    assert.equal(await removeOldDetails(database, { days: 2, count: 3 }, at('05')), 0);
    const old = await trainings.get(ids[0]!);
    assert.deepEqual([old.state, old.version, old.metrics], ['succeeded', done.version, done.metrics]);
    assert.ok(old.detailsRemovedAt && !(await trainings.get(ids[3]!)).detailsRemovedAt);
    assert.equal((await all(trainings, ids[0]!))[0]!.kind, 'succeeded');
  });

  test('runs a training again whose claim succeeded but whose reply was lost', async (t) => {
    const database = await newDatabase();
    const { queue, trainings } = newQueue(t, database);
    const started = gate();
    const goOn = gate();
    const claims: number[] = [];
    await queue.start(async ({ training: { classifier }, number }) => {
      claims.push(number);
      started.open();
      if (classifier === 'a') await goOn.opened;
      return done;
    });
    const { id: running } = await queue.submit(asked('a'));
    await started.opened;
    const { id } = await queue.submit(asked('b'));
    await database.run(
      `UPDATE trainings SET state = 'running', claim = 1, heartbeat_at = now() - interval '1 minute',
         owner = (SELECT owner FROM trainings WHERE id = $2) WHERE id = $1`,
      [id, running],
    );
    goOn.open();
    assert.equal((await ended(trainings, id)).state, 'succeeded');
    assert.deepEqual(claims, [1, 2]);
  });
});
