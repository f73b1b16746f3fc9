// `explain=heatmap` of the calls that classify: why each image got its class, as numbers or as a PNG.
import { z } from 'zod';
import { AppError } from '../errors.js';
import { drawOnImage, toPng, type Grid } from '../image/heatMap.js';
import type { ClassifyOutcome, ImageInput, ImageOutcome, Selection, Waiting } from '../serving/classify.js';
import {
  explanationMethods,
  type Explainer,
  type Explanation,
  type ExplanationMethod,
} from '../serving/explanation/explainer.js';
import type { KnownVersion } from '../serving/loadedVersions.js';
import type { ClassifierRegistry } from '../serving/registry.js';

/** Images that one request may have explained. */
const maxExplained = 8;
/** Of the longer side: numbers to be read by programs, pixels to be shown. */
const longSides = { array: 32, png: 256 } as const;

export const explainQuery = z.object({
  explain: z
    .enum(['heatmap'])
    .optional()
    .describe(
      `heatmap: with each image a map of the places that speak for its most probable class. With one classifier and at most ${maxExplained} images.`,
    ),
  explainFormat: z
    .enum(['array', 'png'])
    .optional()
    .describe(`Of the heat map: rows of numbers (array, the default) or a PNG to be laid over the image.`),
  explainLabel: z.string().optional().describe('The class that the map is of, in place of the most probable one.'),
});
type ExplainQuery = z.output<typeof explainQuery>;

export const explanationSchema = z
  .object({
    label: z.string(),
    method: z.enum(explanationMethods).meta({
      description: 'cam: class-activation map, of a linear head; occlusion: places were greyed out one after another',
    }),
    coarse: z.boolean().optional().meta({
      description:
        'true of an occlusion for which time was short: fewer places were greyed out, and the map has less detail',
    }),
    width: z.int().meta({
      description: `Columns of the map; the longer side has ${longSides.array}, or ${longSides.png} in a PNG`,
    }),
    height: z.int().meta({ description: 'Rows of the map' }),
    heatmap: z
      .array(z.array(z.number().min(0).max(1)))
      .optional()
      .meta({
        description:
          'Rows from the top, each from the left, evenly over the whole upright image: 1 where most speaks for the class, 0 where nothing does or the classifier does not look',
      }),
    png: z.string().optional().meta({
      contentEncoding: 'base64',
      contentMediaType: 'image/png',
      description: 'White, as opaque as the place speaks for the class: to be stretched over the upright image',
    }),
  })
  .meta({ id: 'Explanation', description: 'It has a `heatmap` or a `png`, as asked for' });
export type PresentedExplanation = z.output<typeof explanationSchema>;

/** What a request wants to be explained. */
export interface Wish {
  readonly explainer: Explainer;
  readonly version: KnownVersion;
  readonly method: ExplanationMethod;
  readonly format: keyof typeof longSides;
  /** Index of the label; undefined: the most probable one of each image. */
  readonly label: number | undefined;
}

interface ExplainDeps {
  readonly registry: ClassifierRegistry;
  readonly explainer: Explainer;
}

/** undefined when nothing is to be explained. Throws AppError invalid_request, invalid_model. */
export async function readWish(
  { explain, explainFormat, explainLabel }: ExplainQuery,
  selections: readonly Selection[],
  { registry, explainer }: ExplainDeps,
): Promise<Wish | undefined> {
  if (explain === undefined) {
    if (explainFormat === undefined && explainLabel === undefined) return undefined;
    throw new AppError('invalid_request', 'explainFormat, explainLabel: only with explain=heatmap');
  }
  if (selections.length > 1)
    throw new AppError('invalid_request', 'explain: only with a single classifier, but several are named');
  const [{ name, version: wanted }] = selections as [Selection];
  const version = registry.version(name, wanted);
  const label = explainLabel === undefined ? undefined : indexOf(explainLabel, version);
  return { explainer, version, method: await explainer.methodOf(version), format: explainFormat ?? 'array', label };
}

function indexOf(label: string, { manifest: { name, labels } }: KnownVersion): number {
  const index = labels.indexOf(label);
  if (index >= 0) return index;
  throw new AppError('invalid_request', `explainLabel: "${name}" has no class ${JSON.stringify(label)}`);
}

/** Passes that the explanations cost. Throws AppError too_many_images. */
export function costOfWish(images: ReadonlyArray<ImageInput | AppError>, { explainer, method }: Wish): number {
  if (images.length > maxExplained)
    throw new AppError(
      'too_many_images',
      `at most ${maxExplained} images are explained in one request, ${images.length} were sent`,
    );
  return images.reduce((sum, image) => sum + (isFile(image) ? explainer.costOf(image, method) : 0), 0);
}

const isFile = (image: ImageInput | AppError): image is Uint8Array => image instanceof Uint8Array;

/** Of the time that is left and of the images that are: the other half is for what takes longer than it did. */
const shareOfTime = 0.5;

/**
 * One for each image that was classified, in the order of the images. `msLeft` says how much time there is until the signal aborts.
 * Throws what Explainer throws.
 */
export async function explainOutcome(
  images: ReadonlyArray<ImageInput | AppError>,
  { models: [model] }: ClassifyOutcome,
  wish: Wish,
  waiting: Waiting,
  msLeft: () => number,
): Promise<Array<PresentedExplanation | undefined>> {
  const explanations: Array<PresentedExplanation | undefined> = [];
  for (const [index, image] of images.entries()) {
    const outcome = model!.images[index]!;
    if (!outcome.ok || !isFile(image)) {
      explanations.push(undefined);
      continue;
    }
    const label = wish.label ?? mostProbable(outcome);
    const patience = { ...waiting, enoughMs: (shareOfTime * msLeft()) / (images.length - index) };
    const explanation = await wish.explainer.explain({ image, label }, wish.version, wish.method, patience);
    explanations.push(await present(explanation, outcome, label, wish));
  }
  return explanations;
}

const mostProbable = ({ probabilities }: Classified): number => probabilities.indexOf(Math.max(...probabilities));

type Classified = Extract<ImageOutcome, { ok: true }>;

async function present(
  { map, isCoarse }: Explanation,
  size: Classified,
  label: number,
  wish: Wish,
): Promise<PresentedExplanation> {
  const { manifest } = wish.version;
  const drawn = drawOnImage(map, manifest.preprocessing, size, longSides[wish.format]);
  const facts = {
    label: manifest.labels[label]!,
    method: wish.method,
    ...(isCoarse && { coarse: true }),
    width: drawn.columns,
    height: drawn.rows,
  };
  return wish.format === 'png'
    ? { ...facts, png: (await toPng(drawn)).toString('base64') }
    : { ...facts, heatmap: rowsOf(drawn) };
}

const rowsOf = ({ rows, columns, values }: Grid): number[][] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(values.subarray(row * columns, (row + 1) * columns), (value) => Math.round(value * 1000) / 1000),
  );
