// A layers model as one Keras HDF5 file, in the layout that Keras 2 and Keras 3 both load with load_model.
import h5wasm, { type Group } from 'h5wasm/node';
import { buildFile } from '../../durableFiles.js';
import { writeKerasTopology } from './topology.js';
import type { Layer, LayersModel, Weights } from '../layersModel.js';
import { inKerasOrder } from './layerOrder.js';
import { variablesOf } from './variables.js';

function writeLayer(parent: Group, layer: Layer, weights: Weights): void {
  const group = parent.create_group(layer.name);
  const names = variablesOf(layer)
    .map((variable) => `${layer.name}/${variable}`)
    .filter((name) => weights.has(name));
  if (names.length === 0) return;
  group.create_attribute(
    'weight_names',
    names.map((name) => `${name}:0`),
  );
  group.create_group(layer.name);
  for (const name of names) {
    const { shape, data } = weights.get(name)!;
    group.create_dataset({ name: `${name}:0`, data, shape: [...shape], dtype: '<f' });
  }
}

/** Writes `path`, whole or not at all. `attributes`: text beside Keras' own, which Keras passes over. */
export async function writeKerasHdf5(
  path: string,
  { topology, weights }: LayersModel,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  await h5wasm.ready;
  await buildFile(path, async (temporary) => {
    const file = new h5wasm.File(temporary, 'w');
    const { model_config: config, backend, keras_version: version } = writeKerasTopology(topology);
    file.create_attribute('model_config', JSON.stringify(config));
    file.create_attribute('backend', String(backend));
    file.create_attribute('keras_version', String(version));
    for (const [name, value] of Object.entries(attributes)) file.create_attribute(name, value);
    const group = file.create_group('model_weights');
    const layers = inKerasOrder(topology);
    group.create_attribute(
      'layer_names',
      layers.map(({ name }) => name),
    );
    for (const layer of layers) writeLayer(group, layer, weights);
    file.close();
  });
}
