// The figures of a version as the API shows them: what is promised of them, and where the mistakes can be looked at.
import { noveltyCheckSchema, noveltyMetric } from '../training/evaluation/noveltyCheck.js';
import { z } from 'zod';
import { precisionCheckSchema } from '../serving/precisionChecks.js';
import { thumbnailPath } from './datasetImages.js';

const interval = z.object({ low: z.number(), high: z.number() }).meta({ id: 'Interval' });
const intervalSchema = (method: string) => interval.meta({ description: `95 % interval (${method})` });

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
    [noveltyMetric]: noveltyCheckSchema.optional(),
    worstMistakes: z.array(mistakeSchema).optional().meta({
      description: 'Held-out images that it got wrong, the most confident first, 20 at most: their labels may be wrong',
    }),
  })
  .meta({ id: 'Metrics' });
type Metrics = z.infer<typeof metricsSchema>;

/** A figure of an unknown shape, of another program's version, is left out. */
function keepKnown(metrics: Readonly<Record<string, unknown>>): Metrics {
  const { shape } = metricsSchema;
  const isKnown = ([name, value]: [string, unknown]): boolean =>
    !Object.hasOwn(shape, name) || shape[name as keyof typeof shape].safeParse(value).success;
  return metricsSchema.parse(Object.fromEntries(Object.entries(metrics).filter(isKnown)));
}

/** With the thumbnails of its mistakes, where they are images of `dataset`; undefined: of another installation. */
export function presentMetrics(metrics: Readonly<Record<string, unknown>>, dataset: string | undefined): Metrics {
  const known = keepKnown(metrics);
  if (known.worstMistakes === undefined || dataset === undefined) return known;
  const worstMistakes = known.worstMistakes.map((mistake) =>
    mistake.imageId === undefined ? mistake : { ...mistake, thumbnail: thumbnailPath(dataset, mistake.imageId) },
  );
  return { ...known, worstMistakes };
}
