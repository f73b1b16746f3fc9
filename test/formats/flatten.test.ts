import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flattenModel } from '../../src/formats/keras/flatten.js';

const called = (name: string) => [[[name, 0, 0, {}]]];

/** As Teachable Machine exports it: neither of the outer models says its input, the innermost has one. */
const ofTeachableMachine = {
  class_name: 'Sequential',
  config: {
    name: 'joint',
    layers: [
      {
        class_name: 'Sequential',
        config: {
          name: 'features',
          layers: [
            {
              class_name: 'Model',
              config: {
                name: 'mobilenet',
                layers: [
                  {
                    class_name: 'InputLayer',
                    name: 'image',
                    config: { name: 'image', batch_input_shape: [null, 224, 224, 3] },
                    inbound_nodes: [],
                  },
                  {
                    class_name: 'ReLU',
                    name: 'out_relu',
                    config: { name: 'out_relu' },
                    inbound_nodes: called('image'),
                  },
                ],
                input_layers: [['image', 0, 0]],
                output_layers: [['out_relu', 0, 0]],
              },
            },
            { class_name: 'GlobalAveragePooling2D', config: { name: 'pool' } },
          ],
        },
      },
      {
        class_name: 'Sequential',
        config: {
          name: 'head',
          layers: [
            {
              class_name: 'Dense',
              config: { name: 'classes', batch_input_shape: [null, 1280], units: 3, activation: 'softmax' },
            },
          ],
        },
      },
    ],
  },
};

test('a Sequential model that begins with a model has the input of that model', () => {
  const { layers, input, output } = flattenModel(ofTeachableMachine, 'model.json');
  assert.equal(input, 'image');
  assert.equal(output, 'classes');
  assert.deepEqual(
    layers.map(({ name, inputs }) => [name, ...inputs]),
    [['image'], ['out_relu', 'image'], ['pool', 'out_relu'], ['classes', 'pool']],
  );
});
