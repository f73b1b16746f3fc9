// Which well-known network a graph is, and how its publisher prepared pixels for it.
import type { LayersModel } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { rangeOfFirstLayer } from './pixelRange.js';

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
  /** Of the ImageNet weights that Keras publishes; undefined where another publisher uses the same names for other pixels. */
  readonly published: NormalisationName | undefined;
  /** Side of the image, in pixels, where the model leaves it open. */
  readonly size: number;
}

// The first that matches: a ResNet of the second version has the names of the first, too.
const architectures: readonly Architecture[] = [
  { name: 'InceptionResNetV2', mark: /^conv_7b$/, published: 'inception', size: 299 },
  { name: 'InceptionV3', mark: /^mixed10$/, published: 'inception', size: 299 },
  { name: 'Xception', mark: /^block14_sepconv2$/, published: 'inception', size: 299 },
  { name: 'ResNetV2', mark: /^post_relu$/, published: 'inception', size: 224 },
  { name: 'ResNet', mark: /^conv5_block3_out$/, published: 'caffe', size: 224 },
  { name: 'DenseNet', mark: /^conv5_block16_concat$/, published: 'torch', size: 224 },
  { name: 'VGG', mark: /^block5_conv3$/, published: 'caffe', size: 224 },
  { name: 'MobileNet', mark: /^conv_pw_13$/, published: 'inception', size: 224 },
  { name: 'MobileNetV2', mark: /^block_16_project$/, published: 'inception', size: 224 },
  // Keras' own begin with a Rescaling layer, which says it; the older package of that name has none, and torch's convention.
  { name: 'EfficientNet', mark: /^block7a_project_conv$/, published: undefined, size: 224 },
];

/** What layers' names show of a network. */
export type KnownNetwork = Pick<Architecture, 'name' | 'published' | 'size'>;

/** Outputs of the weights for ImageNet that publishers of networks hand out. */
const imagenetClasses = 1000;

/**
 * How the pixels of a network are prepared that has the names of a well-known one: as its publisher says where it is the publisher's own,
 * with ImageNet's classes. Of one that somebody trained further the names do not tell: x / 255 is as usual there as the publisher's
 * convention, and the weights that were not trained further show the publisher's alone.
 */
export const normalisationOf = (
  known: KnownNetwork | undefined,
  classes: number | undefined,
): NormalisationName | undefined => (classes === imagenetClasses ? known?.published : undefined);

export interface RecognisedModel {
  /** Name of the well-known network, or else the model's own. */
  readonly architecture: string;
  readonly known: KnownNetwork | undefined;
  /** Undefined where neither the first layer tells nor the network is a publisher's own. */
  readonly normalisation: NormalisationName | undefined;
  readonly height: number;
  readonly width: number;
}

/** Names of layers in the paths of nodes and constants, which converters build from them. Each also without a number at its end: Keras 3 adds one when it saves. */
export const layerNamesIn = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => path.split('/').flatMap((part) => [part, part.replace(/_\d+$/, '')]));

/** The well-known network that has nodes or layers of these names, with its image size and its publisher's convention of pixels. */
export const findArchitecture = (names: readonly string[]): KnownNetwork | undefined =>
  architectures.find(({ mark }) => names.some((name) => mark.test(name)));

/** Outputs of the last layer that has a number of its own; undefined where none has. */
const outputsOf = ({ topology: { layers } }: LayersModel): number | undefined =>
  layers
    .map(({ className, config }) => config[className === 'Conv2D' ? 'filters' : 'units'])
    .findLast((count) => typeof count === 'number');

/** The network, image size and pixel convention that a model suggests; the user's options take precedence. */
export function recognise(model: LayersModel): RecognisedModel {
  const { topology } = model;
  const found = findArchitecture(topology.layers.map(({ name }) => name));
  const shape = topology.layers.find(({ name }) => name === topology.input)?.config['batch_input_shape'];
  const [, height, width] = Array.isArray(shape) ? (shape as unknown[]) : [];
  const size = (side: unknown): number => (typeof side === 'number' ? side : (found?.size ?? 224));
  return {
    architecture: found?.name ?? topology.name,
    known: found,
    normalisation: rangeOfFirstLayer(model) ?? normalisationOf(found, outputsOf(model)),
    height: size(height),
    width: size(width),
  };
}
