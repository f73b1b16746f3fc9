// The gate of the lower precisions: what was measured of a version in each, kept in its metrics, and whether that is good enough to answer.
import { z } from 'zod';
import { engineNames, type EngineName, type Precision } from '../engines/engine.js';
import type { Manifest } from '../models/manifest.js';

/** What a version of a lower precision answers, beside what it answers in fp32, on images that its head has not learnt from. */
export const precisionCheckSchema = z
  .object({
    engine: z.enum(engineNames),
    precision: z.enum(['bf16', 'int8']),
    /** Name of the backbone in this precision (see loadedIdOf): ranges that were measured again are checked again. */
    backbone: z.string().min(1),
    images: z.int().positive(),
    /** Share of the images that get the same class as in fp32. */
    agreement: z.number().min(0).max(1),
    /** How much of what distinguishes the images in fp32 their embeddings still have: see explainedVariance. */
    explainedVariance: z.number().max(1),
    /** Share that is right; absent where the images have no labels. */
    accuracy: z.number().min(0).max(1).optional(),
    fp32Accuracy: z.number().min(0).max(1).optional(),
  })
  .meta({ id: 'PrecisionCheck' });
export type PrecisionCheck = z.infer<typeof precisionCheckSchema>;

/** Name in a manifest's metrics. */
export const precisionChecksMetric = 'precisions';

/** Fewer images prove nothing. */
export const leastCheckedImages = 20;
const leastAgreement = 0.99;
const mostAccuracyLost = 0.005;
/**
 * A head that was trained on embeddings which say nothing answers the same whatever it is shown, and passes the other two. Sound
 * quantization keeps well over nine tenths.
 */
const leastExplainedVariance = 0.8;

/** A single image is no evidence: of a few, one may differ where the share alone would forbid it. */
const countAllowed = (images: number, share: number): number => Math.max(1, Math.floor(images * share + 1e-9));

const percent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;

/** The figures of a check in a sentence, for people. */
export function describeCheck({
  images,
  agreement,
  explainedVariance,
  accuracy,
  fp32Accuracy,
}: PrecisionCheck): string {
  const kept = `embeddings keep ${percent(Math.max(0, explainedVariance))} of the variance`;
  const same = `${percent(agreement)} of ${images} held-out images get the same class as in fp32 and ${kept}`;
  return accuracy === undefined || fp32Accuracy === undefined
    ? same
    : `${same}, ${percent(accuracy)} are right where fp32 has ${percent(fp32Accuracy)}`;
}

/**
 * Whether the precision may answer: at least 99 % get the same class, and accuracy is at most half a point lower than in fp32,
 * where in both a single image is allowed to differ, and the embeddings have not lost what distinguishes the images.
 */
export function isGoodEnough({
  images,
  agreement,
  explainedVariance,
  accuracy,
  fp32Accuracy,
}: PrecisionCheck): boolean {
  if (images < leastCheckedImages || explainedVariance < leastExplainedVariance) return false;
  const differing = Math.round((1 - agreement) * images);
  const lost = Math.round(((fp32Accuracy ?? 0) - (accuracy ?? 0)) * images);
  return differing <= countAllowed(images, 1 - leastAgreement) && lost <= countAllowed(images, mostAccuracyLost);
}

/** The checks among the metrics; those of another program's shape are left out. */
export function precisionChecksOf({ metrics }: Pick<Manifest, 'metrics'>): PrecisionCheck[] {
  const stored = metrics[precisionChecksMetric];
  if (!Array.isArray(stored)) return [];
  return stored.flatMap((check) => precisionCheckSchema.safeParse(check).data ?? []);
}

/** The latest check of a precision on this engine; undefined: there is none. */
export const findCheck = (
  manifest: Pick<Manifest, 'metrics'>,
  engine: EngineName,
  precision: Precision,
): PrecisionCheck | undefined =>
  precisionChecksOf(manifest).findLast((check) => check.engine === engine && check.precision === precision);
