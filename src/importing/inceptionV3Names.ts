// Inception-V3 under the layer names of a weights file: Keras numbers convolutions through a whole session, so the first may have any number.
import { inceptionV3Topology } from './inceptionV3.js';
import type { Layer, Topology } from '../formats/layersModel.js';

const convolutions = 94;

/** Names of one kind in the order of their numbers; a first one without number counts as 0. */
function ranked(layerNames: readonly string[], kind: string): string[] {
  const number = (name: string): number => Number(name.slice(kind.length + 1));
  return layerNames
    .filter((name) => name === kind || /^_\d+$/.test(name.slice(kind.length)))
    .filter((name) => name.startsWith(kind))
    .sort((a, b) => number(a) - number(b));
}

/** Classes of the file that Keras publishes with its classification layer. */
const imagenetClasses = 1000;

function addPredictions(topology: Topology): Topology {
  const predictions: Layer = {
    className: 'Dense',
    name: 'predictions',
    inputs: [topology.output],
    config: { name: 'predictions', units: imagenetClasses, activation: 'softmax', use_bias: true },
  };
  return { ...topology, layers: [...topology.layers, predictions], output: predictions.name };
}

/** The topology whose weights these layers hold; undefined when they are not those of an Inception-V3. */
export function inceptionV3TopologyLike(layerNames: readonly string[]): Topology | undefined {
  const found = {
    conv2d: ranked(layerNames, 'conv2d'),
    batch_normalization: ranked(layerNames, 'batch_normalization'),
  };
  if (found.conv2d.length !== convolutions || found.batch_normalization.length !== convolutions) return undefined;
  const rename = (name: string): string => {
    const [, kind, number] = /^(conv2d|batch_normalization)_(\d+)$/.exec(name) ?? [];
    return kind === undefined ? name : found[kind as keyof typeof found][Number(number) - 1]!;
  };
  const topology = inceptionV3Topology();
  const layers = topology.layers.map((layer) => ({
    ...layer,
    name: rename(layer.name),
    inputs: layer.inputs.map(rename),
    config: { ...layer.config, name: rename(layer.name) },
  }));
  const renamed = { ...topology, layers };
  return layerNames.includes('predictions') ? addPredictions(renamed) : renamed;
}
