// How well a version tells what is none of its classes, and what that costs. Pure functions.
import { z } from 'zod';
import { defaultUnknownAbove, noveltyOf } from '../../models/novelty.js';
import type { NoveltyModel } from '../../models/noveltyFile.js';

/** Name among a version's metrics. */
export const noveltyMetric = 'novelty';

const share = z.number().min(0).max(1);

const negativeKinds = ['drawn', 'otherDatasets', 'uploaded'] as const;
export type NegativeKind = (typeof negativeKinds)[number];

/** Embeddings of images of none of the classes, [count, size]; at least one. */
export interface Negatives {
  readonly kind: NegativeKind;
  readonly features: Float32Array;
}

const falsePositives = 'taken for known where 95 % of the held-out images are';
const againstSchema = z
  .object({
    kind: z.enum(negativeKinds).meta({
      description:
        'drawn: images of nothing; otherDatasets: some of datasets on the server that have no class in common with this one; uploaded: held-out negatives of the dataset',
    }),
    images: z.int(),
    unknown: share.meta({ description: 'Called unknown' }),
    auroc: share.meta({ description: 'Of the held-out images against these' }),
    falsePositiveRate: share.meta({ description: `Of these, ${falsePositives}` }),
  })
  .meta({ id: 'NoveltyAgainst' });

const triedSchema = z
  .object({
    measure: z.enum(['nearest-neighbours', 'mahalanobis']),
    withNegatives: z.boolean().meta({ description: 'It learns from the negatives of the dataset' }),
    auroc: share.meta({
      description:
        'Mean over the kinds of negatives, without the uploaded ones where it does not learn from them; of images that it had not learnt from',
    }),
  })
  .meta({ id: 'NoveltyMeasure' });
/** What a measure came to. */
export type MeasureTried = z.infer<typeof triedSchema>;

export const noveltyCheckSchema = z
  .object({
    references: z.int().meta({ description: 'Training images that an image is measured by' }),
    unknownAbove: share.meta({ description: 'What the shares below are of' }),
    heldOutUnknown: share.meta({ description: 'Of the held-out images: called unknown' }),
    accuracyGivenUp: share.optional().meta({
      description: 'Of the held-out images: right, and called unknown',
    }),
    blanksUnknown: share.meta({ description: 'Of drawn images of nothing: called unknown' }),
    auroc: share.meta({ description: 'Of held-out images against those of nothing' }),
    falsePositiveRate: share.meta({ description: `Of the images of nothing: ${falsePositives}` }),
    against: z.array(againstSchema).optional().meta({ description: 'The same figures by kind of negatives' }),
    measure: triedSchema.shape.measure.optional().meta({ description: 'What tells them; absent: nearest-neighbours' }),
    learntFromNegatives: z.boolean().optional(),
    tried: z.array(triedSchema).optional().meta({ description: 'What the measure was chosen from' }),
  })
  .meta({ id: 'NoveltyCheck', description: 'How well it tells images of none of its classes' });
export type NoveltyCheck = z.infer<typeof noveltyCheckSchema>;

/**
 * `heldOut`: embeddings [count, size] of images that the version was not trained on, at least one; `isRight`: whether its class of each is
 * right. `negatives`: with those that are drawn; it has not learnt from them either.
 */
export function checkNovelty(
  model: NoveltyModel,
  heldOut: Float32Array,
  negatives: readonly Negatives[],
  isRight?: readonly boolean[],
): NoveltyCheck {
  const noveltiesOf = (features: Float32Array): number[] =>
    Array.from({ length: features.length / model.size }, (_, row) =>
      noveltyOf(model, features.subarray(row * model.size, (row + 1) * model.size)),
    );
  const isUnknown = (novelty: number): boolean => novelty > defaultUnknownAbove;
  const known = noveltiesOf(heldOut);
  const bound = [...known].sort((a, b) => a - b)[Math.ceil(known.length * 0.95) - 1]!;
  const against = negatives.map(({ kind, features }) => {
    const unknown = noveltiesOf(features);
    return {
      kind,
      images: unknown.length,
      unknown: shareOf(unknown, isUnknown),
      auroc: areaUnderRoc(known, unknown),
      falsePositiveRate: shareOf(unknown, (novelty) => novelty <= bound),
    };
  });
  const drawn = against.find(({ kind }) => kind === 'drawn')!;
  return {
    references: (model.reference.length * model.size) / model.basis.length,
    unknownAbove: defaultUnknownAbove,
    heldOutUnknown: shareOf(known, isUnknown),
    ...(isRight && {
      accuracyGivenUp: known.filter((novelty, row) => isRight[row] && isUnknown(novelty)).length / known.length,
    }),
    blanksUnknown: drawn.unknown,
    auroc: drawn.auroc,
    falsePositiveRate: drawn.falsePositiveRate,
    against,
    measure: model.mahalanobis ? 'mahalanobis' : 'nearest-neighbours',
    learntFromNegatives: model.negatives !== undefined,
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
