// A training that searches, with its database, its threads and its version.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { listTrials } from '../../src/data/trainings/trials.js';
import type { SearchFigures } from '../../src/training/search/searchOnPartition.js';
import { openTrainingBench } from '../support/trainingBench.js';

const request = {
  search: { trials: 4, space: { units: [6, 16], epochs: [3, 6], views: [0, 0] } },
  hyperparameters: { l2: [0.01], epochs: 4 },
};

describe('a training that searches', () => {
  it('publishes the best settings, tells of each fit and keeps them', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const training = await bench.train(request);
    assert.equal(training.error, null);
    const trials = await bench.service.trainings.trials(training.id);
    assert.deepEqual(new Set(trials.map(({ number }) => number)), new Set([0, 1, 2, 3, 4]));
    const events = await bench.service.trainings.events(training.id, 0, 1_000);
    const told = events
      .filter(({ kind }) => kind === 'trial')
      .map(({ data }) => `${Number(data['number'])}/${Number(data['share'])}`);
    assert.deepEqual(told.sort(), trials.map(({ number, share }) => `${number}/${share}`).sort());

    const { manifest } = bench.registry.version('colours', 2);
    const figures = manifest.metrics['search'] as SearchFigures;
    const whole = trials.filter(({ share }) => share === 1);
    const lossOf = (number: number) => whole.find((trial) => trial.number === number)!.loss;
    const lowest = Math.min(...whole.map(({ loss }) => loss ?? Infinity));
    assert.equal(figures.trials, 5);
    if (figures.check) assert.equal(lossOf(figures.check.trial), lowest);
    else assert.equal(lossOf(0), lowest);
    assert.equal(figures.bestTrial, figures.check?.isTaken === true ? figures.check.trial : 0);
    assert.equal(figures.best.loss, lossOf(figures.bestTrial));
    const best = whole.find(({ number }) => number === figures.bestTrial)!;
    assert.deepEqual(manifest.provenance['hyperparameters'], best.hyperparameters);
    assert.deepEqual((training.metrics as { search: unknown }).search, figures);
  });

  it('goes on after its process has ended, and comes to the same version', async (t) => {
    const whole = await openTrainingBench(t);
    await whole.addColours(8);
    const expected = await whole.train({ ...request, activate: 'manual' });
    const files = whole.registry.version('colours', 2).manifest.files;
    await whole.close();

    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const { id } = await bench.submit({ ...request, activate: 'manual' });
    await bench.event(id, ({ kind, data }) => kind === 'trial' && data['number'] === 2);
    await bench.close();
    const next = await openTrainingBench(t, { from: bench });
    const training = await next.ended(id);
    assert.equal(training.error, null);
    const settingsOf = (trials: Awaited<ReturnType<typeof listTrials>>) =>
      trials.map(({ number, share, hyperparameters, loss }) => ({ number, share, hyperparameters, loss }));
    const byNumber = (a: { number: number; share: number }, b: { number: number; share: number }): number =>
      a.number - b.number || a.share - b.share;
    const again = await openTrainingBench(t, { from: whole });
    assert.deepEqual(
      settingsOf(await next.service.trainings.trials(id)).sort(byNumber),
      settingsOf(await again.service.trainings.trials(expected.id)).sort(byNumber),
    );
    const sums = (of: typeof files): string[] =>
      Object.values(of)
        .map(({ sha256 }) => sha256)
        .sort();
    assert.deepEqual(sums(next.registry.version('colours', 2).manifest.files), sums(files));
  });

  it('is cancelled in the middle, and its fits stay', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(8);
    const { id } = await bench.submit({ ...request, search: { trials: 200 } });
    await bench.event(id, ({ kind }) => kind === 'trial');
    await bench.service.queue.cancel(id);
    assert.equal((await bench.ended(id)).state, 'cancelled');
    assert.ok((await bench.service.trainings.trials(id)).length > 0);
  });
});
