// The figures of a version as the API shows them: what is promised of them, and where the mistakes can be looked at.
import { noveltyCheckSchema, noveltyMetric } from '../training/evaluation/noveltyCheck.js';
import { z } from 'zod';
import { searchFiguresSchema } from '../training/search/searchOnPartition.js';
import { splitSchema } from '../data/datasets/schemas.js';
import { precisionCheckSchema } from '../serving/precisionChecks.js';
import { intervalSchema } from '../training/evaluation/intervalSchema.js';
import { multiLabelFiguresSchema, multiLabelMetric } from '../training/multiLabel/multiLabelFigures.js';
import { wilsonInterval } from '../training/evaluation/proportions.js';
import { thumbnailPath } from './datasetImages.js';

const mistakeSchema = z
  .looseObject({
    image: z.string().meta({ description: 'SHA-256 of the file' }),
    imageId: z.int().optional().meta({ description: 'Its id in the dataset' }),
    fileName: z
      .string()
      .nullable()
      .optional()
      .meta({ description: 'In the training’s figures only, which need a key' }),
    thumbnail: z.string().optional().meta({ description: 'Path of a preview; needs a key' }),
    label: z.string(),
    predicted: z.string(),
    probability: z.number().meta({ description: 'Of `predicted`, calibrated' }),
  })
  .meta({ id: 'Mistake' });

/** Versions that were imported may have none of it, and any figure may be beside these. */
export const metricsSchema = z
  .looseObject({
    accuracy: z.number().optional().meta({ description: 'Share of the held-out images' }),
    accuracyInterval: intervalSchema('Wilson').optional(),
    macroF1: z.number().optional(),
    macroF1Interval: intervalSchema('bootstrap: a single point where nothing was wrong').optional(),
    temperature: z.number().optional(),
    temperatureFit: z
      .looseObject({
        method: z.enum(['cross-validation', 'validation']),
        images: z.int().meta({ description: 'Images that it was fitted on' }),
        temperature: z.number(),
        logLoss: z
          .object({ uncalibrated: z.number(), calibrated: z.number() })
          .meta({ id: 'LogLoss', description: 'Of images that had no say in the temperature' }),
      })
      .meta({ id: 'TemperatureFit' })
      .optional(),
    precisions: z.array(precisionCheckSchema).optional().meta({
      description: 'What the lower precisions that were tried answer beside fp32',
    }),
    search: searchFiguresSchema.optional().meta({ description: 'What a search for hyper-parameters came to' }),
    [noveltyMetric]: noveltyCheckSchema.optional(),
    [multiLabelMetric]: multiLabelFiguresSchema.optional(),
    worstMistakes: z.array(mistakeSchema).optional().meta({
      description: 'Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong',
    }),
  })
  .meta({ id: 'Metrics' });
type Metrics = z.infer<typeof metricsSchema>;

const classSchema = z
  .looseObject({
    label: z.string(),
    precision: z.number().meta({ description: 'Share of the images predicted as this class that are it' }),
    precisionInterval: intervalSchema('Wilson; absent where none was predicted').optional(),
    recall: z.number().meta({ description: 'Share of the images of this class that were predicted as it' }),
    recallInterval: intervalSchema('Wilson; absent where there is none').optional(),
    f1: z.number(),
    support: z.int().meta({ description: 'Images of this class' }),
  })
  .meta({ id: 'ClassFigures' });

const binSchema = z
  .looseObject({
    from: z.number(),
    to: z.number(),
    count: z.int(),
    confidence: z.number().meta({ description: 'Mean probability of the predicted class' }),
    accuracy: z.number(),
    accuracyInterval: intervalSchema('Wilson').optional(),
  })
  .meta({ id: 'ReliabilityBin' });

const calibrationSchema = z
  .looseObject({
    expectedError: z.number(),
    chanceError: z.number().optional().meta({ description: 'What honest confidences would show on as many images' }),
    negativeLogLikelihood: z.number(),
    reliability: z.array(binSchema).meta({ description: 'By confidence; bins without images are left out' }),
  })
  .meta({ id: 'Calibration' });

const comparisonSchema = z
  .looseObject({
    images: z.int(),
    candidateAccuracy: z.number(),
    activeAccuracy: z.number(),
    gain: z.number().meta({ description: 'Candidate minus active' }),
    gainInterval: intervalSchema('Bonett and Price, paired').optional(),
    onlyCandidate: z.int().optional().meta({ description: 'Images that only this version got right' }),
    onlyActive: z.int().optional(),
  })
  .meta({ id: 'VersionComparison' });

