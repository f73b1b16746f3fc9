// The figures of a multi-label version as they stand among its metrics, beside none of a single-label one's.
import { z } from 'zod';
import { intervalSchema } from '../evaluation/intervalSchema.js';
import type { HeadCalibration } from '../worker/trainerTask.js';
import type { LabelSetComparison, LabelSetEvaluation } from './labelSetEvaluation.js';

/** Name among the metrics of versions and trainings. */
export const multiLabelMetric = 'multiLabel';

const share = z.number().min(0).max(1);

const classSchema = z
  .looseObject({
    label: z.string(),
    averagePrecision: share
      .nullable()
      .meta({ description: 'As scikit-learn defines it; null: no held-out image has the class' }),
    precision: share,
    recall: share,
    f1: share,
    support: z.int().meta({ description: 'Held-out images that have the class' }),
    threshold: share.meta({ description: 'From which probability on an image is said to have it' }),
  })
  .meta({ id: 'MultiLabelClassFigures' });

const comparisonSchema = z
  .looseObject({
    images: z.int(),
    candidateMeanAveragePrecision: share,
    activeMeanAveragePrecision: share,
    gain: z.number().meta({ description: 'Candidate minus active' }),
    gainInterval: intervalSchema('bootstrap'),
  })
  .meta({ id: 'MultiLabelComparison' });

/** The figures of an evaluation among the metrics, and its mistakes where those of any version are. */
export function multiLabelMetrics(
  { worstMistakes, ...figures }: LabelSetEvaluation,
  others: { readonly calibration: HeadCalibration; readonly comparison: LabelSetComparison | null },
) {
  return { [multiLabelMetric]: { ...figures, ...others }, worstMistakes };
}

export const multiLabelFiguresSchema = z
  .looseObject({
    images: z.int().meta({ description: 'Images that the figures are of' }),
    meanAveragePrecision: share.meta({ description: 'mAP: mean over the classes that held-out images have' }),
    meanAveragePrecisionInterval: intervalSchema('bootstrap'),
    microF1: share,
    macroF1: share,
    exactMatch: share.meta({ description: 'Share of images of which all labels are right, and none is too many' }),
    exactMatchInterval: intervalSchema('Wilson'),
    classes: z.array(classSchema),
    comparison: comparisonSchema
      .nullable()
      .meta({ description: 'With the version that was active; null: there was none' }),
  })
  .meta({ id: 'MultiLabelFigures', description: 'Of a multi-label version, in place of accuracy and its like' });
export type MultiLabelFigures = z.infer<typeof multiLabelFiguresSchema>;
