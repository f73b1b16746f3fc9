// What POST /v1/admin/retrain asks for: one schema for the route, the command line and the stored record.
import { z } from 'zod';
import { datasetNameSchema } from '../data/datasets/schemas.js';
import { datasetVersionNameSchema } from '../data/datasets/versions/schemas.js';
import { classifierNameSchema } from '../models/manifest.js';
import {
  hyperparameterOverridesSchema,
  presetNameSchema,
  resolveHyperparameters,
  type Hyperparameters,
} from './fit/hyperparameters.js';
import { searchSpaceSchema } from './search/searchSpace.js';

export const retrainSchema = z
  .object({
    dataset: datasetNameSchema,
    datasetVersion: datasetVersionNameSchema
      .optional()
      .describe('A version of the dataset to learn from; absent: the dataset as it is when the training begins'),
    model: classifierNameSchema.describe('Classifier to publish a version of; a new name makes a new classifier'),
    backbone: classifierNameSchema
      .optional()
      .describe(
        "Classifier whose backbone to build on; default: the model's own, and for a new one the best that was pulled or imported, else the default classifier's",
      ),
    activate: z
      .enum(['manual', 'if-better', 'always'])
      .default('if-better')
      .describe('What happens to the new version; the first of a new classifier answers in any case'),
    margin: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('Accuracy that if-better wants beyond the active version, as a share of images'),
    preset: presetNameSchema.default('default'),
    hyperparameters: hyperparameterOverridesSchema.optional().describe('Replace values of the preset'),
    search: z
      .object({
        trials: z.int().min(1).max(200).default(30).describe('Settings to try beside those of the request'),
        seconds: z
          .int()
          .min(1)
          .max(86_400)
          .default(3_600)
          .describe('For which it may go on; the settings of the request are tried in any case'),
        space: searchSpaceSchema.optional().describe('Bounds of what is tried'),
      })
      .strict()
      .meta({ id: 'HeadSearch' })
      .optional()
      .describe('Looks for better hyper-parameters; those that are best on validation are kept'),
    fineTune: z
      .enum(['top-blocks'])
      .optional()
      .describe(
        'top-blocks: after the head, the upper blocks of the backbone are trained too, with a tenth of its learning rate, which gives a backbone of its own. Where that is not better on the validation images, the version has the frozen backbone. Needs TensorFlow (npm run build:tfjs-native)',
      ),
  })
  .strict()
  .meta({ id: 'NewTraining', examples: [{ dataset: 'clothing', model: 'clothing' }] });
export type RetrainRequest = z.output<typeof retrainSchema>;

/** The hyper-parameters that are asked for; a search begins with them. Throws as resolveHyperparameters. */
export const chosenBy = ({ preset, hyperparameters }: RetrainRequest): Hyperparameters =>
  resolveHyperparameters(preset, hyperparameters);
