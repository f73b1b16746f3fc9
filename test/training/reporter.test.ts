import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reporter } from '../../src/training/reporter.js';
import type { JsonObject } from '../../src/data/trainings/schemas.js';

interface Written {
  readonly kind: string;
  readonly data: JsonObject;
}

test('epochs too quick for an event each come with the next one, and none is lost when the stage ends', async () => {
  const written: Written[] = [];
  let now = 0;
  const reporter = new Reporter({ report: async ({ kind, data }) => written.push({ kind, data }) }, () => now);
  await reporter.begin('fit');
  for (let epoch = 1; epoch <= 6; epoch++) {
    now += 100;
    reporter.step('epoch', epoch / 10, { epoch });
    await reporter.flushed();
  }
  await reporter.begin('evaluate');

  const told = written.map(({ kind, data: { stage, epoch, earlier } }) => ({ kind, stage, epoch, earlier }));
  assert.deepEqual(told, [
    { kind: 'stage', stage: 'fit', epoch: undefined, earlier: undefined },
    { kind: 'epoch', stage: 'fit', epoch: 1, earlier: undefined },
    { kind: 'epoch', stage: 'fit', epoch: 4, earlier: [{ epoch: 2 }, { epoch: 3 }] },
    { kind: 'epoch', stage: 'fit', epoch: 6, earlier: [{ epoch: 5 }] },
    { kind: 'stage', stage: 'evaluate', epoch: undefined, earlier: undefined },
  ]);
});

test('progress rises to 1 where the precision is measured after the version answers', async () => {
  const told: number[] = [];
  const claim = { report: async ({ progress }: { progress: number }) => told.push(progress) };
  const reporter = new Reporter(claim, () => 0);
  for (const stage of ['evaluate', 'compare'] as const) await reporter.begin(stage);
  reporter.measuresLast();
  for (const stage of ['publish', 'activate', 'precision'] as const) await reporter.begin(stage);
  await reporter.tell('precision', 1, {});
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.ok(Math.abs(told.at(-1)! - 1) < 1e-9);
});

test('progress rises from stage to stage of a training that fine-tunes, through the parts of that stage, up to 1', async () => {
  const told: number[] = [];
  let now = 0;
  const claim = { report: async ({ progress }: { progress: number }) => told.push(progress) };
  const reporter = new Reporter(claim, () => (now += 1_000), { fineTunes: true });
  for (const stage of ['snapshot', 'fine-tune', 'embeddings', 'evaluate', 'compare', 'publish', 'activate'] as const) {
    await reporter.begin(stage);
    for (const part of [reporter.part(0, 0.5), reporter.part(0.5, 1)])
      for (const share of [0.5, 1]) {
        part.step('progress', share, {});
        await reporter.flushed();
      }
  }
  assert.deepEqual(
    told,
    told.toSorted((a, b) => a - b),
  );
  assert.equal(told.length, 7 * 5);
  assert.ok(Math.abs(told.at(-1)! - 1) < 1e-9);
});
