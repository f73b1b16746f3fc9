// GET /v1/admin/datasets/{name}/images: page through the images, filtered and ordered by what is known of them.
// PATCH: change many at once.
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { imageChangeSchema, imageStateSchema, maxChanges, undoMinutes } from '../data/datasets/imageChanges.js';
import { shortTextSchema } from '../data/shortText.js';
import { labelSchema, splitSchema } from '../data/datasets/schemas.js';
import { classifierNameSchema } from '../models/manifest.js';
import { versionRefSchema } from '../models/versionRef.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { LabelDoubts } from '../training/labelDoubts.js';
import type { Predictions } from '../training/predictions.js';
import { authProblems, keySecurity } from './auth.js';
import { listedImageSchema, withThumbnail } from './datasetImages.js';
import { datasetParams, type DatasetRouteDeps } from './datasets.js';
import { topPredictionSchema } from './predictions.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';

export interface ImageListRouteDeps extends DatasetRouteDeps {
  readonly predictions: Pick<Predictions, 'ensureStored' | 'diverseFirst'>;
  readonly labelDoubts: Pick<LabelDoubts, 'ensureStored'>;
  readonly registry: Pick<ClassifierRegistry, 'version' | 'defaultName'>;
}

/** A dataset whose images have no embeddings yet, on a busy machine. */
const timeoutMs = 600_000;

const flag = (description: string) => z.enum(['true', 'false']).default('false').meta({ description });
const probability = (description: string) => z.coerce.number().min(0).max(1).optional().meta({ description });

/** Whoever sends one of these asks for predictions. */
const ofPredictions = ['version', 'predicted', 'minProbability', 'maxProbability'] as const;

const pageQuery = z.object({
  ids: z
    .string()
    .regex(/^\d{1,15}(,\d{1,15}){0,499}$/, 'up to 500 ids with commas between them')
    .optional()
    .meta({ description: 'Only these images, by their ids with commas between them; up to 500', example: '17,4' }),
  label: labelSchema.optional(),
  split: splitSchema.optional(),
  fileName: shortTextSchema
    .optional()
    .meta({ description: 'Part of a name that the image was uploaded under; `feedback-` for accepted corrections' }),
  similarTo: z.coerce
    .number()
    .int()
    .positive()
    .optional()
    .meta({ description: 'Id of an image: only those that look the same, itself included' }),
  duplicates: flag('Only images with others in the dataset that look the same'),
  conflicts: flag('Only images that are in the dataset under several labels'),
  model: classifierNameSchema.optional().meta({
    description:
      'Classifier whose predictions are shown with the images; those that are not known yet are made first, which takes milliseconds for each image. Absent: none, or the default one where something else asks for predictions',
  }),
  version: versionRefSchema.optional().meta({ description: 'Of `model`, by number or alias; absent: the active one' }),
  predicted: labelSchema.optional().meta({ description: 'Only images that are taken for this class' }),
  mistakes: flag('Only images that are taken for another class than their label'),
  minProbability: probability('Only images of whose predicted class the version is at least so sure'),
  maxProbability: probability('Only images of whose predicted class the version is at most so sure'),
  order: z
    .enum(['arrival', 'doubt', 'informative'])
    .default('arrival')
    .meta({
      description:
        'doubt: first the images whose label is probably wrong, then those of whose label one can be least sure. Without `version`, `prediction` and what is filtered by it are then what an image seems to be by cross-validation: heads on embeddings of `model` say it of images that they had not learnt from, and the `probability` of another label than that of the image is how probable it is that its own is wrong. That takes seconds for thousands of images, once for each state of the labels that a first page finds. With `version`, and where there are too few images for it, it is what the version says, which is nearly always sure of images that it learnt from. ' +
        'informative: the same pages, on each of which those come first that are unlike those before them as well.',
    }),
  after: z.coerce.number().int().min(0).default(0).meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});
type PageQuery = z.output<typeof pageQuery>;

const pageSchema = z
  .object({
    images: z.array(
      listedImageSchema
        .extend({
          prediction: topPredictionSchema.nullable().optional().meta({
            description:
              'With `model` or what asks for predictions only; null: the image cannot be decoded, is of the negatives, or is with `order=doubt` the only one of its class',
          }),
        })
        .meta({ id: 'ListedImage' }),
    ),
    next: z.int().nullable().meta({ description: '`after` of the next page; null on the last one' }),
    total: z
      .int()
      .nullable()
      .meta({ description: 'Images that match, on the first page (without `after`); null on the others' }),
  })
  .meta({ id: 'DatasetImagePage' });

