import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import '@tensorflow/tfjs-backend-cpu';
import type { SnapshotItem } from '../../src/data/datasets/schemas.js';
import { resolveHyperparameters, type Hyperparameters } from '../../src/training/fit/hyperparameters.js';
import { createRandom } from '../../src/training/random.js';
import { checkFoldsOf, foldsOf } from '../../src/training/search/folds.js';
import { checkGain, measureGain } from '../../src/training/search/gainCheck.js';
import type { Trial } from '../../src/training/search/search.js';
import { heldOutLosses, runTrial, type SearchData } from '../../src/training/search/trial.js';

const chosen = resolveHyperparameters('default');
const other: Hyperparameters = { ...chosen, labelSmoothing: 0.2 };

const trialOf = (number: number, hyperparameters: Hyperparameters, loss: number | null): Trial =>
  ({
    number,
    hyperparameters,
    share: 1,
    loss,
    accuracy: loss && 0.5,
    failure: loss && null,
    seconds: 1,
    elapsed: 1,
  }) as Trial;

/** What is taken where trial 1 had the lower loss in the search, and these are the losses on other folds. */
async function decide(before: Float64Array | undefined, after: Float64Array | undefined) {
  const trials = [trialOf(0, chosen, 1), trialOf(1, other, 0.9)];
  const groups = Uint32Array.from({ length: 100 }, (_, row) => row);
  const { taken, check } = await checkGain(trials, groups, 2, async (of) => (of === chosen ? before : after));
  assert.equal(check!.isTaken, taken.number === 1);
  return { number: taken.number, check: check! };
}

/** Rows whose gain is `gain` in the mean, and differs from it by `spread` up and down in turn. */
const gainsOf = (gain: number, spread: number): Float64Array =>
  Float64Array.from({ length: 100 }, (_, row) => gain + (row % 2 === 0 ? spread : -spread));

describe('the check of a search', () => {
  it('takes the best trial where its gain on other folds is more than a standard error, and else what was asked for', async () => {
    const none = new Float64Array(100);
    // The standard error of 100 gains that differ by 1 from their mean is 0.1.
    assert.equal((await decide(gainsOf(0.11, 1), none)).number, 1);
    assert.equal((await decide(gainsOf(0.09, 1), none)).number, 0);
    assert.equal((await decide(gainsOf(-0.2, 1), none)).number, 0);
  });

  it('has nothing to do where no trial was better', async () => {
    const trials = [trialOf(0, chosen, 1), trialOf(1, other, 1.1)];
    const { taken, check } = await checkGain(trials, new Uint32Array(0), 1, () => Promise.reject(new Error('asked')));
    assert.deepEqual([taken.number, check], [0, null]);
  });

  it('takes what can be fitted', async () => {
    const losses = new Float64Array(100);
    assert.equal((await decide(undefined, losses)).number, 1);
    assert.equal((await decide(losses, undefined)).number, 0);
    assert.equal((await decide(undefined, undefined)).number, 0);
    const { number, check } = await decide(
      losses.map(() => NaN),
      losses,
    );
    assert.deepEqual([number, check.gain, check.standardError], [0, null, null]);
  });

  it('counts near duplicates as one image, and those that were not measured not at all', () => {
    const single = measureGain(Float64Array.of(1, 2, 4, NaN), new Float64Array(4), Uint32Array.of(0, 1, 2, 3))!;
    const repeated = Float64Array.from({ length: 30 }, (_, row) => [1, 2, 4][row % 3]!);
    const groups = Uint32Array.from({ length: 30 }, (_, row) => row % 3);
    const twins = measureGain(repeated, new Float64Array(30), groups)!;
    assert.ok(Math.abs(twins.gain - 7 / 3) < 1e-12 && Math.abs(single.gain - 7 / 3) < 1e-12);
    // sqrt of the sample variance 7/3 over 3.
    for (const { standardError } of [single, twins]) assert.ok(Math.abs(standardError - Math.sqrt(7) / 3) < 1e-12);
  });

  it('divides the images otherwise than the search', () => {
    const items = Array.from({ length: 60 }, (_, i): SnapshotItem => {
      const sha256 = String(i);
      return { sha256, imageId: i, groupKey: sha256, label: i % 2 === 0 ? 'even' : 'odd', split: 'train' };
    });
    const partition = { train: items.slice(0, 50), validation: items.slice(50) };
    const searched = foldsOf(partition, 1).map(({ validation }) => validation.join());
    const checked = checkFoldsOf(partition, 1);
    assert.equal(checked.length, 6);
    for (const { validation } of checked) assert.ok(!searched.includes(validation.join()));
    const heldOut = checked.flatMap(({ validation }) => validation).sort((a, b) => a - b);
    assert.deepEqual(
      heldOut,
      [...items.keys()].flatMap((i) => [i, i]),
    );
  });

  it('is of losses that heads give to images that they had not learnt from', async () => {
    const [count, size] = [40, 4];
    const random = createRandom(3);
    const labels = Uint32Array.from({ length: count }, (_, row) => row % 2);
    const features = Float32Array.from({ length: count * size }, (_, i) => {
      const row = Math.floor(i / size);
      return random.next() + (i % size === 0 ? 0.5 * labels[row]! : 0);
    });
    const numbers = [...labels.keys()];
    const parts = [numbers.slice(0, 10), numbers.slice(10, 20)];
    const data: SearchData = {
      rows: { features, labels },
      views: new Uint8Array(count),
      folds: parts.map((validation) => ({
        train: Uint32Array.from(numbers.filter((row) => !validation.includes(row))),
        validation: Uint32Array.from(validation),
      })),
      size,
      classes: 2,
    };
    const losses = (await heldOutLosses({ kind: 'heldOutLosses', data, hyperparameters: chosen }))!;
    assert.ok(losses.slice(0, 20).every((loss) => loss > 0) && losses.slice(20).every((loss) => Number.isNaN(loss)));
    const figures = await runTrial({ kind: 'trial', data, hyperparameters: chosen, share: 1 });
    const mean = losses.slice(0, 20).reduce((sum, loss) => sum + loss, 0) / 20;
    assert.ok(Math.abs(mean - figures.loss!) < 1e-9, `${mean} and ${figures.loss}`);
  });
});