/** Of a version: more than its training shows, and in part under the same names. */
export const versionMetricsSchema = metricsSchema
  .extend({
    images: z.int().optional().meta({ description: 'Images that the figures are of' }),
    evaluatedOn: splitSchema.optional().meta({ description: 'Their part of the dataset' }),
    top5: z.number().optional().meta({ description: 'Share of images whose label is among the five most probable' }),
    classes: z.array(classSchema).optional(),
    confusion: z
      .array(z.array(z.int()))
      .optional()
      .meta({ description: 'Images by true class (rows) and predicted class (columns), in the order of the labels' }),
    calibration: z
      .looseObject({ before: calibrationSchema, after: calibrationSchema })
      .meta({ id: 'CalibrationFigures', description: 'Before and after the temperature' })
      .optional(),
    comparison: comparisonSchema
      .nullable()
      .optional()
      .meta({ description: 'With the version that was active when this one was trained; null: there was none' }),
  })
  .meta({ id: 'VersionMetrics' });
export type VersionMetrics = z.infer<typeof versionMetricsSchema>;

/** A figure of an unknown shape, of another program's version, is left out. */
function keepKnown<T extends typeof metricsSchema>(schema: T, metrics: Readonly<Record<string, unknown>>): z.infer<T> {
  const { shape }: { readonly shape: Readonly<Record<string, z.ZodType>> } = schema;
  const isKnown = ([name, value]: [string, unknown]): boolean =>
    !Object.hasOwn(shape, name) || shape[name]!.safeParse(value).success;
  return schema.parse(Object.fromEntries(Object.entries(metrics).filter(isKnown)));
}

/** With the thumbnails of its mistakes, where they are images of `dataset`; undefined: of another installation. */
function withThumbnails<T extends Metrics>(known: T, dataset: string | undefined): T {
  if (known.worstMistakes === undefined || dataset === undefined) return known;
  const worstMistakes = known.worstMistakes.map((mistake) =>
    mistake.imageId === undefined ? mistake : { ...mistake, thumbnail: thumbnailPath(dataset, mistake.imageId) },
  );
  return { ...known, worstMistakes };
}

/** The figures of a training; its mistakes are images of `dataset`. */
export const presentMetrics = (metrics: Readonly<Record<string, unknown>>, dataset: string | undefined): Metrics =>
  withThumbnails(keepKnown(metricsSchema, metrics), dataset);

/** The figures of a version, with the intervals that its counts imply. `dataset`: where its mistakes are, if they are here. */
export function presentVersionMetrics(
  metrics: Readonly<Record<string, unknown>>,
  dataset: string | undefined,
): VersionMetrics {
  const known = withThumbnails(keepKnown(versionMetricsSchema, metrics), dataset);
  const { classes, confusion, calibration } = known;
  return {
    ...known,
    ...(classes && { classes: withClassIntervals(classes, confusion) }),
    ...(calibration && {
      calibration: {
        ...calibration,
        before: withBinIntervals(calibration.before),
        after: withBinIntervals(calibration.after),
      },
    }),
  };
}

type ClassFigures = z.infer<typeof classSchema>;

function withClassIntervals(classes: readonly ClassFigures[], confusion: VersionMetrics['confusion']): ClassFigures[] {
  return classes.map((figures, i) => {
    const hits = Math.round(figures.recall * figures.support);
    const predicted = confusion?.reduce((sum, row) => sum + (row[i] ?? 0), 0) ?? 0;
    return {
      ...figures,
      ...(predicted >= Math.max(hits, 1) && { precisionInterval: wilsonInterval(hits, predicted) }),
      ...(figures.support > 0 && { recallInterval: wilsonInterval(hits, figures.support) }),
    };
  });
}

type CalibrationFigures = z.infer<typeof calibrationSchema>;

const withBinIntervals = (calibration: CalibrationFigures): CalibrationFigures => ({
  ...calibration,
  reliability: calibration.reliability.map((bin) => ({
    ...bin,
    ...(bin.count > 0 && { accuracyInterval: wilsonInterval(Math.round(bin.accuracy * bin.count), bin.count) }),
  })),
});
