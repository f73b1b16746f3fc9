// Where a model made of layers is cut: models whose end is written in other ways get a global pooling layer, or else a mark before their last Dense layer.
import { cutMark, findGlobalPooling, findLastBottleneck, layerOfWeight } from '../formats/globalPoolingCut.js';
import type { Layer, LayersModel, Topology, Weight, Weights } from '../formats/layersModel.js';
import { shapesOfLayers } from '../formats/onnx/compiler/compile.js';
import type { Preprocessing } from '../image/preprocessing.js';

/** Layers that do to one pixel what they do to a vector. */
const sameOnVectors: ReadonlySet<string> = new Set([
  'Activation',
  'Add',
  'AlphaDropout',
  'BatchNormalization',
  'Dense',
  'Dropout',
  'ELU',
  'GaussianDropout',
  'GaussianNoise',
  'LeakyReLU',
  'Multiply',
  'ReLU',
  'Rescaling',
  'Softmax',
  'SpatialDropout2D',
]);

const isOne = (value: unknown): boolean => [value ?? 1].flat().every((side) => side === 1);

/** A convolution of one pixel as the Dense layer that it is on one pixel; undefined for any other. */
function asDense({ config, ...layer }: Layer): Layer | undefined {
  if (!isOne(config['kernel_size']) || !isOne(config['groups'])) return undefined;
  const { name, filters, activation = 'linear', use_bias = true } = config;
  return { ...layer, className: 'Dense', config: { name, units: filters, activation, use_bias } };
}

/** The layer on a vector where it stood behind a map of one pixel; 'nothing' where it only changes the shape; undefined where it cannot be had. */
function onVector(layer: Layer): Layer | 'nothing' | undefined {
  const { className, config } = layer;
  if (className === 'Flatten') return 'nothing';
  if (className === 'Reshape')
    return (config['target_shape'] as unknown[]).slice(0, -1).every((side) => side === 1) ? 'nothing' : undefined;
  if (className === 'Conv2D') return asDense(layer);
  if (className === 'BatchNormalization') return { ...layer, config: { ...config, axis: -1 } };
  return sameOnVectors.has(className) ? layer : undefined;
}

/** The same layers, those that do nothing left out; undefined where one of them needs an image. */
function onVectors(layers: readonly Layer[]): readonly Layer[] | undefined {
  const aliases = new Map<string, string>();
  const kept: Layer[] = [];
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => aliases.get(name) ?? name);
    const changed = onVector(layer);
    if (changed === undefined) return undefined;
    if (changed === 'nothing') aliases.set(layer.name, inputs[0]!);
    else kept.push({ ...changed, inputs });
  }
  return kept;
}

const matrix = ({ shape, data }: Weight): Weight => ({ shape: shape.slice(-2), data });

/** The model with a global pooling layer in the place of the pooling at `position`, and vectors behind it; undefined where a layer there needs an image. */
function poolGlobally({ topology, weights }: LayersModel, position: number): LayersModel | undefined {
  const pooling = topology.layers[position]!;
  const behind = onVectors(topology.layers.slice(position + 1));
  if (behind === undefined) return undefined;
  const { name, inputs } = pooling;
  const className = pooling.className.startsWith('Global') ? pooling.className : 'GlobalAveragePooling2D';
  const layers = [...topology.layers.slice(0, position), { className, name, inputs, config: { name } }, ...behind];
  const dense = new Set(behind.filter((layer) => layer.className === 'Dense').map((layer) => layer.name));
  const fitting: Weights = new Map(
    [...weights].map(([key, weight]) => [
      key,
      dense.has(layerOfWeight(key)) && weight.shape.length === 4 ? matrix(weight) : weight,
    ]),
  );
  return { topology: { ...topology, layers, output: layers.at(-1)!.name }, weights: fitting };
}

const upTo = (topology: Topology, position: number): Topology => ({
  ...topology,
  layers: topology.layers.slice(0, position + 1),
  output: topology.layers[position]!.name,
});

/** Where an average pooling over the whole map stands that every path goes through; -1 where there is none. */
function findWholeAverage(model: LayersModel, preprocessing: Preprocessing): number {
  const { topology, weights } = model;
  const position = findLastBottleneck(topology, ({ className }) => className === 'AveragePooling2D');
  if (position < 0) return position;
  const pooling = topology.layers[position]!;
  const before = {
    topology: upTo(
      topology,
      topology.layers.findIndex(({ name }) => name === pooling.inputs[0]),
    ),
    weights,
  };
  const [, height, width] = shapesOfLayers(before, preprocessing).get(before.topology.output)!;
  const size = [pooling.config['pool_size'] ?? 2].flat();
  return size[0] === height && size.at(-1) === width ? position : -1;
}

/** The mark before the last Dense layer, which every path goes through; the model as it is where there is none. */
function markBeforeLastDense({ topology, weights }: LayersModel): LayersModel {
  const position = findLastBottleneck(topology, ({ className }) => className === 'Dense');
  const dense = topology.layers[position];
  const values = weights.get(`${dense?.name ?? ''}/kernel`)?.shape[0];
  if (!dense || values === undefined) return { topology, weights };
  const config = { name: cutMark, target_shape: [values] };
  const mark: Layer = { className: 'Reshape', name: cutMark, inputs: dense.inputs, config };
  const layers = [
    ...topology.layers.slice(0, position),
    mark,
    { ...dense, inputs: [cutMark] },
    ...topology.layers.slice(position + 1),
  ];
  return { topology: { ...topology, layers }, weights };
}

/** Whether the end of the model is vectors behind its global pooling, as Taxon stores it: nothing makes an image of them. */
const endsInVectors = ({ layers }: Topology, pooling: number): boolean =>
  layers[pooling]!.config['keepdims'] !== true &&
  layers.slice(pooling + 1).every(({ config: { target_shape: shape } }) => !Array.isArray(shape) || shape.length === 1);

/**
 * The same function with a place to cut it: its global pooling where it has one; an average pooling over the whole map, which is the
 * same; else the values that its last Dense layer takes. Convolutions behind the pooling, which see one pixel, become Dense layers.
 * A model without any such place as it is. Throws AppError invalid_model for a layer that cannot be compiled.
 */
export function withCutPlace(model: LayersModel, preprocessing: Preprocessing): LayersModel {
  const { topology } = model;
  const pooling = findGlobalPooling(topology);
  if (pooling >= 0) return endsInVectors(topology, pooling) ? model : (poolGlobally(model, pooling) ?? model);
  if (topology.layers.some(({ name }) => name === cutMark)) return model;
  const average = findWholeAverage(model, preprocessing);
  return (average < 0 ? undefined : poolGlobally(model, average)) ?? markBeforeLastDense(model);
}
