// Classifiers that are trained again by themselves: when, how often, and what becomes of the version.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AutoRetrains } from '../../src/data/trainings/autoRetrains.js';
import { judge } from '../../src/training/autoRetrain/judgement.js';
import { faultOf, nextRun } from '../../src/training/autoRetrain/schedule.js';
import { autoRetrainSchema, requestOf } from '../../src/training/autoRetrain/settings.js';
import type { AutoRetrainReport } from '../../src/training/autoRetrain/autoRetrainService.js';
import { onBothDatabases } from '../support/databases.js';
import { colourImage } from '../support/tinyModel.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';

const asked = (more: object = {}) =>
  autoRetrainSchema.parse({ dataset: 'd', afterCorrections: 3, minimumIntervalSeconds: 0, ...more });

const reportOf = async ({ service }: Pick<TrainingBench, 'service'>): Promise<AutoRetrainReport> =>
  (await service.autoRetrain.report('colours'))!;

/** The report, once it is as wanted; fails with the last one after a minute. */
async function until(
  { service }: TrainingBench,
  isSo: (report: AutoRetrainReport) => boolean,
): Promise<AutoRetrainReport> {
  const end = Date.now() + 60_000;
  for (;;) {
    await service.autoRetrain.look();
    const report = await reportOf({ service });
    if (isSo(report)) return report;
    if (Date.now() > end) assert.fail(JSON.stringify(report, null, 2));
    await sleep(50);
  }
}

const kinds = ({ steps }: AutoRetrainReport): string[] => steps.map(({ kind }) => kind).reverse();
const isIdleAfter =
  (count: number) =>
  (report: AutoRetrainReport): boolean =>
    report.state.stage === 'idle' && report.steps.length >= count;

describe('the schedule', () => {
  test('is that of the clocks of its time zone, also where they are changed', () => {
    const night = { cron: '30 3 * * *', timeZone: 'Europe/Berlin' };
    const runs = ['2026-03-28T12:00:00Z', '2026-03-29T12:00:00Z'].map((at) =>
      nextRun(night, new Date(at))?.toISOString(),
    );
    assert.deepEqual(runs, ['2026-03-29T01:30:00.000Z', '2026-03-30T01:30:00.000Z']);
    assert.equal(nextRun({ ...night, timeZone: 'UTC' }, new Date('2026-03-28T12:00:00Z'))?.getUTCHours(), 3);
  });

  test('that never comes, or is none, is refused with the reason', () => {
    const now = new Date('2026-01-01T00:00:00Z');
    assert.match(faultOf({ cron: '0 0 30 2 *', timeZone: 'UTC' }, now)!, /never comes/);
    assert.match(faultOf({ cron: '61 0 * * *', timeZone: 'UTC' }, now)!, /61/);
    assert.match(faultOf({ cron: '0 0 * * *', timeZone: 'Atlantis/Main' }, now)!, /Atlantis/);
    assert.equal(faultOf({ cron: '0 0 29 2 *', timeZone: 'Asia/Tokyo' }, now), undefined);
  });
});

describe('the judgement', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  const settings = { afterCorrections: 10, minimumIntervalSeconds: 3_600 };
  const seen = {
    nextRunAt: null,
    changes: 10,
    datasetChanges: 50,
    refusedChanges: null,
    lastTrainingAt: new Date('2026-01-01T00:00:00Z'),
    activeTraining: null,
    rolledOut: null,
  };
  const isOf = (change: object): string => judge(settings, { ...seen, ...change }, now).is;

  test('is to train when enough has changed, or it is time and anything has', () => {
    assert.equal(isOf({}), 'train');
    assert.equal(isOf({ changes: 9 }), 'wait');
    assert.equal(isOf({ changes: 1, nextRunAt: now }), 'train');
    assert.equal(isOf({ changes: 0, nextRunAt: now }), 'skip');
    assert.equal(isOf({ changes: 9, nextRunAt: new Date(now.getTime() + 1) }), 'wait');
  });

  test('is to wait for trainings, rollouts, the interval, and other images after a refusal', () => {
    const active = '8b3e7a9e-6f0f-4c0b-9d62-3d1f1a2b3c4d';
    assert.equal(isOf({ activeTraining: active }), 'wait');
    assert.equal(isOf({ activeTraining: active, changes: 0, nextRunAt: now }), 'wait');
    assert.equal(isOf({ rolledOut: 4 }), 'wait');
    assert.equal(isOf({ lastTrainingAt: new Date('2026-01-01T23:00:01Z') }), 'wait');
    assert.equal(isOf({ refusedChanges: 50 }), 'wait');
    assert.equal(isOf({ refusedChanges: 50, nextRunAt: now }), 'train');
    assert.equal(isOf({ refusedChanges: 49 }), 'train');
    assert.match(judge(settings, { ...seen, changes: 4 }, now).reason, /^4 of 10 corrections$/);
  });
});

test('a version is activated by the training only where it is to be when it is better', () => {
  const rollout = { percent: 10, conditions: { after: 100 } };
  const activates = ['if-better', 'never', rollout].map((activate) => requestOf('m', asked({ activate })).activate);
  assert.deepEqual(activates, ['if-better', 'manual', 'manual']);
  assert.equal(requestOf('m', asked({ hyperparameters: { seed: 5 } })).hyperparameters?.seed, 5);
});

