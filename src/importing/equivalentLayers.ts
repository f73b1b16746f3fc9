// Layers that only Keras knows as layers that every engine and every export has, which compute the same.
import { invalidModel } from '../formats/invalidModel.js';
import { layerOfWeight } from '../formats/globalPoolingCut.js';
import type { Layer, LayersModel, Topology, Weight } from '../formats/layersModel.js';

/** What stands in a layer's place: the last gives its output under its name. Weights are by the names of the new layers' variables. */
interface Replacement {
  readonly layers: readonly Layer[];
  readonly weights: readonly (readonly [name: string, weight: Weight])[];
}

const vector = (data: Float32Array): Weight => ({ shape: [data.length], data });

/** x × gamma as a batch-norm of mean 0 and variance 1, which is folded into the Dense layer before it. */
function replaceScale({ name, inputs }: Layer, weights: LayersModel['weights']): Replacement {
  const gamma = weights.get(`${name}/gamma`);
  if (!gamma) throw invalidModel(`layer ${name} (LayerScale): weight ${name}/gamma is missing`);
  const epsilon = 1e-3;
  const of = (value: number): Weight => vector(new Float32Array(gamma.data.length).fill(value));
  const config = { name, axis: -1, epsilon, center: false, scale: true };
  return {
    layers: [{ className: 'BatchNormalization', name, inputs, config }],
    weights: [
      [`${name}/gamma`, gamma],
      [`${name}/moving_mean`, of(0)],
      [`${name}/moving_variance`, of(1 - epsilon)],
    ],
  };
}

/** Some of the three channels of an image as a convolution of one pixel that picks them. */
function replaceTake({ name, inputs, config: { channels } }: Layer): Replacement {
  const taken = channels as readonly number[];
  const filters = taken.length;
  const data = new Float32Array(3 * filters);
  taken.forEach((channel, i) => (data[channel * filters + i] = 1));
  const config = { name, filters, kernel_size: [1, 1], use_bias: false };
  return {
    layers: [{ className: 'Conv2D', name, inputs, config }],
    weights: [[`${name}/kernel`, { shape: [1, 1, 3, filters], data }]],
  };
}

/** The slope of a hard sigmoid, min(max(x × slope + 0.5, 0), 1): in Keras 2 one fifth, in Keras 3 one sixth. */
const slopes: Readonly<Record<string, number>> = { hard_sigmoid: 0.2, hard_sigmoid_6: 1 / 6, hard_swish: 1 / 6 };

/** A layer whose activation is a hard sigmoid, or x times one: Keras' versions mean different functions by the same name. */
function replaceHard(layer: Layer, activation: string): Replacement {
  const { name, className, inputs } = layer;
  const step = (what: string): string => `${name}_${what}`;
  const isActivation = className === 'Activation';
  const x = isActivation ? inputs[0]! : step('linear');
  const linear = { ...layer, name: x, config: { ...layer.config, name: x, activation: 'linear' } };
  const scaled = step('scaled');
  const gate = activation === 'hard_swish' ? step('gate') : name;
  const layers: Layer[] = [
    ...(isActivation ? [] : [linear]),
    {
      className: 'Rescaling',
      name: scaled,
      inputs: [x],
      config: { name: scaled, scale: slopes[activation]!, offset: 0.5 },
    },
    { className: 'ReLU', name: gate, inputs: [scaled], config: { name: gate, max_value: 1 } },
  ];
  if (activation === 'hard_swish') layers.push({ className: 'Multiply', name, inputs: [x, gate], config: { name } });
  return { layers, weights: [] };
}

/**
 * tfjs has no keepdims: a pooling that keeps its dimensions is one that does not, and a Reshape to one pixel, whose channels the
 * convolution behind it says. Undefined where something else is behind it.
 */
function replaceKeepdims(layer: Layer, { topology, weights }: LayersModel): Replacement | undefined {
  const { name, className, inputs } = layer;
  const next = topology.layers.find((candidate) => candidate.inputs.includes(name));
  const channels = weights.get(`${next?.name ?? ''}/kernel`)?.shape.at(-2);
  if (channels === undefined) return undefined;
  const pooled = `${name}_pooled`;
  return {
    layers: [
      { className, name: pooled, inputs, config: { name: pooled } },
      { className: 'Reshape', name, inputs: [pooled], config: { name, target_shape: [1, 1, channels] } },
    ],
    weights: [],
  };
}

function replacementFor(layer: Layer, model: LayersModel): Replacement | undefined {
  if (layer.className === 'LayerScale') return replaceScale(layer, model.weights);
  if (layer.className === 'TakeChannels') return replaceTake(layer);
  if (layer.className.startsWith('Global') && layer.config['keepdims'] === true) return replaceKeepdims(layer, model);
  const { activation } = layer.config;
  return typeof activation === 'string' && activation in slopes ? replaceHard(layer, activation) : undefined;
}

/** The name that the weights of `layer` have in its replacement: those of a layer whose activation was taken off it move with it. */
const renamed = (layer: Layer, { layers }: Replacement): string =>
  layers.find(({ className }) => className === layer.className)?.name ?? layer.name;

/** The same function for images of the size that a Resizing at its beginning makes: an open input gets that size. Throws AppError invalid_model for any other Resizing. */
export function withoutResizing(topology: Topology): Topology {
  const resizing = topology.layers.find(({ className }) => className === 'Resizing');
  if (!resizing) return topology;
  const { name, inputs, config } = resizing;
  const [height, width] = [config['height'], config['width']];
  const input = topology.layers.find((layer) => layer.name === topology.input)!;
  const [, rows, columns] = input.config['batch_input_shape'] as unknown[];
  const isFirst =
    inputs[0] === input.name || topology.layers.find((layer) => layer.name === inputs[0])?.className === 'Rescaling';
  if (!isFirst || (rows ?? height) !== height || (columns ?? width) !== width)
    throw invalidModel(
      `layer ${name} (Resizing) makes ${String(height)} × ${String(width)} of ${String(rows)} × ${String(columns)}; save the model without that layer, for images of ${String(height)} × ${String(width)}: Taxon resizes them itself`,
    );
  const sized = { ...input, config: { ...input.config, batch_input_shape: [null, height, width, 3] } };
  const layers = topology.layers
    .filter((layer) => layer !== resizing)
    .map((layer) => (layer === input ? sized : layer))
    .map((layer) => ({ ...layer, inputs: layer.inputs.map((from) => (from === name ? inputs[0]! : from)) }));
  return { ...topology, layers, output: topology.output === name ? inputs[0]! : topology.output };
}

/** The same function in layers that layerKinds knows, or that are refused by name when they are compiled. Throws AppError invalid_model. */
export function withEquivalentLayers(model: LayersModel): LayersModel {
  const { topology } = model;
  const weights = new Map(model.weights);
  const layers = topology.layers.flatMap((layer) => {
    const replacement = replacementFor(layer, model);
    if (!replacement) return [layer];
    const name = renamed(layer, replacement);
    for (const [key, weight] of model.weights) {
      if (layerOfWeight(key) !== layer.name) continue;
      weights.delete(key);
      weights.set(`${name}${key.slice(layer.name.length)}`, weight);
    }
    for (const [key, weight] of replacement.weights) weights.set(key, weight);
    return replacement.layers;
  });
  return { topology: { ...topology, layers }, weights };
}