const changesSchema = z
  .strictObject({
    changes: z
      .array(imageChangeSchema)
      .min(1)
      .max(maxChanges)
      .meta({ description: 'Of an image that is there twice, what comes later counts' }),
  })
  .meta({ id: 'ImageChanges' });

const changedSchema = z
  .object({
    before: z.array(imageStateSchema).meta({
      description: 'What each image was, once, in the order of the changes: sent as `changes`, it undoes them',
    }),
  })
  .meta({ id: 'ChangedImages' });

const common = { tags: ['datasets'], security: keySecurity, params: datasetParams };
const path = '/v1/admin/datasets/:name/images';

export const imageListRoutes =
  (deps: ImageListRouteDeps): FastifyPluginAsync =>
  async (app) => {
    addListRoute(app, deps);
    addChangeRoute(app, deps);
  };

function addListRoute(
  app: FastifyInstance,
  { storage, requireScope, predictions, labelDoubts, registry }: ImageListRouteDeps,
): void {
  const schema = {
    ...common,
    operationId: 'listImages',
    summary: 'Page through the images',
    querystring: pageQuery,
    response: {
      200: pageSchema,
      ...problems('invalid_request', 'unknown_dataset', 'unknown_model', 'unknown_version', 'invalid_model'),
      ...problems('overloaded', 'training_failed', 'engine_unavailable', 'not_ready', 'deadline_exceeded'),
      ...authProblems,
    },
  };
  const { datasetImages } = storage;
  app.withTypeProvider<ZodTypeProvider>().get(path, { schema, onRequest: requireScope('train') }, async (request) => {
    const { name } = request.params;
    const { model = modelOf(request.query, registry), ...query } = request.query;
    const filter = filterOf(query);
    const total = (one: Parameters<typeof datasetImages.count>[1]) =>
      query.after === 0 ? datasetImages.count(name, one) : null;
    if (model === undefined) {
      const { images, next } = await datasetImages.list(name, filter);
      return { images: images.map((image) => withThumbnail(name, image)), next, total: await total(filter) };
    }
    const wanted = query.version ?? registry.version(model).manifest.version;
    const setId = await withinDeadline(request.exchange, timeoutMs, async (signal) => {
      const isCrossed = query.order !== 'arrival' && query.version === undefined;
      const crossed = isCrossed ? await labelDoubts.ensureStored(model, name, query.after === 0, signal) : undefined;
      return crossed ?? predictions.ensureStored(model, wanted, name, signal);
    });
    const order = query.order === 'arrival' ? ('arrival' as const) : ('doubt' as const);
    const predicted = { ...filter, setId, order };
    const { images, next } = await datasetImages.listPredicted(name, predicted);
    const arranged =
      query.order === 'informative'
        ? await withinDeadline(request.exchange, timeoutMs, (signal) =>
            predictions.diverseFirst(model, wanted, images, signal),
          )
        : images;
    const shown = arranged.map(({ predicted: label, probability: sure, ...image }) => ({
      ...withThumbnail(name, image),
      prediction: label === null || sure === null ? null : { label, probability: sure },
    }));
    return { images: shown, next, total: await total(predicted) };
  });
}

const filterOf = ({ ids, duplicates, conflicts, mistakes, ...query }: Omit<PageQuery, 'model'>) => ({
  ...query,
  ids: ids?.split(',').map(Number),
  duplicates: duplicates === 'true',
  conflicts: conflicts === 'true',
  mistakes: mistakes === 'true',
});

function modelOf(query: PageQuery, registry: ImageListRouteDeps['registry']): string | undefined {
  const asks =
    query.mistakes === 'true' || query.order !== 'arrival' || ofPredictions.some((name) => query[name] !== undefined);
  return asks ? registry.defaultName() : undefined;
}

/** Openings and commas of the longest list: an object of five members for each image. */
const maxJsonValues = 8 * maxChanges;

function addChangeRoute(app: FastifyInstance, { storage, requireScope }: ImageListRouteDeps): void {
  const schema = {
    ...common,
    operationId: 'updateImages',
    summary: 'Relabel, move or remove many images at once',
    description:
      `All of up to ${maxChanges} or none. The answer says what each was before: the same call with that as its \`changes\` undoes this one. ` +
      `Images that were removed this way can be brought back for ${undoMinutes} minutes; their files go after that.`,
    body: changesSchema,
    response: {
      200: changedSchema,
      ...problems('invalid_request', 'unknown_dataset', 'unknown_image', 'conflict'),
      ...authProblems,
    },
  };
  const options = { schema, onRequest: requireScope('train'), config: { maxJsonValues } };
  app.withTypeProvider<ZodTypeProvider>().patch(path, options, async ({ params: { name }, body }) => ({
    before: [...(await storage.changeImages(name, body.changes))],
  }));
}