await onBothDatabases('a classifier that is trained again by itself', (kind) => {
  test('is trained once for so many changes, of whatever kind, by one of several servers, and its steps say why', async (t) => {
    const bench = await openTrainingBench(t, { kind });
    // Of an embedded database a process is the only one.
    const other = kind.name === 'PGlite' ? bench : await openTrainingBench(t, { replicaOf: bench });
    await bench.addColours(4);
    await bench.service.autoRetrain.set('colours', asked({ activate: 'never' }));
    const lookAtOnce = async (): Promise<void> => {
      await Promise.all([bench, other, bench, other].map(({ service }) => service.autoRetrain.look()));
    };
    await lookAtOnce();
    const first = await until(bench, isIdleAfter(3));
    assert.deepEqual(kinds(first), ['set', 'queued', 'kept'], JSON.stringify(first.steps));
    assert.match(first.steps[1]!.reason, /12 images have changed since the last training, 3 were asked for/);
    const [training] = await bench.service.trainings.list({ classifier: 'colours', limit: 9 });
    assert.deepEqual([training!.startedBy, training!.id], ['auto-retrain', first.state.training]);
    assert.equal(first.waitingFor, '0 of 3 corrections');

    // One image more, one relabelled, one removed: three changes. Splits that a training settles are none.
    await bench.add('red', await colourImage('red', 50));
    const ids = await bench.database.rows('SELECT id::int FROM dataset_images ORDER BY id LIMIT 2');
    await bench.database.run("UPDATE dataset_images SET label = 'green' WHERE id = $1", [ids[0]!['id'] as number]);
    assert.equal((await reportOf(bench)).waitingFor, '2 of 3 corrections');
    await lookAtOnce();
    assert.equal((await bench.service.trainings.list({ limit: 9 })).length, 1);
    await bench.database.run('DELETE FROM dataset_images WHERE id = $1', [ids[1]!['id'] as number]);
    await lookAtOnce();
    assert.deepEqual(kinds(await reportOf(bench)).slice(3), ['queued']);
    await lookAtOnce();
    assert.equal((await bench.service.trainings.list({ limit: 9 })).length, 2);
  });
});

test('is trained when its time comes, if anything has changed, with the time after that in its place', async (t) => {
  let now = new Date('2026-05-01T12:00:00Z');
  const bench = await openTrainingBench(t, { now: () => now });
  await bench.addColours(4);
  const schedule = { cron: '0 3 * * *', timeZone: 'UTC' };
  await bench.service.autoRetrain.set('colours', asked({ afterCorrections: undefined, schedule }));
  await bench.service.autoRetrain.look();
  const before = await reportOf(bench);
  assert.deepEqual([kinds(before), before.state.nextRunAt?.toISOString()], [['set'], '2026-05-02T03:00:00.000Z']);
  now = new Date('2026-05-02T03:00:01Z');
  const trained = await until(bench, isIdleAfter(3));
  assert.equal(trained.state.nextRunAt?.toISOString(), '2026-05-03T03:00:00.000Z');
  assert.deepEqual(kinds(trained).slice(0, 2), ['set', 'queued']);
  // Two nights of which nothing is to be learnt, and a server that was away for one of them: one step stands for both.
  now = new Date('2026-05-03T03:00:01Z');
  await bench.service.autoRetrain.look();
  now = new Date('2026-05-05T04:00:00Z');
  await bench.service.autoRetrain.look();
  const idle = await reportOf(bench);
  assert.deepEqual(
    [kinds(idle).slice(3), idle.state.nextRunAt?.toISOString()],
    [['skipped'], '2026-05-06T03:00:00.000Z'],
  );
});

test('a dataset that cannot be trained on is refused once, until it changes', async (t) => {
  const bench = await openTrainingBench(t);
  const { autoRetrain, trainings } = bench.service;
  for (let i = 0; i < 3; i++) await bench.add('red', await colourImage('red', i));
  await autoRetrain.set('colours', asked());
  for (let i = 0; i < 3; i++) await autoRetrain.look();
  const refused = await reportOf(bench);
  assert.deepEqual([kinds(refused), refused.steps[0]!.reason.includes('of one class')], [['set', 'refused'], true]);
  await bench.addColours(4, 10);
  await until(bench, ({ state }) => state.training !== null);
  assert.equal((await trainings.list({ limit: 9 })).length, 1);
});

test('no training is queued beside another of the classifier; one that was cancelled has seen its images', async (t) => {
  const bench = await openTrainingBench(t);
  const { autoRetrain, trainings, queue } = bench.service;
  await bench.addColours(4);
  const held = bench.holdAt('snapshot');
  const { id } = await bench.submit();
  await held.reached;
  await autoRetrain.set('colours', asked());
  await bench.addColours(1, 20);
  await autoRetrain.look();
  assert.equal((await reportOf(bench)).waitingFor, `the end of training ${id}`);
  await autoRetrain.set('colours', asked({ afterCorrections: 4 }));
  await queue.cancel(id);
  held.goOn();
  await bench.ended(id);
  await autoRetrain.look();
  assert.equal((await reportOf(bench)).waitingFor, '3 of 4 corrections');
  assert.equal((await trainings.list({ limit: 9 })).length, 1);
});

test('of two servers that decide the same, the second finds that it was decided', async (t) => {
  const bench = await openTrainingBench(t);
  await bench.service.autoRetrain.set('colours', asked({ afterCorrections: 1_000 }));
  const records = new AutoRetrains(bench.database);
  const state = (await records.find('colours'))!;
  const step = { kind: 'skipped', reason: 'nothing has changed' } as const;
  const both = await Promise.allSettled([records.decide(state, { step }), records.decide(state, { step })]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  assert.equal((await records.steps('colours')).length, 2);
});

test('it ends with its dataset', async (t) => {
  const bench = await openTrainingBench(t);
  await bench.service.autoRetrain.set('colours', asked());
  await bench.datasets.remove('d');
  assert.equal(await bench.service.autoRetrain.report('colours'), undefined);
});
