// Which well-known network a graph is, and how its publisher prepared pixels for it.
import type { Layer, LayersModel } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';

/** Network input = pixel (0 to 255) × scale + offset, by channel in the order of `channels`. */
export type Normalisation = Pick<Preprocessing, 'channels' | 'scale' | 'offset'>;

const same = (value: number): [number, number, number] => [value, value, value];

/** The conventions of Keras applications' preprocess_input, by the names used on the command line. */
export const normalisations = {
  /** x / 127.5 - 1: Keras calls it tf. */
  inception: { channels: 'rgb', scale: same(1 / 127.5), offset: same(-1) },
  /** x / 255. */
  unit: { channels: 'rgb', scale: same(1 / 255), offset: same(0) },
  /** BGR minus ImageNet's mean, not scaled. */
  caffe: { channels: 'bgr', scale: same(1), offset: [-103.939, -116.779, -123.68] },
  /** x / 255, minus ImageNet's mean, by its standard deviation. */
  torch: {
    channels: 'rgb',
    scale: [1 / 255 / 0.229, 1 / 255 / 0.224, 1 / 255 / 0.225],
    offset: [-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225],
  },
  /** 0 to 255 as they are: the model normalises by layers of its own. */
  raw: { channels: 'rgb', scale: same(1), offset: same(0) },
} as const satisfies Record<string, Normalisation>;
export type NormalisationName = keyof typeof normalisations;
export const normalisationNames = Object.keys(normalisations) as NormalisationName[];

export interface Architecture {
  readonly name: string;
  /** Matches the name of a layer that no other of these networks has. */
  readonly mark: RegExp;
  readonly normalisation: NormalisationName;
  /** Side of the image, in pixels, where the model leaves it open. */
  readonly size: number;
}

// The first that matches: a ResNet of the second version has the names of the first, too.
const architectures: readonly Architecture[] = [
  { name: 'InceptionResNetV2', mark: /^conv_7b$/, normalisation: 'inception', size: 299 },
  { name: 'InceptionV3', mark: /^mixed10$/, normalisation: 'inception', size: 299 },
  { name: 'Xception', mark: /^block14_sepconv2$/, normalisation: 'inception', size: 299 },
  { name: 'ResNetV2', mark: /^post_relu$/, normalisation: 'inception', size: 224 },
  { name: 'ResNet', mark: /^conv5_block3_out$/, normalisation: 'caffe', size: 224 },
  { name: 'DenseNet', mark: /^conv5_block16_concat$/, normalisation: 'torch', size: 224 },
  { name: 'VGG', mark: /^block5_conv3$/, normalisation: 'caffe', size: 224 },
  { name: 'MobileNet', mark: /^conv_pw_13$/, normalisation: 'inception', size: 224 },
  { name: 'MobileNetV2', mark: /^block_16_project$/, normalisation: 'inception', size: 224 },
  { name: 'EfficientNet', mark: /^block7a_project_conv$/, normalisation: 'raw', size: 224 },
];

export interface RecognisedModel {
  /** Name of the well-known network, or else the model's own. */
  readonly architecture: string;
  /** Undefined where neither the network's name nor its first layer tells. */
  readonly normalisation: NormalisationName | undefined;
  readonly height: number;
  readonly width: number;
}

/**
 * What a model wants that begins with input × scale, or with (input - mean) / deviation: bytes as they are, or values from 0 to 1.
 * A factor below a tenth, or a mean or deviation above 1, is made for 0 to 255; undefined where the numbers do not tell.
 */
export function rangeOf({
  scale = 1,
  mean = 0,
}: {
  readonly scale?: number | undefined;
  readonly mean?: number | undefined;
}): 'raw' | 'unit' | undefined {
  if (Math.abs(scale) < 0.1 || Math.abs(mean) > 1) return 'raw';
  return scale !== 1 || mean !== 0 ? 'unit' : undefined;
}

/** The largest magnitude; 0 of no values. */
function largestOf(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** rangeOf a graph's first operation on its input, with its constant operand; undefined where it does not scale. */
export function rangeOfStep(operation: string, operand: Iterable<number>): 'raw' | 'unit' | undefined {
  switch (operation) {
    case 'Mul':
      return rangeOf({ scale: largestOf(operand) });
    case 'Div':
    case 'RealDiv':
      return rangeOf({ scale: 1 / largestOf(operand) });
    case 'Sub':
    case 'Add':
    case 'AddV2':
      return rangeOf({ mean: largestOf(operand) });
    default:
      return undefined;
  }
}

/** Of a number or of lists of numbers, as a layer's config has them; undefined where there is none. */
function largestIn(values: unknown): number | undefined {
  const numbers = [values].flat(3).filter((value) => typeof value === 'number');
  return numbers.length === 0 ? undefined : largestOf(numbers);
}

/** Layers that only move channels about. */
const ordering: ReadonlySet<string> = new Set(['TakeChannels', 'Concatenate']);

/** The first layer behind the input, or behind a new order of its channels. */
function firstThatScales(layers: readonly Layer[], input: string): Layer | undefined {
  const sources = new Set([input]);
  return layers.find((layer) => {
    if (!layer.inputs.some((name) => sources.has(name))) return false;
    if (ordering.has(layer.className)) sources.add(layer.name);
    return !ordering.has(layer.className);
  });
}

/** What the first layer's own scaling is made for; undefined when it does not scale. */
function rangeOfFirstLayer({ topology: { layers, input }, weights }: LayersModel): 'raw' | 'unit' | undefined {
  const first = firstThatScales(layers, input);
  if (first?.className === 'Rescaling') {
    const scale = largestIn(first.config['scale']) ?? 1;
    const mean = (largestIn(first.config['offset']) ?? 0) / scale;
    return mean > 1 ? 'raw' : rangeOf({ scale });
  }
  if (first?.className !== 'Normalization') return undefined;
  const mean = largestIn(first.config['mean']) ?? largestOf(weights.get(`${first.name}/mean`)?.data ?? []);
  return rangeOf({ mean });
}

/** Names of layers in the paths of nodes and constants, which converters build from them. Each also without a number at its end: Keras 3 adds one when it saves. */
export const layerNamesIn = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => path.split('/').flatMap((part) => [part, part.replace(/_\d+$/, '')]));

/** The well-known network that has nodes or layers of these names, with its pixel convention and image size. */
export const findArchitecture = (
  names: readonly string[],
): Pick<Architecture, 'name' | 'normalisation' | 'size'> | undefined =>
  architectures.find(({ mark }) => names.some((name) => mark.test(name)));

/** The network, image size and pixel convention that a model suggests; the user's options take precedence. */
export function recognise(model: LayersModel): RecognisedModel {
  const { topology } = model;
  const found = findArchitecture(topology.layers.map(({ name }) => name));
  const shape = topology.layers.find(({ name }) => name === topology.input)?.config['batch_input_shape'];
  const [, height, width] = Array.isArray(shape) ? (shape as unknown[]) : [];
  const size = (side: unknown): number => (typeof side === 'number' ? side : (found?.size ?? 224));
  return {
    architecture: found?.name ?? topology.name,
    normalisation: rangeOfFirstLayer(model) ?? found?.normalisation,
    height: size(height),
    width: size(width),
  };
}
