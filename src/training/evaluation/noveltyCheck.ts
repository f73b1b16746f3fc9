// How well a version tells what is none of its classes, and what that costs. Pure functions.
import { z } from 'zod';
import { defaultUnknownAbove, noveltyOf } from '../../models/novelty.js';
import type { NoveltyModel } from '../../models/noveltyFile.js';

/** Name among a version's metrics. */
export const noveltyMetric = 'novelty';

const share = z.number().min(0).max(1);

export const noveltyCheckSchema = z
  .object({
    references: z.int().meta({ description: 'Training images that an image is measured by' }),
    unknownAbove: share.meta({ description: 'What the shares below are of' }),
    heldOutUnknown: share.meta({
      description: 'Of the held-out images: called unknown, which accuracy is given up for',
    }),
    blanksUnknown: share.meta({ description: 'Of drawn images of nothing: called unknown' }),
    auroc: share.meta({ description: 'Of held-out images against those of nothing' }),
    falsePositiveRate: share.meta({
      description: 'Of the images of nothing: taken for known where 95 % of the held-out images are',
    }),
  })
  .meta({ id: 'NoveltyCheck', description: 'How well it tells images of none of its classes' });
export type NoveltyCheck = z.infer<typeof noveltyCheckSchema>;

/** `heldOut`: embeddings [count, size] of images that the version was not trained on; `blanks`: of images of nothing. At least one of each. */
export function checkNovelty(
  model: NoveltyModel,
  heldOut: Float32Array,
  blanks: readonly Float32Array[],
): NoveltyCheck {
  const known = Float64Array.from({ length: heldOut.length / model.size }, (_, row) =>
    noveltyOf(model, heldOut.subarray(row * model.size, (row + 1) * model.size)),
  ).sort();
  const unknown = blanks.map((embedding) => noveltyOf(model, embedding));
  const bound = known[Math.ceil(known.length * 0.95) - 1]!;
  return {
    references: (model.reference.length * model.size) / model.basis.length,
    unknownAbove: defaultUnknownAbove,
    heldOutUnknown: shareOf(known, (novelty) => novelty > defaultUnknownAbove),
    blanksUnknown: shareOf(unknown, (novelty) => novelty > defaultUnknownAbove),
    auroc: areaUnderRoc(known, unknown),
    falsePositiveRate: shareOf(unknown, (novelty) => novelty <= bound),
  };
}

const shareOf = (values: ArrayLike<number>, is: (value: number) => boolean): number =>
  Array.from(values).filter(is).length / values.length;

/** The share of pairs whose unknown image is the newer one; equal ones count half (Mann and Whitney). */
export function areaUnderRoc(known: ArrayLike<number>, unknown: ArrayLike<number>): number {
  let won = 0;
  for (const high of Array.from(unknown))
    for (const low of Array.from(known)) won += high > low ? 1 : high === low ? 0.5 : 0;
  return won / (known.length * unknown.length);
}
