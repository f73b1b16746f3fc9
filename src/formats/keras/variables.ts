// The variables of each layer class in the order in which Keras makes them, which its files rely on.
import type { Layer, LayersModel, Weight } from '../layersModel.js';

const hasBias = ({ config }: Layer): string[] => (config['use_bias'] === false ? [] : ['bias']);

const variableOrder: Readonly<Record<string, (layer: Layer) => readonly string[]>> = {
  BatchNormalization: ({ config }) => [
    ...(config['scale'] === false ? [] : ['gamma']),
    ...(config['center'] === false ? [] : ['beta']),
    'moving_mean',
    'moving_variance',
  ],
  Conv2D: (layer) => ['kernel', ...hasBias(layer)],
  Dense: (layer) => ['kernel', ...hasBias(layer)],
  DepthwiseConv2D: (layer) => ['depthwise_kernel', ...hasBias(layer)],
  LayerNormalization: ({ config }) => [
    ...(config['scale'] === false ? [] : ['gamma']),
    ...(config['center'] === false ? [] : ['beta']),
  ],
  LayerScale: () => ['gamma'],
  PReLU: () => ['alpha'],
  SeparableConv2D: (layer) => ['depthwise_kernel', 'pointwise_kernel', ...hasBias(layer)],
  Normalization: () => ['mean', 'variance', 'count'],
};

/** Names of the layer's variables, in Keras' order; none for a class without any. */
export const variablesOf = (layer: Layer): readonly string[] => variableOrder[layer.className]?.(layer) ?? [];

/** The same weights, layer by layer as the topology lists them: equal models make equal files. Those of no layer are left out. */
export function orderWeights({ topology, weights }: LayersModel): LayersModel {
  const names = topology.layers.flatMap((layer) => variablesOf(layer).map((variable) => `${layer.name}/${variable}`));
  const ordered = names.flatMap((name): [string, Weight][] => (weights.has(name) ? [[name, weights.get(name)!]] : []));
  return { topology, weights: new Map(ordered) };
}
