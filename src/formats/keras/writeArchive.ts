// A layers model as a Keras 3 archive: a zip of metadata.json, config.json and model.weights.h5, which load_model reads.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import h5wasm, { type Group } from 'h5wasm/node';
import { ZipFile } from 'yazl';
import { buildFile } from '../../durableFiles.js';
import type { Layer, LayersModel, Topology } from '../layersModel.js';
import { keras3Names } from './layerOrder.js';
import { variablesOf } from './variables.js';

/** The version of Keras whose layout this is, and a fixed date: equal models make equal files. */
const metadata = { keras_version: '3.15.1', date_saved: '2000-01-01@00:00:00' };
const entryOptions = { mtime: new Date('2000-01-01T00:00:00Z'), mode: 0o100644, compress: false };

/** Where Keras finds a layer's class: Inception-ResNet has one of its own. */
const moduleOf = ({ className }: Layer): string =>
  className === 'CustomScaleLayer' ? 'keras.src.applications.inception_resnet_v2' : 'keras.layers';

/** One option in the notation of Keras 3, which renamed the input's shape and no longer writes the axis of a batch-norm as a list. */
function modernise([option, value]: [string, unknown]): [string, unknown] {
  if (option === 'batch_input_shape') return ['batch_shape', value];
  return [option, option === 'axis' && Array.isArray(value) && value.length === 1 ? value[0] : value];
}

function serialiseLayer(layer: Layer): Record<string, unknown> {
  return {
    module: moduleOf(layer),
    class_name: layer.className,
    config: { ...Object.fromEntries(Object.entries(layer.config).map(modernise)), name: layer.name },
    registered_name: null,
    name: layer.name,
    // Keras 3 still reads the notation of Keras 2; its own would need the shape of every tensor.
    inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((from) => [from, 0, 0, {}])],
  };
}

function serialiseModel({ name, layers, input, output }: Topology): Record<string, unknown> {
  const config = {
    name,
    trainable: true,
    layers: layers.map(serialiseLayer),
    input_layers: [[input, 0, 0]],
    output_layers: [[output, 0, 0]],
  };
  return { module: 'keras.src.models.functional', class_name: 'Functional', config, registered_name: null };
}

/** Keras finds weights by class and number. The layer's name, by which Taxon finds them, is written as an attribute. */
function writeLayers(parent: Group, { topology, weights }: LayersModel): void {
  for (const [kerasName, layer] of keras3Names(topology)) {
    const variables = parent.create_group(kerasName).create_group('vars');
    variables.create_attribute('name', layer.name);
    const present = variablesOf(layer).flatMap((variable) => weights.get(`${layer.name}/${variable}`) ?? []);
    for (const [i, { shape, data }] of present.entries())
      variables.create_dataset({ name: String(i), data, shape: [...shape], dtype: '<f' });
  }
}

async function writeWeights(path: string, model: LayersModel): Promise<void> {
  await h5wasm.ready;
  const file = new h5wasm.File(path, 'w');
  writeLayers(file.create_group('layers'), model);
  file.create_group('vars').create_attribute('name', model.topology.name);
  file.close();
}

/** Writes `path`, whole or not at all. `notes`: entries of metadata.json beside Keras' own, which Keras passes over. */
export async function writeKerasArchive(
  path: string,
  model: LayersModel,
  notes: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-export-'));
  try {
    const weightsFile = join(scratch, 'model.weights.h5');
    await writeWeights(weightsFile, model);
    const zip = new ZipFile();
    zip.addBuffer(Buffer.from(JSON.stringify({ ...metadata, ...notes })), 'metadata.json', entryOptions);
    zip.addBuffer(Buffer.from(JSON.stringify(serialiseModel(model.topology))), 'config.json', entryOptions);
    zip.addFile(weightsFile, 'model.weights.h5', entryOptions);
    zip.end();
    await buildFile(path, (temporary) => pipeline(zip.outputStream, createWriteStream(temporary)));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
