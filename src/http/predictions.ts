// GET /v1/admin/models/{name}/versions/{version}/predictions: what a version says of the images of a dataset.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { datasetNameSchema, labelSchema, splitSchema } from '../data/datasets/schemas.js';
import { classifierNameSchema } from '../models/manifest.js';
import { versionRefSchema } from '../models/versionRef.js';
import type { ImagePrediction, Predictions } from '../training/predictions.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { thumbnailPath } from './datasetImages.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';

/** A page of images that have no embedding yet, on a busy machine. */
const timeoutMs = 600_000;

export interface PredictionRouteDeps {
  readonly predictions: Pick<Predictions, 'page'>;
  readonly requireScope: RequireScope;
}

const predictionSchema = z
  .object({
    imageId: z.int(),
    image: z.string().meta({ description: 'SHA-256 of the file' }),
    fileName: z.string().nullable(),
    label: z.string(),
    split: splitSchema,
    predicted: z
      .string()
      .nullable()
      .meta({ description: 'The most probable class; null when the image cannot be decoded' }),
    probability: z.number().nullable().meta({ description: 'Of `predicted`, calibrated' }),
    reason: z.string().nullable().meta({ description: 'Why the image cannot be decoded' }),
    thumbnail: z.string().meta({ description: 'Path of a preview' }),
  })
  .meta({ id: 'ImagePrediction' });

/** What a version takes an image for. */
export const topPredictionSchema = z
  .object({ label: z.string(), probability: z.number().meta({ description: 'Calibrated' }) })
  .meta({ id: 'TopPrediction' });

const pageSchema = z
  .object({
    predictions: z.array(predictionSchema),
    next: z.int().nullable().meta({ description: 'null on the last page' }),
  })
  .meta({ id: 'ImagePredictionPage' });

const query = z.object({
  dataset: datasetNameSchema,
  split: splitSchema.optional(),
  label: labelSchema.optional(),
  mistakes: z.enum(['true', 'false']).default('false').meta({
    description:
      'Show only images whose label is another than `predicted`: of the `limit` that a page looks at, perhaps none',
  }),
  after: z.coerce.number().int().min(0).default(0).meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(500).default(100).meta({ description: 'Images that a page looks at' }),
});

const route = {
  tags: ['models'],
  security: keySecurity,
  operationId: 'listPredictions',
  summary: 'What a version says of the images of a dataset',
  description:
    'From stored embeddings, so that a thousand images take seconds; images without one are embedded first, below requests in priority. ' +
    'Of images that the version learnt from (`split=train`) it is nearly always right.',
  params: z.object({ name: classifierNameSchema, version: versionRefSchema }),
  querystring: query,
  response: {
    200: pageSchema,
    ...problems(
      'invalid_request',
      'unknown_model',
      'unknown_version',
      'unknown_dataset',
      'invalid_model',
      'overloaded',
      'training_failed',
      'database_unavailable',
      'engine_unavailable',
      'deadline_exceeded',
    ),
    ...authProblems,
  },
};

export const predictionRoutes =
  ({ predictions, requireScope }: PredictionRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const options = { schema: route, onRequest: requireScope('train') };
    app.get('/v1/admin/models/:name/versions/:version/predictions', options, async (request) => {
      const { name, version } = request.params;
      const { dataset, mistakes, ...filter } = request.query;
      const page = await withinDeadline(request.exchange, timeoutMs, (signal) =>
        predictions.page(name, version, dataset, filter, signal),
      );
      const wanted = mistakes === 'true' ? page.predictions.filter(isMistake) : page.predictions;
      return {
        predictions: wanted.map((prediction) => present(dataset, prediction)),
        next: page.next,
      };
    });
  };

const isMistake = (prediction: ImagePrediction): boolean =>
  'predicted' in prediction && !prediction.image.labels.includes(prediction.predicted);

function present(dataset: string, prediction: ImagePrediction): z.output<typeof predictionSchema> {
  const { id, sha256, fileNames, label, split } = prediction.image;
  const shared = {
    imageId: id,
    image: sha256,
    fileName: fileNames[0] ?? null,
    label,
    split,
    thumbnail: thumbnailPath(dataset, id),
  };
  if ('reason' in prediction) return { ...shared, predicted: null, probability: null, reason: prediction.reason };
  const { predicted, probability } = prediction;
  return { ...shared, predicted, probability, reason: null };
}
