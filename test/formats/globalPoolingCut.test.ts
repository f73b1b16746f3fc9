import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { backboneId } from '../../src/models/backboneId.js';
import { inceptionPreprocessing } from '../../src/image/preprocessing.js';
import { joinModels, cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import {
  createRandom,
  fillWithRandom,
  maxDifference,
  runInTfjs,
  sketchTopology,
  type LayerSketch,
} from '../support/reference.js';

const squeezeAndExcite: LayerSketch[] = [
  ['Conv2D', 'conv', ['input'], { filters: 6, kernel_size: [3, 3] }],
  ['GlobalAveragePooling2D', 'squeeze', ['conv']],
  ['Reshape', 'reshape', ['squeeze'], { target_shape: [1, 1, 6] }],
  ['Conv2D', 'excite', ['reshape'], { filters: 6, kernel_size: [1, 1], activation: 'sigmoid' }],
  ['Multiply', 'scaled', ['conv', 'excite']],
  ['GlobalAveragePooling2D', 'pool', ['scaled']],
];
const head: LayerSketch[] = [
  ['Dense', 'hidden', ['pool'], { units: 8, activation: 'relu' }],
  ['Dropout', 'dropout', ['hidden'], { rate: 0.5 }],
  ['Dense', 'predictions', ['dropout'], { units: 4, activation: 'softmax' }],
];
const shape = [10, 10, 3];
const model = await fillWithRandom(sketchTopology(shape, [...squeezeAndExcite, ...head]), 21);

describe('a classifier', () => {
  it('is cut at the pooling that every path goes through, not at one inside a block', () => {
    const { backbone, head: top, embeddingSize } = cutAtGlobalPooling(model);
    assert.equal(backbone.topology.output, 'pool');
    assert.equal(embeddingSize, 6);
    assert.deepEqual(
      top.topology.layers.map(({ name }) => name),
      ['embedding', 'hidden', 'dropout', 'predictions'],
    );
    assert.deepEqual(
      [...top.weights.keys()],
      ['hidden/kernel', 'hidden/bias', 'predictions/kernel', 'predictions/bias'],
    );
    assert.equal(backbone.weights.size, 4);
  });

  it('gives the same probabilities after cutting and joining', async () => {
    const { backbone, head: top } = cutAtGlobalPooling(model);
    const random = createRandom(2);
    const input = Float32Array.from({ length: 300 }, random);
    const joined = joinModels(backbone, top);
    assert.equal(
      maxDifference(await runInTfjs(joined, input, [1, ...shape]), await runInTfjs(model, input, [1, ...shape])),
      0,
    );
  });

  it('keeps clear of the backbone names when a head is joined', async () => {
    const { backbone } = cutAtGlobalPooling(model);
    const clashing = await fillWithRandom(sketchTopology([6], [['Dense', 'conv', ['input'], { units: 3 }]]), 4);
    const joined = joinModels(backbone, clashing);
    assert.equal(joined.topology.output, 'head_conv');
    assert.deepEqual(joined.weights.get('head_conv/kernel'), clashing.weights.get('conv/kernel'));
  });

  const refusals: readonly [string, LayerSketch[], RegExp][] = [
    [
      'has no global pooling',
      [
        ['Flatten', 'flat', ['input']],
        ['Dense', 'd', ['flat'], { units: 2, activation: 'softmax' }],
      ],
      /no global pooling/,
    ],
    [
      'ends in a tanh',
      [
        ['GlobalAveragePooling2D', 'pool', ['input']],
        ['Dense', 'd', ['pool'], { units: 2, activation: 'tanh' }],
      ],
      /layer d .*tanh/,
    ],
    [
      'keeps the pooled dimensions',
      [
        ['GlobalAveragePooling2D', 'pool', ['input'], { keepdims: true }],
        ['Flatten', 'f', ['pool']],
      ],
      /layer pool.*keepdims/,
    ],
  ];
  for (const [name, sketches, message] of refusals) {
    it(`is refused when it ${name}`, () => {
      const refused = { topology: sketchTopology(shape, sketches), weights: new Map() };
      assert.throws(() => cutAtGlobalPooling(refused), { code: 'invalid_model', message });
    });
  }
});

describe('the identity of a backbone', () => {
  const { backbone } = cutAtGlobalPooling(model);
  const id = backboneId(backbone, inceptionPreprocessing);

  it('does not change with names, training options and written-out defaults', () => {
    const layers = backbone.topology.layers.map((layer) => ({
      ...layer,
      name: `x_${layer.name}`,
      inputs: layer.inputs.map((name) => `x_${name}`),
      config: {
        ...layer.config,
        name: `x_${layer.name}`,
        trainable: false,
        ...(layer.className === 'Conv2D' ? { padding: 'valid', strides: [1, 1] } : {}),
      },
    }));
    const weights = new Map([...backbone.weights].map(([name, weight]) => [`x_${name}`, weight]));
    assert.equal(
      backboneId(
        { topology: { ...backbone.topology, layers, input: 'x_input', output: 'x_pool' }, weights },
        inceptionPreprocessing,
      ),
      id,
    );
  });

  it('changes with any weight, layer option or normalisation', () => {
    const kernel = backbone.weights.get('conv/kernel')!;
    const changed = new Map(backbone.weights).set('conv/kernel', {
      ...kernel,
      data: kernel.data.with(0, kernel.data[0]! + 1e-6),
    });
    assert.notEqual(backboneId({ ...backbone, weights: changed }, inceptionPreprocessing), id);
    const layers = backbone.topology.layers.map((layer) =>
      layer.name === 'conv' ? { ...layer, config: { ...layer.config, strides: [2, 2] } } : layer,
    );
    assert.notEqual(
      backboneId({ ...backbone, topology: { ...backbone.topology, layers } }, inceptionPreprocessing),
      id,
    );
    assert.notEqual(backboneId(backbone, { ...inceptionPreprocessing, channels: 'bgr' }), id);
  });
});
