// A classifier cut into backbone (pixels → embedding) and head (embedding → logits), and joined again: at its global pooling layer, or where an import marked it.
import { cutAtBottlenecks } from './graphFlow.js';
import { invalidModel } from './invalidModel.js';
import type { Layer, LayersModel, Topology, Weights } from './layersModel.js';

const poolingClasses: readonly string[] = ['GlobalAveragePooling2D', 'GlobalMaxPooling2D'];
const headInput = 'embedding';

/** The name of the layer that ends the backbone of a model without global pooling: a Reshape to a vector, which changes nothing. */
export const cutMark = 'embedding_values';

/** The last layer that `matches` of those that every path from input to output goes through, by its position; -1 where there is none. */
export function findLastBottleneck({ layers, input, output }: Topology, matches: (layer: Layer) => boolean): number {
  const nodes = layers.map(({ name, inputs }) => ({ inputs, outputs: [name] }));
  const bottlenecks = new Set(cutAtBottlenecks(nodes, input, output).map((stretch) => stretch.output));
  return layers.findLastIndex((layer) => bottlenecks.has(layer.name) && matches(layer));
}

/** Where the last global pooling layer that every path goes through stands; -1 where there is none. */
export const findGlobalPooling = (topology: Topology): number =>
  findLastBottleneck(topology, ({ className }) => poolingClasses.includes(className));

function findCut(topology: Topology): number {
  const pooling = findGlobalPooling(topology);
  const position = pooling < 0 ? findLastBottleneck(topology, ({ name }) => name === cutMark) : pooling;
  if (position < 0)
    throw invalidModel(
      `model ${topology.name} has no global pooling layer (${poolingClasses.join(' or ')}) that every path goes through, and ends in no dense layer either; Taxon cuts models there, so let it end in a Dense layer with one unit for each class`,
    );
  const { config, name } = topology.layers[position]!;
  if (config['keepdims'] === true)
    throw invalidModel(`layer ${name}: global pooling with keepdims cannot be the end of a backbone`);
  return position;
}

/** Channels that a layer gives, followed back to the layer that sets them. */
function channelsOf(topology: Topology, weights: WeightShapes, name: string): number {
  const layer = topology.layers.find((candidate) => candidate.name === name)!;
  const { className, config, inputs } = layer;
  const through = (): number[] => inputs.map((input) => channelsOf(topology, weights, input));
  if (name === cutMark) return Number((config['target_shape'] as unknown[] | undefined)?.at(-1));
  if (typeof config['filters'] === 'number') return config['filters'];
  if (className === 'Dense') return Number(config['units']);
  if (className === 'BatchNormalization') return weights(`${name}/moving_mean`)?.[0] ?? through()[0]!;
  if (className === 'Concatenate') return through().reduce((sum, channels) => sum + channels, 0);
  if (className === 'DepthwiseConv2D') return through()[0]! * Number(config['depth_multiplier'] ?? 1);
  if (className === 'InputLayer') return Number((config['batch_input_shape'] as unknown[] | undefined)?.at(-1));
  return Math.max(...through());
}

/** The shape of a weight by its name; undefined when there is none. */
export type WeightShapes = (name: string) => readonly number[] | undefined;

/** What may follow logits: classes that exclude one another, or that do not. */
export type EndActivation = 'softmax' | 'sigmoid';

const isEnd = (activation: unknown): boolean => activation === 'softmax' || activation === 'sigmoid';

function withoutEnd(layers: readonly Layer[]): readonly Layer[] {
  const last = layers.at(-1)!;
  const activation = last.config['activation'] ?? 'linear';
  if (last.className === 'Softmax' || (last.className === 'Activation' && isEnd(activation)))
    return layers.slice(0, -1);
  if (last.className === 'Dense' && isEnd(activation))
    return [...layers.slice(0, -1), { ...last, config: { ...last.config, activation: 'linear' } }];
  if (last.className === 'Dense' && activation === 'linear') return layers;
  if (layers.length === 1) return layers;
  throw invalidModel(
    `layer ${last.name} (${last.className}, activation ${JSON.stringify(activation)}) ends the model; expected softmax, sigmoid or a Dense layer without activation`,
  );
}

/** The topology without its final softmax or sigmoid. A last layer without activation gives logits already. Throws AppError invalid_model for any other end. */
export function stripEnd(topology: Topology): Topology {
  const layers = withoutEnd(topology.layers);
  return { ...topology, layers, output: layers.at(-1)!.name };
}

export interface CutTopology {
  readonly backbone: Topology;
  /** From the InputLayer `embedding` to logits. Only that InputLayer when the model ends where it is cut. */
  readonly head: Topology;
  readonly embeddingSize: number;
}

