import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test, type TestContext } from 'node:test';
import { z } from 'zod';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import type { Database } from '../../src/data/database/database.js';
import { FeedbackBox } from '../../src/data/feedback.js';
import { finishTraining } from '../../src/data/trainings/trainings.js';
import {
  claimDelivery,
  nextDueInMs,
  releaseAll,
  removeOldDeliveries,
  settleDelivery,
} from '../../src/data/webhooks/deliveries.js';
import { enqueueEvent } from '../../src/data/webhooks/events.js';
import { webhookEventSchema } from '../../src/data/webhooks/schemas.js';
import { Webhooks } from '../../src/data/webhooks/webhooks.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';

const url = 'https://example.com/hook';
const leaseMs = 60_000;
const sentSchema = z.object({ event: z.string(), payload: z.string(), webhook: z.string() });

/** What was written down to be sent, in its order: the types, and the data. */
async function written(database: Database): Promise<Array<[string, Record<string, unknown>]>> {
  const rows = await database.query(
    sentSchema,
    'SELECT event, payload, webhook_id AS webhook FROM webhook_deliveries ORDER BY created_at, id',
  );
  return rows.map(({ event, payload }) => {
    const { type, timestamp, data } = JSON.parse(payload) as Record<string, unknown>;
    assert.equal(type, event);
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return [event, data as Record<string, unknown>];
  });
}

