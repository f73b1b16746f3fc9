// What exporters write about pixels and classes: in the metadata of an ONNX file, or in files beside it.
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';
import { standardisation, type StatedNormalisation, type StatedResize } from './modelFacts.js';

/** All that may be stated of an image and its classes. */
export interface Stated {
  readonly normalisation?: StatedNormalisation | undefined;
  readonly resize?: StatedResize;
  /** Side of the square image, in pixels. */
  readonly size?: number | undefined;
  readonly labels?: readonly string[] | undefined;
}

type Entries = ReadonlyMap<string, string>;

/** Python's {0: 'daisy', 1: "rose"}, which Ultralytics writes, in the order of its numbers; undefined where it is none. */
function namesOf(text: string | undefined): string[] | undefined {
  const pairs = [...(text ?? '').matchAll(/(\d+)\s*:\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")/g)];
  const byNumber = pairs.map(([, number, single, double]) => [Number(number), single ?? double!] as const);
  const names = byNumber.sort(([a], [b]) => a - b).map(([, name]) => name.replaceAll(/\\(.)/g, '$1'));
  return names.length > 0 ? names : undefined;
}

/** Ultralytics' classifiers: short side to the image's, its middle, x / 255 (docs.ultralytics.com, export and classify). */
const ultralytics = (entries: Entries): Stated | undefined =>
  entries.get('author') === 'Ultralytics' || (entries.has('stride') && entries.has('names'))
    ? {
        normalisation: 'unit',
        resize: { resize: 'centre-crop', kernel: 'linear' },
        labels: namesOf(entries.get('names')),
      }
    : undefined;

/** The keys that Windows ML defines for images, which Custom Vision writes. */
function windowsMl(entries: Entries): Stated | undefined {
  const format = entries.get('Image.BitmapPixelFormat');
  if (format === undefined) return undefined;
  const channels = format.startsWith('Bgr') ? 'bgr' : 'rgb';
  const range = entries.get('Image.NominalPixelRange') ?? 'NominalRange_0_255';
  if (range === 'Normalized_0_1') return { normalisation: standardisation([0, 0, 0], [1, 1, 1], channels) };
  if (range === 'Normalized_1_1') return { normalisation: standardisation([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], channels) };
  return { normalisation: { channels, scale: [1, 1, 1], offset: [0, 0, 0] } };
}

/** What the metadata of an ONNX file says; empty where none of its keys is known. */
export const statedInMetadata = (entries: Entries): Stated => ultralytics(entries) ?? windowsMl(entries) ?? {};

const triple = z.tuple([z.number(), z.number(), z.number()]);
const sideSchema = z.union([
  z.int().transform((side) => ({ side, crops: false })),
  z.object({ shortest_edge: z.int() }).transform(({ shortest_edge: side }) => ({ side, crops: true })),
  z.object({ height: z.int() }).transform(({ height: side }) => ({ side, crops: false })),
]);

/** The parts of Hugging Face's preprocessor_config.json that concern an image classifier (transformers, BaseImageProcessor). */
const processorSchema = z.object({
  do_rescale: z.boolean().default(true),
  rescale_factor: z.number().default(1 / 255),
  do_normalize: z.boolean().default(true),
  image_mean: triple.default([0.485, 0.456, 0.406]),
  image_std: triple.default([0.229, 0.224, 0.225]),
  size: sideSchema.optional(),
  do_center_crop: z.boolean().default(false),
  crop_size: sideSchema.optional(),
  crop_pct: z.number().nullish(),
  resample: z.int().optional(),
});

/** Pillow's numbers of resampling filters. */
const kernels: Readonly<Record<number, StatedResize['kernel']>> = {
  0: 'nearest',
  1: 'lanczos3',
  2: 'linear',
  3: 'cubic',
};

function fromProcessor(given: z.infer<typeof processorSchema>): Stated {
  const { scale, offset } = given.do_normalize ? standardisation(given.image_mean, given.image_std) : standardisation();
  const factor = (given.do_rescale ? given.rescale_factor : 1) * 255;
  const crop = given.do_center_crop ? given.crop_size?.side : undefined;
  const resized = given.size?.side;
  const fraction = crop !== undefined && resized !== undefined ? crop / resized : (given.crop_pct ?? 1);
  const cuts = crop !== undefined || given.size?.crops === true || fraction < 1;
  return {
    normalisation: {
      channels: 'rgb',
      scale: [scale[0] * factor, scale[1] * factor, scale[2] * factor],
      offset: [...offset],
    },
    resize: {
      resize: cuts ? 'centre-crop' : 'stretch',
      cropFraction: Math.min(1, fraction),
      kernel: kernels[given.resample ?? 2] ?? 'linear',
    },
    size: crop ?? resized,
  };
}

const labelsSchema = z.object({ id2label: z.record(z.string().regex(/^\d+$/), z.string()) });

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseModel(schema, parseModelJson(text, path), path);
}

/** Where Hugging Face's files lie: beside the model, or one folder up where the model is in `onnx`, as optimum writes it. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  return basename(folder) === 'onnx' ? [folder, dirname(folder)] : [folder];
}

/**
 * What Hugging Face's preprocessor_config.json and config.json beside the model at `path` say; empty where there are none. Throws AppError
 * invalid_model when one is there and cannot be understood.
 */
export async function statedBeside(path: string): Promise<Stated> {
  for (const folder of foldersOf(path)) {
    const processor = await readJson(join(folder, 'preprocessor_config.json'), processorSchema);
    if (processor === undefined) continue;
    const names = await readJson(join(folder, 'config.json'), labelsSchema.partial());
    const byNumber = Object.entries(names?.id2label ?? {}).sort(([a], [b]) => Number(a) - Number(b));
    return {
      ...fromProcessor(processor),
      ...(byNumber.length > 0 && { labels: byNumber.map(([, label]) => label) }),
    };
  }
  return {};
}

/** What Teachable Machine's page does to an image: the middle square, to the network's size, x / 127.5 - 1 (its library's cropTo and capture). */
const teachableMachine: Stated = {
  normalisation: 'inception',
  resize: { resize: 'centre-crop', kernel: 'linear', cropFraction: 1 },
};

const teachableSchema = z.object({ packageName: z.string().optional(), grayscale: z.boolean().optional() });

/**
 * How Teachable Machine prepared pixels, where the model at `path` is its export: model.json with its metadata.json, or keras_model.h5
 * with its labels.txt; empty for any other. Throws AppError invalid_model for a model of grey images.
 */
export async function statedByTeachableMachine(path: string): Promise<Stated> {
  const folder = basename(path).includes('.') ? dirname(path) : path;
  if (basename(path) === 'keras_model.h5') {
    const labels = await readFile(join(folder, 'labels.txt'), 'utf8').catch(() => '');
    return /^0 \S/.test(labels) ? teachableMachine : {};
  }
  const metadata = await readJson(join(folder, 'metadata.json'), z.unknown()).catch(() => undefined);
  const stated = teachableSchema.safeParse(metadata);
  if (!stated.success || stated.data.packageName !== '@teachablemachine/image') return {};
  if (stated.data.grayscale !== true) return teachableMachine;
  throw invalidModel(`${path} was trained on grey images, which Taxon does not make; train it on images in colour`);
}
