import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linearHead } from '../../src/formats/linearHead.js';
import { fillWithRandom, maxDifference, runInTfjs, sketchTopology, type LayerSketch } from '../support/reference.js';

const size = 5;
const head = (layers: readonly LayerSketch[]) => fillWithRandom(sketchTopology([size], layers), 4);

describe('a linear head as one matrix', () => {
  it('gives the logits of the layers, with batch-norms before and behind', async () => {
    const model = await head([
      ['BatchNormalization', 'before', ['input'], {}],
      ['Dropout', 'dropout', ['before'], { rate: 0.5 }],
      ['Dense', 'dense', ['dropout'], { units: 3 }],
      ['BatchNormalization', 'behind', ['dense'], {}],
    ]);
    const { kernel, bias, classes } = linearHead(model)!;
    const embedding = Float32Array.of(0.3, -1, 2, 0.7, -0.2);
    const logits = Array.from({ length: classes }, (_, c) =>
      embedding.reduce((sum, value, i) => sum + value * kernel[i * classes + c]!, bias[c]!),
    );
    assert.ok(maxDifference(logits, await runInTfjs(model, embedding, [1, size])) < 1e-4);
  });

  it('is none where the head has hidden layers, activations or a shortcut', async () => {
    const others: readonly LayerSketch[][] = [
      [
        ['Dense', 'hidden', ['input'], { units: 4, activation: 'relu' }],
        ['Dense', 'dense', ['hidden'], { units: 3 }],
      ],
      [['Dense', 'dense', ['input'], { units: 3, activation: 'tanh' }]],
      [
        ['Dense', 'dense', ['input'], { units: 3 }],
        ['Activation', 'relu', ['dense'], { activation: 'relu' }],
      ],
      [
        ['Dense', 'one', ['input'], { units: 3 }],
        ['Dense', 'two', ['input'], { units: 3 }],
        ['Add', 'sum', ['one', 'two'], {}],
      ],
    ];
    for (const layers of others) assert.equal(linearHead(await head(layers)), undefined);
  });
});
