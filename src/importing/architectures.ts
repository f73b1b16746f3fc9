// Which well-known network a graph is, and how its publisher prepared pixels for it.
import type { Topology } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';

type Normalisation = Pick<Preprocessing, 'channels' | 'scale' | 'offset'>;

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

const architectures: readonly Architecture[] = [
  { name: 'InceptionResNetV2', mark: /^conv_7b$/, normalisation: 'inception', size: 299 },
  { name: 'InceptionV3', mark: /^mixed10$/, normalisation: 'inception', size: 299 },
  { name: 'Xception', mark: /^block14_sepconv2$/, normalisation: 'inception', size: 299 },
  { name: 'ResNet50', mark: /^conv5_block3_out$/, normalisation: 'caffe', size: 224 },
  { name: 'MobileNetV2', mark: /^block_16_project$/, normalisation: 'inception', size: 224 },
  { name: 'EfficientNet', mark: /^block7a_project_conv$/, normalisation: 'raw', size: 224 },
];

export interface RecognisedModel {
  /** Name of the well-known network, or else the model's own. */
  readonly architecture: string;
  readonly normalisation: NormalisationName;
  readonly height: number;
  readonly width: number;
}

/** Whether the first layers scale the pixels themselves. */
const normalisesItself = ({ layers, input }: Topology): boolean =>
  layers.some(
    ({ className, inputs }) => inputs.includes(input) && (className === 'Rescaling' || className === 'Normalization'),
  );

/** Names of layers in the paths of nodes and constants, which converters build from them. Each also without a number at its end: Keras 3 adds one when it saves. */
export const layerNamesIn = (paths: readonly string[]): string[] =>
  paths.flatMap((path) => path.split('/').flatMap((part) => [part, part.replace(/_\d+$/, '')]));

/** The well-known network that has nodes or layers of these names, with its pixel convention and image size. */
export const findArchitecture = (
  names: readonly string[],
): Pick<Architecture, 'name' | 'normalisation' | 'size'> | undefined =>
  architectures.find(({ mark }) => names.some((name) => mark.test(name)));

/** The network, image size and pixel convention that a graph suggests; the user's options take precedence. */
export function recognise(topology: Topology): RecognisedModel {
  const found = findArchitecture(topology.layers.map(({ name }) => name));
  const shape = topology.layers.find(({ name }) => name === topology.input)?.config['batch_input_shape'];
  const [, height, width] = Array.isArray(shape) ? (shape as unknown[]) : [];
  const size = (side: unknown): number => (typeof side === 'number' ? side : (found?.size ?? 224));
  return {
    architecture: found?.name ?? topology.name,
    normalisation: normalisesItself(topology) ? 'raw' : (found?.normalisation ?? 'inception'),
    height: size(height),
    width: size(width),
  };
}
