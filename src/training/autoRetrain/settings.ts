// What PUT /v1/models/{name}/auto-retrain asks for: one schema for the route and the stored record.
import { z } from 'zod';
import { conditionsSchema } from '../../data/classifiers/rollouts.js';
import { retrainSchema, type RetrainRequest } from '../request.js';
import { scheduleSchema } from './schedule.js';

const { dataset, backbone, margin, preset, hyperparameters, search, fineTune } = retrainSchema.shape;

const rolloutSchema = z
  .strictObject({
    shadow: z
      .strictObject({
        images: z.int().min(1).max(1_000_000_000).meta({ description: 'On which it is scored before it answers any' }),
        minAgreement: z.number().min(0).max(1).default(0).meta({
          description: 'Share of them of which it says what the active version says; with less the rollout fails',
        }),
      })
      .meta({ id: 'AutoRetrainShadow' })
      .optional()
      .meta({ description: 'Absent: it answers a share of the requests at once' }),
    percent: z.number().gt(0).max(100).meta({ description: 'Of the requests, that it answers then' }),
    conditions: conditionsSchema,
  })
  .meta({
    id: 'AutoRetrainRollout',
    description: 'A version that is better on held-out images is rolled out, and activated when the conditions hold',
  });

export const autoRetrainSchema = z
  .strictObject({
    dataset,
    afterCorrections: z.int().min(1).max(1_000_000).optional().meta({
      description:
        'Images added to the dataset, removed from it or labelled anew since the last training, that start the next one',
    }),
    schedule: scheduleSchema
      .optional()
      .meta({ description: 'When a training is started, if anything has changed since the last one' }),
    minimumIntervalSeconds: z.int().min(0).max(31_536_000).default(3_600).meta({
      description: 'Between two trainings of the classifier on this dataset, whoever asked for the first',
    }),
    activate: z
      .union([z.enum(['if-better', 'never']), rolloutSchema])
      .meta({
        id: 'AutoRetrainActivation',
        description:
          'What happens to the new version, `if-better` by default: as with a training by request, or a rollout',
      })
      .default('if-better'),
    margin,
    backbone,
    preset,
    hyperparameters,
    search,
    fineTune,
  })
  .meta({
    id: 'AutoRetrainSettings',
    examples: [
      { dataset: 'clothing', afterCorrections: 50, schedule: { cron: '0 3 * * *', timeZone: 'Europe/Berlin' } },
    ],
  });
export type AutoRetrainSettings = z.output<typeof autoRetrainSchema>;
export type AutoRollout = z.output<typeof rolloutSchema>;

const trainingSchema = autoRetrainSchema.omit({
  afterCorrections: true,
  schedule: true,
  minimumIntervalSeconds: true,
  activate: true,
});

/** The training that it queues. */
export const requestOf = (model: string, settings: AutoRetrainSettings): RetrainRequest =>
  retrainSchema.parse({
    ...trainingSchema.strip().parse(settings),
    model,
    activate: settings.activate === 'if-better' ? 'if-better' : 'manual',
  });