await onBothDatabases('webhooks', (kind) => {
  const open = shareDatabase(kind);

  async function newTraining(database: Database): Promise<string> {
    const id = randomUUID();
    const sql = `INSERT INTO trainings (id, classifier, dataset, request, seed, state) VALUES ($1, 'hats', 'photos', '{}', 1, 'running')`;
    await database.run(sql, [id]);
    return id;
  }

  async function newFeedbackBox(t: TestContext, database: Database, maxAgeDays = 90): Promise<FeedbackBox> {
    return new FeedbackBox({
      ...(await newBench(t, database)),
      limits: { maxItems: 100, maxBytes: 1e9, maxAgeDays },
      addToDataset: () => assert.fail('no dataset'),
      collectImages: () => Promise.resolve(),
    });
  }

  describe('events', () => {
    test('the end of a training is told once, with what came of it, to those who asked for it', async () => {
      const database = await open();
      const webhooks = new Webhooks(database);
      await webhooks.create({ url, events: ['training.succeeded', 'training.failed', 'training.cancelled'] });
      await webhooks.create({ url, events: ['version.activated'] });
      const ids = [await newTraining(database), await newTraining(database), await newTraining(database)] as const;
      const metrics = { accuracy: 1 };
      assert.equal(await finishTraining(database, ids[0], { state: 'succeeded', version: 7, metrics }), true);
      assert.equal(await finishTraining(database, ids[0], { state: 'cancelled' }), false);
      await finishTraining(database, ids[1], { state: 'failed', code: 'invalid_dataset', detail: 'too few' });
      await finishTraining(database, ids[2], { state: 'cancelled' });
      const common = { startedBy: 'request', model: 'hats', dataset: 'photos' };
      const error = { code: 'invalid_dataset', detail: 'too few' };
      assert.deepEqual(await written(database), [
        ['training.succeeded', { ...common, training: ids[0], version: 7, error: null }],
        ['training.failed', { ...common, training: ids[1], version: null, error }],
        ['training.cancelled', { ...common, training: ids[2], version: null, error: null }],
      ]);
    });

    test('an activation and the way back are told, with the version before', async () => {
      const database = await open();
      await new Webhooks(database).create({ url, events: ['version.activated', 'version.rolled_back'] });
      const classifiers = new Classifiers(database);
      await classifiers.keep('hats', 1);
      await classifiers.activate('hats', 2, 'training', 1);
      await classifiers.rollBack('hats', (await classifiers.findEarlier('hats', 2, [1, 2]))!);
      assert.deepEqual(await written(database), [
        ['version.activated', { model: 'hats', version: 2, previous: 1, reason: 'training' }],
        ['version.rolled_back', { model: 'hats', version: 1, previous: 2 }],
      ]);
    });

    test('nothing is told of what was rolled back', async () => {
      const database = await open();
      await new Webhooks(database).create({ url, events: ['version.activated'] });
      const refuse = () => Promise.reject(new Error('no'));
      await assert.rejects(new Classifiers(database).activate('hats', 2, 'request', undefined, refuse), /no/);
      const failing = database.transaction(async (tx) => {
        await enqueueEvent(tx, 'version.activated', {});
        throw new Error('later');
      });
      await assert.rejects(failing, /later/);
      assert.deepEqual(await written(database), []);
    });

    test('a review queue is told of each time it grows past the number of a webhook, and not while it stays above', async (t) => {
      const database = await open();
      const webhooks = new Webhooks(database);
      await webhooks.create({ url, events: ['review_queue.above'], reviewQueueAbove: 1 });
      const box = await newFeedbackBox(t, database);
      const submit = async () => (await box.submit({ bytes: await seededImage(1), classifier: 'c', label: 'hat' })).id;
      const told = ['review_queue.above', { above: 1, waiting: 2 }] as const;
      const ids = [await submit(), await submit(), await submit()] as const;
      assert.deepEqual(await written(database), [told]);
      await box.reject(ids[0]);
      await submit();
      assert.deepEqual(await written(database), [told], 'it was above all the time');
      await box.reject(ids[1]);
      await box.reject(ids[2]);
      await submit();
      assert.deepEqual(await written(database), [told, told]);
      const expiring = await newFeedbackBox(t, database, 0);
      await expiring.removeExpired();
      await submit();
      await submit();
      assert.deepEqual(await written(database), [told, told, told], 'expired corrections do not wait any more');
    });

    test('a webhook that never answers does not fill the database', async () => {
      const database = await open();
      const webhooks = new Webhooks(database);
      const { id } = await webhooks.create({ url, events: [...webhookEventSchema.options], reviewQueueAbove: 0 });
      await database.run(
        `INSERT INTO webhook_deliveries (id, webhook_id, event, payload) SELECT 'msg_' || n, $1, 'e', '{}' FROM generate_series(1, 1000) AS n`,
        [id],
      );
      await enqueueEvent(database, 'version.activated', {});
      assert.equal((await deliveriesIn(database)).length, 1000);
      await assert.rejects(webhooks.test(id), { code: 'conflict' });
      await webhooks.remove(id);
      assert.equal((await deliveriesIn(database)).length, 0);
      await assert.rejects(webhooks.test(id), { code: 'unknown_webhook' });
    });
  });

  describe('deliveries', () => {
    test('are claimed once, one at a time for each webhook, the longest due first', async () => {
      const database = await open();
      const webhooks = new Webhooks(database);
      const [slow, other] = [
        await webhooks.create({ url, events: ['version.activated'] }),
        await webhooks.create({ url: `${url}2`, events: ['training.failed'] }),
      ];
      const [first, second] = [await webhooks.test(slow.id), await webhooks.test(slow.id)];
      const third = await webhooks.test(other.id);
      const claim = async () => (await claimDelivery(database, leaseMs))?.id;
      const one = (await claimDelivery(database, leaseMs))!;
      assert.deepEqual([one.id, one.attempt, one.url, one.secret], [first.id, 1, url, slow.secret]);
      assert.equal(await claim(), third.id, 'not the second one of a webhook that has not answered yet');
      assert.equal(await claim(), undefined);
      await settleDelivery(database, one, { state: 'delivered', status: 200 });
      assert.equal(await claim(), second.id);
      assert.equal(await claim(), undefined);
    });

    test('come again after their pause, or when whoever had claimed them is dead, and end as the last claim says', async () => {
      const database = await open();
      const webhooks = new Webhooks(database);
      const { id } = await webhooks.create({ url, events: ['version.activated'] });
      await webhooks.test(id);
      const shown = async () => (await webhooks.deliveries(id, 10))[0]!;
      const first = (await claimDelivery(database, leaseMs))!;
      await settleDelivery(database, first, {
        state: 'failed',
        status: 500,
        error: 'it answered 500',
        pauseMs: 60_000,
      });
      assert.equal(await claimDelivery(database, leaseMs), undefined);
      const dueIn = (await nextDueInMs(database))!;
      assert.ok(dueIn > 0 && dueIn <= 60_000, `due in ${dueIn} ms`);
      const { state, attempts, lastStatus, lastError, nextAttemptAt, endedAt } = await shown();
      assert.deepEqual([state, attempts, lastStatus, lastError, endedAt], ['waiting', 1, 500, 'it answered 500', null]);
      assert.ok(nextAttemptAt instanceof Date);

      await database.run('UPDATE webhook_deliveries SET next_attempt_at = now()');
      const second = (await claimDelivery(database, leaseMs))!;
      assert.equal(await claimDelivery(database, leaseMs), undefined, 'claimed');
      await releaseAll(database);
      const third = (await claimDelivery(database, -1))!;
      assert.equal((await claimDelivery(database, leaseMs))!.attempt, 4, 'its lease had passed');
      for (const late of [first, second, third])
        await settleDelivery(database, late, { state: 'failed', status: null, error: 'late', pauseMs: undefined });
      assert.equal((await shown()).state, 'waiting', 'only the last claim counts');
      await settleDelivery(database, { ...third, attempt: 4 }, { state: 'delivered', status: 204 });
      await settleDelivery(database, { ...third, attempt: 4 }, { state: 'failed', status: 1, error: '', pauseMs: 0 });
      const ended = await shown();
      assert.deepEqual(
        [ended.state, ended.lastStatus, ended.lastError, ended.nextAttemptAt],
        ['delivered', 204, null, null],
      );
      assert.equal(await claimDelivery(database, leaseMs), undefined);
    });

    test('that ended are removed by age and by number, those that wait never', async () => {
      const database = await open();
      const webhooks = new Webhooks(database);
      const { id } = await webhooks.create({ url, events: ['version.activated'] });
      for (const [state, days] of [
        ['delivered', 40],
        ['failed', 2],
        ['delivered', 1],
        ['waiting', 50],
      ] as const) {
        const delivery = await webhooks.test(id);
        await database.run(
          `UPDATE webhook_deliveries SET state = $2, created_at = now() - make_interval(days => $3),
             ended_at = CASE WHEN $2 <> 'waiting' THEN now() - make_interval(days => $3) END WHERE id = $1`,
          [delivery.id, state, days],
        );
      }
      const states = async () => (await webhooks.deliveries(id, 10)).map(({ state }) => state);
      assert.equal(await removeOldDeliveries(database, { days: 30, count: 100 }), 1);
      assert.deepEqual(await states(), ['delivered', 'failed', 'waiting']);
      assert.equal(await removeOldDeliveries(database, { days: 30, count: 1 }), 1);
      assert.deepEqual(await states(), ['delivered', 'waiting']);
    });
  });

  test('there are at most 50, and each secret is shown once and is of its own', async () => {
    const database = await open();
    const webhooks = new Webhooks(database);
    const secrets = new Set<string>();
    for (let n = 0; n < 50; n++) secrets.add((await webhooks.create({ url, events: ['training.failed'] })).secret);
    assert.equal(secrets.size, 50);
    for (const secret of secrets) assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    await assert.rejects(webhooks.create({ url, events: ['training.failed'] }), { code: 'conflict' });
    assert.ok(!JSON.stringify(await webhooks.list()).includes('whsec_'));
  });
});

const deliveriesIn = (database: Database): Promise<unknown[]> => database.rows('SELECT FROM webhook_deliveries');
