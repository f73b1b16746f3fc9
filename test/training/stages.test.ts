import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';
import { colours, openTrainingBench } from '../support/trainingBench.js';

/** One pixel wide: an image for a backbone that stretches, not for one that crops a square. */
const thinImage = (): Promise<Buffer> => colourImage('red', 101, { width: 1, height: 3_000 });

describe('the stages of a training', () => {
  it('leaves an image that only the active version cannot take out of the comparison alone, and names it', async (t) => {
    const bench = await openTrainingBench(t);
    await publishTinyModel(bench.modelsDir, 'cropped', colours, { seed: 21, resize: 'centre-crop' });
    await bench.registry.reload();
    await bench.addColours(6);
    for (const colour of colours) await bench.add(colour, await colourImage(colour, 100), 'test');
    await bench.add('red', await thinImage(), 'test');
    const training = await bench.train({ model: 'cropped', backbone: 'colours', activate: 'manual' });
    assert.equal(training.error, null);
    const { count, images } = training.leftOut;
    assert.deepEqual([count, images[0]!.stage, images[0]!.label], [1, 'compare', 'red']);
    assert.match(images[0]!.reason, /1 × 3000: too narrow/);
    const { broken, heldOut } = training.metrics!['images'] as Record<string, number>;
    const { images: compared } = training.metrics!['comparison'] as { images: number };
    assert.deepEqual([broken, compared], [0, heldOut! - 1]);
  });

  it('fails when the active version can take none of the held-out images, and says why', async (t) => {
    const bench = await openTrainingBench(t);
    await publishTinyModel(bench.modelsDir, 'cropped', colours, { seed: 21, resize: 'centre-crop' });
    await bench.registry.reload();
    for (const split of ['train', 'validation'] as const)
      for (const colour of colours)
        for (let i = 0; i < 2; i++)
          await bench.add(colour, await colourImage(colour, i + (split === 'train' ? 0 : 2)), split);
    await bench.add('red', await thinImage(), 'test');
    const { state, error } = await bench.train({ model: 'cropped', backbone: 'colours', activate: 'always' });
    assert.deepEqual([state, error?.code], ['failed', 'training_failed']);
    assert.match(error!.detail, /None of the 1 held-out images can be decoded for cropped\/1.*too narrow/);
    assert.equal(bench.registry.describe('cropped').activeVersion, 1);
  });

  it('starts one trainer thread for its fit, its evaluation and its comparison', async (t) => {
    const bench = await openTrainingBench(t);
    await bench.addColours(6);
    let started = 0;
    const count = (): void => {
      started++;
    };
    process.on('worker', count);
    t.after(() => process.off('worker', count));
    const { error, metrics } = await bench.train({ activate: 'manual' });
    assert.equal(error, null);
    assert.notEqual(metrics!['comparison'], null);
    assert.equal(started, 1);
  });
});
