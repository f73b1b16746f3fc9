import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveHyperparameters, type Hyperparameters } from '../../src/training/fit/hyperparameters.js';
import { propose, type ProposalTask } from '../../src/training/search/proposals.js';
import { bestOf, runSearch, type SearchDeps, type Trial } from '../../src/training/search/search.js';
import { Space } from '../../src/training/search/searchSpace.js';
import type { TrialFigures } from '../../src/training/search/trial.js';

const chosen = resolveHyperparameters('default');
const space = new Space(chosen);

/** A landscape in place of fits: lowest at a learning rate of 0.001 and no dropout; short fits are worse. */
const landscape = ({ learningRate, dropout }: Hyperparameters, share: number): TrialFigures => ({
  loss: 0.2 + Math.log10(learningRate / 0.001) ** 2 / 10 + dropout + (1 - share) / 5,
  accuracy: 0.5,
  failure: null,
});

const taskOf = (rest: Pick<ProposalTask, 'observations' | 'count' | 'seed'>): ProposalTask => ({
  kind: 'propose',
  chosen,
  space: space.bounds,
  size: 16,
  classes: 3,
  ...rest,
});

interface Run {
  readonly trials: Trial[];
  readonly evaluated: string[];
}

async function search(trials: number, deps: Partial<SearchDeps> = {}, seconds = 1_000_000): Promise<Run> {
  const evaluated: string[] = [];
  const found = await runSearch(
    { chosen, trials, seconds },
    {
      known: [],
      parallel: 2,
      evaluate: async (hyperparameters, share) => {
        evaluated.push(JSON.stringify([hyperparameters, share]));
        return landscape(hyperparameters, share);
      },
      propose: async (observations, count, round) => propose(taskOf({ observations, count, seed: round })),
      record: async () => undefined,
      now: () => 0,
      signal: new AbortController().signal,
      ...deps,
    },
  );
  return { trials: found, evaluated };
}

describe('the space of a search', () => {
  it('tries the L2 values of the request in linear heads, unless it bounds them', () => {
    const linear = { layers: [0, 0] };
    const drawIn = (of: Space) => propose({ ...taskOf({ observations: [], count: 5, seed: 3 }), space: of.bounds });
    for (const { l2 } of drawIn(new Space(chosen, linear))) assert.deepEqual(l2, chosen.l2);
    for (const { l2 } of drawIn(new Space(chosen, { ...linear, l2: [0.2, 0.4] })))
      assert.ok(l2.length === 1 && l2[0]! >= 0.2 && l2[0]! <= 0.4);
  });

  it('has every choice at the place that gives it', () => {
    for (const choice of propose(taskOf({ observations: [], count: 30, seed: 5 }))) {
      resolveHyperparameters('default', choice);
      const again = space.decode(space.encode(choice));
      assert.deepEqual(
        { ...again, l2: 0, learningRate: 0 },
        { ...choice, l2: 0, learningRate: 0, dropout: again.dropout },
      );
      assert.ok(Math.abs(again.learningRate / choice.learningRate - 1) < 1e-9);
    }
  });

  it('stays within the bounds of the request, given in either order', () => {
    const narrow = new Space(chosen, { dropout: [0.3, 0.2], layers: [2, 2], units: [64, 64], activation: ['tanh'] });
    const drawn = propose({ ...taskOf({ observations: [], count: 20, seed: 1 }), space: narrow.bounds });
    for (const { dropout, hiddenLayers, activation } of drawn) {
      assert.ok(dropout >= 0.2 && dropout <= 0.3);
      assert.deepEqual([hiddenLayers, activation], [[64, 64], 'tanh']);
    }
  });
});

describe('a search', () => {
  it('begins with what was asked for and never ends worse', async () => {
    const { trials } = await search(3);
    assert.deepEqual([trials[0]!.number, trials[0]!.share, trials[0]!.hyperparameters], [0, 1, chosen]);
    const { trials: worse } = await search(6, {
      evaluate: async (hyperparameters) => ({ loss: hyperparameters === chosen ? 0.1 : 2, accuracy: 0, failure: null }),
    });
    assert.equal(bestOf(worse).number, 0);
  });

  it('learns from what it tried: later proposals are better than those that were drawn', async () => {
    const { trials } = await search(30);
    const lossesOf = (from: number, to: number): number[] =>
      trials
        .filter(({ number, share }) => number >= from && number <= to && share < 1)
        .map(({ loss }) => loss!)
        .sort((a, b) => a - b);
    const middle = (values: number[]): number => values[Math.floor(values.length / 2)]!;
    assert.ok(
      middle(lossesOf(19, 30)) < middle(lossesOf(1, 6)) / 1.5,
      `${lossesOf(19, 30).join()} after ${lossesOf(1, 6).join()}`,
    );
  });

  it('gives only the best third of a round all their epochs', async () => {
    const { trials } = await search(12);
    const short = trials.filter(({ share }) => share < 1);
    const whole = trials.filter(({ share, number }) => share === 1 && number > 0);
    assert.deepEqual([short.length, whole.length], [12, 4]);
    const first = short.filter(({ number }) => number <= 6).sort((a, b) => a.loss! - b.loss!);
    const wentOn = whole.filter(({ number }) => number <= 6).map(({ number }) => number);
    assert.deepEqual(wentOn.sort(), [first[0]!.number, first[1]!.number].sort());
  });

  it('takes the same course with one thread and with five, and when it is cut off and goes on', async () => {
    const { trials: whole, evaluated } = await search(14, { parallel: 1 });
    const { trials: wide } = await search(14, { parallel: 5 });
    assert.deepEqual(wide, whole);
    for (const kept of [1, 5, 9, 16]) {
      const resumed = await search(14, { known: whole.slice(0, kept) });
      assert.deepEqual(resumed.trials, whole);
      assert.equal(resumed.evaluated.length, evaluated.length - kept);
    }
  });

  it('begins nothing after its time, and finishes trial 0 in any case', async () => {
    let clock = 0;
    const { trials } = await search(60, { now: () => (clock += 1_000) }, 20);
    assert.ok(trials.length > 1 && trials.length < 20, String(trials.length));
    const late = await search(60, { now: () => (clock += 100_000) }, 1);
    assert.deepEqual(
      late.trials.map(({ number, share }) => [number, share]),
      [[0, 1]],
    );
  });

  it('goes on where a fit fails, and ends with its signal', async () => {
    const failing = await search(6, {
      evaluate: async (hyperparameters, share) =>
        hyperparameters === chosen
          ? landscape(hyperparameters, share)
          : { loss: null, accuracy: null, failure: 'the loss became NaN' },
    });
    assert.equal(bestOf(failing.trials).number, 0);
    const controller = new AbortController();
    const cancelled = search(6, {
      signal: controller.signal,
      record: async () => controller.abort(new Error('cancelled')),
    });
    await assert.rejects(cancelled, /cancelled/);
  });
});