/** Cuts the graph alone, without its weights. Throws AppError invalid_model when there is no place to cut or the end is neither softmax nor sigmoid. */
export function cutTopology(topology: Topology, weights: WeightShapes): CutTopology {
  const position = findCut(topology);
  const pooling = topology.layers[position]!.name;
  const embeddingSize = channelsOf(topology, weights, pooling);
  const input: Layer = {
    className: 'InputLayer',
    name: headInput,
    inputs: [],
    config: { name: headInput, batch_input_shape: [null, embeddingSize], dtype: 'float32' },
  };
  const rest = topology.layers
    .slice(position + 1)
    .map((layer) => ({ ...layer, inputs: layer.inputs.map((name) => (name === pooling ? headInput : name)) }));
  if (rest.some(({ name }) => name === headInput))
    throw invalidModel(`layer ${headInput}: this name is kept for the head's input; rename the layer`);
  return {
    backbone: { ...topology, layers: topology.layers.slice(0, position + 1), output: pooling },
    head: stripEnd({
      name: `${topology.name}_head`,
      layers: [input, ...rest],
      input: headInput,
      output: topology.output,
    }),
    embeddingSize,
  };
}

/** The weights of the layers of `topology`. */
export function weightsOf({ layers }: Topology, weights: Weights): Weights {
  const names = new Set(layers.map(({ name }) => name));
  return new Map([...weights].filter(([name]) => names.has(layerOfWeight(name))));
}

/** The layer that a weight belongs to. */
export const layerOfWeight = (weight: string): string => weight.slice(0, weight.lastIndexOf('/'));

export interface CutModel {
  readonly backbone: LayersModel;
  readonly head: LayersModel;
  readonly embeddingSize: number;
}

/** Cuts a model at its last global pooling layer, or where it is marked. Throws AppError invalid_model. */
export function cutAtGlobalPooling({ topology, weights }: LayersModel): CutModel {
  const cut = cutTopology(topology, (name) => weights.get(name)?.shape);
  return {
    backbone: { topology: cut.backbone, weights: weightsOf(cut.backbone, weights) },
    head: { topology: cut.head, weights: weightsOf(cut.head, weights) },
    embeddingSize: cut.embeddingSize,
  };
}

/** Whether a backbone's embedding is the average of its feature map. */
export function endsInAveragePooling({ layers, output }: Topology): boolean {
  const last = layers.find(({ name }) => name === output);
  return last?.className === 'GlobalAveragePooling2D';
}

/** A backbone that ends in average pooling, without that: from pixels to its feature map. Throws AppError invalid_model for any other. */
export function withoutPooling({ topology, weights }: LayersModel): LayersModel {
  if (!endsInAveragePooling(topology))
    throw invalidModel(`backbone ${topology.name} does not end in GlobalAveragePooling2D, so it has no feature map`);
  const pooling = topology.layers.find(({ name }) => name === topology.output)!;
  const layers = topology.layers.filter((layer) => layer !== pooling);
  return { topology: { ...topology, layers, output: pooling.inputs[0]! }, weights };
}

/** Layers of the head under names that the backbone does not use. */
function renameHead(head: Topology, taken: ReadonlySet<string>): ReadonlyMap<string, string> {
  return new Map(head.layers.map(({ name }) => [name, taken.has(name) ? `head_${name}` : name]));
}

function addEnd(layers: readonly Layer[], activation: EndActivation): readonly Layer[] {
  const last = layers.at(-1)!;
  const linearDense = last.className === 'Dense' && (last.config['activation'] ?? 'linear') === 'linear';
  if (linearDense) return [...layers.slice(0, -1), { ...last, config: { ...last.config, activation } }];
  const name = 'probabilities';
  return [...layers, { className: 'Activation', name, inputs: [last.name], config: { name, activation } }];
}

/** One model from pixels to class probabilities; the inverse of cutAtGlobalPooling. */
export function joinModels(
  backbone: LayersModel,
  head: LayersModel,
  activation: EndActivation = 'softmax',
): LayersModel {
  const taken = new Set(backbone.topology.layers.map(({ name }) => name));
  const names = new Map(renameHead(head.topology, taken)).set(head.topology.input, backbone.topology.output);
  const rename = (name: string): string => names.get(name)!;
  const rest = head.topology.layers
    .filter(({ name }) => name !== head.topology.input)
    .map((layer) => ({
      ...layer,
      name: rename(layer.name),
      inputs: layer.inputs.map(rename),
      config: { ...layer.config, name: rename(layer.name) },
    }));
  const layers = addEnd([...backbone.topology.layers, ...rest], activation);
  const headWeights = [...head.weights].map(([name, weight]) => {
    const layer = layerOfWeight(name);
    return [rename(layer) + name.slice(layer.length), weight] as const;
  });
  return {
    topology: { name: backbone.topology.name, layers, input: backbone.topology.input, output: layers.at(-1)!.name },
    weights: new Map([...backbone.weights, ...headWeights]),
  };
}
