// POST /v1/feedback: a user's correction; /v1/admin/feedback: its review.
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { datasetNameSchema, labelSchema } from '../data/datasets/schemas.js';
import { feedbackSchema, feedbackStateSchema, type Feedback, type FeedbackBox } from '../data/feedback.js';
import type { Storage } from '../data/storage.js';
import { AppError } from '../errors.js';
import { groupBy } from '../groupBy.js';
import { versionRefSchema } from '../models/versionRef.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { ImagePrediction, Predictions } from '../training/predictions.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { jsonToo, uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { imageTextSchema } from './imageText.js';
import { imageFile, sendImageFile, sendThumbnail } from './imageFiles.js';
import { describeSchema } from './openapi.js';
import { topPredictionSchema } from './predictions.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';
import { imageFields, readUpload, type UploadedImage } from './classifyUpload.js';

export interface FeedbackRouteDeps extends Pick<ClassifyRouteDeps, 'registry' | 'limits' | 'admit'> {
  readonly feedback: FeedbackBox;
  /** Of one address, where no key is asked for; 0: no limit. */
  readonly anonymousRequestsPerMinute: number;
}

const submitQuery = z.object({
  label: labelSchema.optional().meta({
    description:
      'Prefer the field `label` of the body, which no log and no history keeps; needed where the body is the image alone',
    deprecated: true,
  }),
  model: z.string().optional().meta({ description: 'Classifier that was wrong; absent: the default one' }),
  version: versionRefSchema.optional().meta({ description: 'By number or alias; absent: the active one' }),
});

const labelProperty = {
  ...describeSchema(labelSchema),
  description: 'What the image really shows; may be a class that the classifier does not know',
};
const binary = { type: 'string', format: 'binary' };
const imageText = describeSchema(imageTextSchema);

/** imageBody with one image and the label beside it. */
const labelledImageBody = {
  'multipart/form-data': {
    schema: {
      title: 'LabelledImageUpload',
      type: 'object',
      required: ['image', 'label'],
      properties: { image: binary, label: labelProperty },
    },
  },
  'image/*': { schema: binary },
};

const labelledBase64Body = {
  'application/json': {
    schema: {
      title: 'LabelledBase64Image',
      type: 'object',
      required: ['image', 'label'],
      properties: { image: imageText, label: labelProperty },
    },
  },
};

const submitSchema = {
  tags: ['feedback'],
  operationId: 'submitFeedback',
  summary: 'Correct a classification',
  description: jsonToo('submitFeedbackBase64'),
  querystring: submitQuery,
  response: {
    201: feedbackSchema,
    ...uploadProblems,
    ...problems('overloaded', 'feedback_full'),
    ...problems('database_unavailable', 'engine_unavailable', 'not_ready', 'storage_full', 'storage_unavailable'),
  },
};

const submitBase64Schema = {
  ...submitSchema,
  operationId: 'submitFeedbackBase64',
  summary: 'Correct a classification, in JSON',
  description: 'Clients that can send multipart/form-data had better: see `submitFeedback`.',
  querystring: submitQuery.omit({ label: true }),
};

/** Submitting is as open as classifying: AUTH=required closes both. */
export const feedbackRoutes =
  ({ feedback, registry, limits, admit, anonymousRequestsPerMinute }: FeedbackRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const submit = async (
      request: FastifyRequest<{ Querystring: z.output<typeof submitQuery> }>,
      reply: FastifyReply,
    ): Promise<Feedback> => {
      const { label, model, version } = request.query;
      const { manifest } = registry.version(model ?? registry.defaultName(), version);
      const { images, fields } = await readUpload(request, imageFields, limits);
      const submitted = await feedback.submit({
        bytes: onlyImage(images, limits.maxImageBytes),
        classifier: manifest.name,
        version: manifest.version,
        label: labelOf(fields.get('label') ?? label),
      });
      reply.code(201);
      return submitted;
    };
    const readBody = (request: FastifyRequest): Promise<unknown> => readUpload(request, imageFields, limits);
    const shared = { anonymousRequestsPerMinute, idempotency: { readBody } };
    const options = { schema: submitSchema, preParsing: admit };
    app.post('/v1/feedback', { ...options, config: { ...shared, requestBody: labelledImageBody } }, submit);
    const base64Config = { ...shared, requestBody: labelledBase64Body };
    app.post('/v1/feedback/base64', { ...options, schema: submitBase64Schema, config: base64Config }, submit);
  };

function onlyImage([image, ...others]: readonly UploadedImage[], maxBytes: number): Uint8Array {
  if (others.length > 0) throw new AppError('too_many_images', 'a correction concerns one image');
  if (image!.tooLarge) throw new AppError('image_too_large', `the file has more than ${maxBytes} bytes`);
  return image!.bytes;
}

function labelOf(given: string | undefined): string {
  const label = labelSchema.safeParse(given);
  if (label.success) return label.data;
  const reason = given === undefined ? 'it is missing' : label.error.issues.map(({ message }) => message).join('; ');
  throw new AppError('invalid_request', `label: send what the image shows in the field "label" of the body; ${reason}`);
}

export interface FeedbackReviewDeps {
  readonly storage: Pick<Storage, 'feedback' | 'images' | 'thumbnails'>;
  readonly predictions: Pick<Predictions, 'mostInformative'>;
  readonly registry: Pick<ClassifierRegistry, 'list'>;
  readonly requireScope: RequireScope;
}

/** Corrections that are put in order at a time: as many as wait by default (MAX_FEEDBACK). */
const ranked = 1_000;

/** Of ordering corrections whose images have no embedding yet, on a busy machine. */
const orderTimeoutMs = 600_000;

const listQuery = z.object({
  state: feedbackStateSchema.default('new'),
  after: z.coerce.number().int().min(0).default(0).meta({ description: 'Id of the last one seen' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  order: z
    .enum(['arrival', 'informative'])
    .default('arrival')
    .meta({
      description: `informative: of the first ${ranked} after \`after\`, first those that the classifier is unsure of and that are unlike those before them, with what its active version says of each; those that have no embedding yet are embedded first`,
    }),
});

const reviewedSchema = feedbackSchema
  .extend({
    prediction: topPredictionSchema
      .nullable()
      .optional()
      .meta({
        description: 'With `order=informative` only; null: the classifier is gone, or the image cannot be decoded',
      }),
  })
  .meta({ id: 'ReviewedFeedback' });
type Reviewed = z.output<typeof reviewedSchema>;

const listSchema = z.object({ feedback: z.array(reviewedSchema) }).meta({ id: 'FeedbackList' });

const acceptBody = z
  .object({
    dataset: datasetNameSchema,
    label: labelSchema.optional().meta({ description: "Absent: the user's" }),
  })
  .meta({ id: 'FeedbackAcceptance' });

const common = { tags: ['feedback'], security: keySecurity };
const ofOne = { ...common, params: z.object({ id: z.coerce.number().int().positive() }) };
const oneProblems = { ...problems('invalid_request', 'not_found'), ...authProblems };
const path = '/v1/admin/feedback';

export const feedbackReviewRoutes =
  (deps: FeedbackReviewDeps): FastifyPluginAsync =>
  async (plain) => {
    addListRoute(plain, deps);
    addAcceptRoute(plain, deps);
    addRejectRoute(plain, deps);
    addImageRoute(plain, deps);
    addThumbnailRoute(plain, deps);
  };

function addListRoute(app: FastifyInstance, deps: FeedbackReviewDeps): void {
  const { feedback } = deps.storage;
  const schema = {
    ...common,
    operationId: 'listFeedback',
    summary: 'Corrections to review',
    querystring: listQuery,
    response: {
      200: listSchema,
      ...problems('overloaded', 'training_failed', 'invalid_model', 'engine_unavailable', 'deadline_exceeded'),
      ...authProblems,
    },
  };
  const options = { schema, onRequest: deps.requireScope('train') };
  app.withTypeProvider<ZodTypeProvider>().get(path, options, async ({ query, exchange }) => {
    const { state, after, limit, order } = query;
    if (order === 'arrival') return { feedback: await feedback.list(state, after, limit) };
    const waiting = await feedback.list(state, after, ranked);
    return {
      feedback: await withinDeadline(exchange, orderTimeoutMs, (signal) => putInOrder(deps, waiting, limit, signal)),
    };
  });
}

/** Classifiers take turns; corrections of those that are gone come last. */
async function putInOrder(
  { predictions, registry }: FeedbackReviewDeps,
  waiting: readonly Feedback[],
  limit: number,
  signal: AbortSignal,
): Promise<Reviewed[]> {
  const served = new Set(registry.list().map(({ name }) => name));
  const orders: Reviewed[][] = [];
  for (const [name, own] of groupBy(
    waiting.filter(({ classifier }) => served.has(classifier)),
    ({ classifier }) => classifier,
  ))
    orders.push((await predictions.mostInformative(name, own, limit, signal)).map(withPrediction));
  const inTurns = Array.from({ length: limit }, (_, i) => orders.flatMap((order) => order.slice(i, i + 1))).flat();
  const gone = waiting.filter(({ classifier }) => !served.has(classifier));
  return [...inTurns, ...gone.map((one) => ({ ...one, prediction: null }))].slice(0, limit);
}

const withPrediction = (one: ImagePrediction<Feedback>): Reviewed => ({
  ...one.image,
  prediction: 'reason' in one ? null : { label: one.predicted, probability: one.probability },
});

function addAcceptRoute(app: FastifyInstance, { storage: { feedback }, requireScope }: FeedbackReviewDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'acceptFeedback',
    summary: 'Add a correction to a dataset',
    body: acceptBody,
    response: {
      200: feedbackSchema,
      ...authProblems,
      ...problems('invalid_request', 'not_found', 'unknown_dataset', 'storage_full', 'storage_unavailable'),
      ...problems('image_too_large', 'unsupported_image', 'undecodable_image', 'image_timeout'),
    },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(
      `${path}/:id/accept`,
      { schema, onRequest: requireScope('train') },
      async ({ params: { id }, body: { dataset, label } }) => feedback.accept(id, dataset, label),
    );
}

function addRejectRoute(app: FastifyInstance, { storage: { feedback }, requireScope }: FeedbackReviewDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'rejectFeedback',
    summary: 'Reject a correction',
    description: 'Its image is deleted, unless a dataset has the same image.',
    response: { 200: feedbackSchema, ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .post(`${path}/:id/reject`, { schema, onRequest: requireScope('train') }, async ({ params: { id } }) =>
      feedback.reject(id),
    );
}

function addImageRoute(app: FastifyInstance, { storage, requireScope }: FeedbackReviewDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'getFeedbackImage',
    summary: 'The image of a correction, as it was uploaded',
    response: { 200: imageFile('image/*'), ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(`${path}/:id/image`, { schema, onRequest: requireScope('train') }, async ({ params: { id } }, reply) => {
      const image = await storage.feedback.image(id);
      return sendImageFile(reply, image.format, await storage.images.read(image.sha256));
    });
}

function addThumbnailRoute(app: FastifyInstance, { storage, requireScope }: FeedbackReviewDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'getFeedbackThumbnail',
    summary: 'A preview of the image of a correction, 256 pixels at most',
    response: { 200: imageFile('image/webp'), ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(`${path}/:id/thumbnail`, { schema, onRequest: requireScope('train') }, async ({ params: { id } }, reply) => {
      const image = await storage.feedback.image(id);
      return sendThumbnail(reply, await storage.thumbnails.get(image.sha256, image));
    });
}
