// POST /v1/feedback: a user's correction; /v1/admin/feedback: its review.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { datasetNameSchema, labelSchema } from '../data/datasets/schemas.js';
import { feedbackSchema, feedbackStateSchema, type FeedbackBox } from '../data/feedback.js';
import { AppError } from '../errors.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { imageBody, uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { problems } from './problem.js';
import { readUploads } from './uploads.js';

export interface FeedbackRouteDeps extends Pick<ClassifyRouteDeps, 'registry' | 'limits' | 'reserveBody'> {
  readonly feedback: FeedbackBox;
}

const submitQuery = z.object({
  label: labelSchema.meta({
    description: 'What the image really shows; may be a class that the classifier does not know',
  }),
  model: z.string().optional().meta({ description: 'Classifier that was wrong; absent: the default one' }),
  version: z.coerce.number().int().min(1).optional().meta({ description: 'Absent: the active one' }),
});

/** Submitting is as open as classifying: AUTH=required closes both. */
export const feedbackRoutes =
  ({ feedback, registry, limits, reserveBody }: FeedbackRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const schema = {
      tags: ['feedback'],
      summary: 'Correct a classification',
      querystring: submitQuery,
      response: {
        201: feedbackSchema,
        ...uploadProblems,
        ...problems('database_unavailable', 'engine_unavailable', 'not_ready', 'storage_full'),
      },
    };
    app.post(
      '/v1/feedback',
      { schema, onRequest: reserveBody, config: { requestBody: imageBody('image') } },
      async (request, reply) => {
        const { label, model, version } = request.query;
        const { manifest } = registry.version(model ?? registry.defaultName(), version);
        const [image, ...others] = await readUploads(request, 'image', limits);
        if (others.length > 0) throw new AppError('too_many_images', 'a correction is of one image');
        if (image!.tooLarge)
          throw new AppError('image_too_large', `the file has more than ${limits.maxImageBytes} bytes`);
        const submitted = await feedback.submit({
          bytes: image!.bytes,
          classifier: manifest.name,
          version: manifest.version,
          label,
        });
        return reply.code(201).send(submitted);
      },
    );
  };

export interface FeedbackReviewDeps {
  readonly feedback: FeedbackBox;
  readonly requireScope: RequireScope;
}

const listQuery = z.object({
  state: feedbackStateSchema.default('new'),
  after: z.coerce.number().int().min(0).default(0).meta({ description: 'Id of the last one seen' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const acceptBody = z.object({
  dataset: datasetNameSchema,
  label: labelSchema.optional().meta({ description: "Absent: the user's" }),
});

export const feedbackReviewRoutes =
  ({ feedback, requireScope }: FeedbackReviewDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const common = { tags: ['feedback'], security: keySecurity };
    const onRequest = requireScope('train');
    const params = z.object({ id: z.coerce.number().int().positive() });
    const oneProblems = { ...problems('invalid_request', 'not_found'), ...authProblems };

    const listSchema = {
      ...common,
      summary: 'Corrections to review',
      querystring: listQuery,
      response: { 200: z.object({ feedback: z.array(feedbackSchema) }), ...authProblems },
    };
    app.get('/v1/admin/feedback', { schema: listSchema, onRequest }, async ({ query: { state, after, limit } }) => ({
      feedback: await feedback.list(state, after, limit),
    }));

    const acceptSchema = {
      ...common,
      summary: 'Add a correction to a dataset',
      params,
      body: acceptBody,
      response: { 200: feedbackSchema, ...oneProblems, ...problems('unknown_dataset') },
    };
    app.post(
      '/v1/admin/feedback/:id/accept',
      { schema: acceptSchema, onRequest },
      async ({ params: { id }, body: { dataset, label } }) => feedback.accept(id, dataset, label),
    );

    const rejectSchema = {
      ...common,
      summary: 'Put a correction aside',
      params,
      response: { 200: feedbackSchema, ...oneProblems },
    };
    app.post('/v1/admin/feedback/:id/reject', { schema: rejectSchema, onRequest }, async ({ params: { id } }) =>
      feedback.reject(id),
    );
  };
