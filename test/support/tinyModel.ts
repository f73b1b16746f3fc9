// A classifier small enough to embed hundreds of images a second: a random convolution that distinguishes colours, and images for it.
import sharp from 'sharp';
import { backboneId } from '../../src/models/backboneId.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import { publishVersion, type Version } from '../../src/models/versions.js';
import { createRandom } from '../../src/training/random.js';
import { fillWithRandom, sketchTopology } from './reference.js';

const side = 32;
const isOfHead = (weights: string): boolean => weights.startsWith('predictions/');
const embeddingSize = 12;

export interface TinyModelOptions {
  /** Another seed, another backbone. */
  readonly seed?: number;
  /** Another head on the backbone of `seed`; absent: the one that the seed gives. */
  readonly headSeed?: number;
  readonly provenance?: Readonly<Record<string, unknown>>;
  /** How an image becomes the backbone's input; default: stretch. */
  readonly resize?: Preprocessing['resize'];
}

/** Publishes version 1 of `name`: its head knows nothing yet, its labels are `labels`. */
export async function publishTinyModel(
  modelsDir: string,
  name: string,
  labels: readonly string[],
  { seed = 8, headSeed = seed, provenance = {}, resize = 'stretch' }: TinyModelOptions = {},
): Promise<Version> {
  const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: side, width: side, resize };
  const topology = sketchTopology(
    [side, side, 3],
    [
      [
        'Conv2D',
        'conv',
        ['input'],
        { filters: embeddingSize, kernel_size: [3, 3], strides: [2, 2], activation: 'relu' },
      ],
      ['GlobalAveragePooling2D', 'pool', ['conv']],
      ['Dense', 'predictions', ['pool'], { units: labels.length, activation: 'softmax' }],
    ],
  );
  const model = await fillWithRandom(topology, seed);
  const heads = (await fillWithRandom(topology, headSeed)).weights;
  const weights = new Map([...model.weights].map(([name, own]) => [name, (isOfHead(name) && heads.get(name)) || own]));
  const id = backboneId(cutAtGlobalPooling(model).backbone, preprocessing);
  const draft = {
    name,
    layout: 'full' as const,
    labels: [...labels],
    preprocessing,
    backbone: { id, architecture: 'sketch', embeddingSize },
    temperature: 1,
    metrics: {},
    provenance: { ...provenance },
    license: 'CC0-1.0',
  };
  return publishVersion({ own: modelsDir }, draft, (directory) => writeLayersModel(directory, { ...model, weights }));
}

const hues = { red: [200, 40, 40], green: [40, 170, 60], blue: [50, 70, 200], yellow: [210, 200, 50] } as const;
export type ColourName = keyof typeof hues;

/** A noisy PNG in which one colour prevails, of 40 × 36 unless said otherwise; another seed, another image. */
export function colourImage(
  colour: ColourName,
  seed: number,
  { width, height } = { width: 40, height: 36 },
): Promise<Buffer> {
  const random = createRandom(seed * 4 + Object.keys(hues).indexOf(colour));
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) =>
    Math.min(255, Math.max(0, hues[colour][i % 3]! + (random.next() - 0.5) * 120)),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
