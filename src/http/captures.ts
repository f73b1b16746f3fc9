// /v1/admin/captures: review of the images that were kept of requests, and forgetting a request.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { forgottenSchema } from '../data/captures/forgetting.js';
import {
  captureCursorSchema,
  captureOrderSchema,
  captureSchema,
  captureStateSchema,
  requestIdSchema,
} from '../data/captures/schemas.js';
import { datasetNameSchema, labelSchema } from '../data/datasets/schemas.js';
import type { Storage } from '../data/storage.js';
import { classifierNameSchema } from '../models/manifest.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { imageFile, sendImageFile, sendThumbnail } from './imageFiles.js';
import { problems } from './problem.js';

export interface CaptureReviewDeps {
  readonly storage: Pick<Storage, 'captures' | 'images' | 'thumbnails' | 'forgetRequest'>;
  readonly requireScope: RequireScope;
}

const path = '/v1/admin/captures';
const common = { tags: ['capture'], security: keySecurity };
const ofOne = { ...common, params: z.object({ id: z.coerce.number().int().positive() }) };
const oneProblems = { ...problems('invalid_request', 'not_found'), ...authProblems };

const listSchema = {
  ...common,
  operationId: 'listCaptures',
  summary: 'Images that were kept of requests',
  querystring: z.object({
    model: classifierNameSchema.optional().meta({ description: 'Classifier that answered; absent: any' }),
    state: captureStateSchema.default('new'),
    order: captureOrderSchema.default('newest').meta({
      description: 'uncertain: first those that are unknown, then those whose most probable class is least probable',
    }),
    after: captureCursorSchema.optional(),
    limit: z.coerce.number().int().min(1).max(1_000).default(100),
  }),
  response: {
    200: z
      .object({
        captures: z.array(captureSchema),
        next: z.string().nullable().meta({ description: 'For `after`; null: this is the last page' }),
      })
      .meta({ id: 'CaptureList' }),
    ...problems('invalid_request'),
    ...authProblems,
  },
};

const acceptSchema = {
  ...ofOne,
  operationId: 'acceptCapture',
  summary: 'Add a captured image to a dataset',
  description: 'It stays there when its request would have been removed for its age, until the request is forgotten.',
  body: z
    .object({
      dataset: datasetNameSchema,
      label: labelSchema.optional().meta({ description: 'What it shows; absent: what was answered' }),
    })
    .meta({ id: 'CaptureAcceptance' }),
  response: {
    200: captureSchema,
    ...authProblems,
    ...problems('invalid_request', 'not_found', 'unknown_dataset', 'conflict', 'storage_full', 'storage_unavailable'),
    ...problems('image_too_large', 'unsupported_image', 'undecodable_image', 'image_timeout'),
  },
};

const rejectSchema = {
  ...ofOne,
  operationId: 'rejectCapture',
  summary: 'Remove a captured image',
  description: 'Its file goes too, unless something else refers to it.',
  response: { 204: z.null().meta({ description: 'Removed' }), ...oneProblems, ...problems('conflict') },
};

const forgetSchema = {
  ...common,
  operationId: 'forgetRequest',
  summary: 'Forget what was kept of a request, wherever it has gone',
  description:
    'By the `x-request-id` of its answer. Accepted images leave their datasets, unless those had them before; versions that were trained on them stay as they are. Nothing to forget is a success, too.',
  params: z.object({ requestId: requestIdSchema }),
  response: { 200: forgottenSchema, ...problems('invalid_request'), ...authProblems },
};

const imageSchema = {
  ...ofOne,
  operationId: 'getCaptureImage',
  summary: 'A captured image, as it was sent',
  response: { 200: imageFile('image/*'), ...oneProblems },
};

const thumbnailSchema = {
  ...ofOne,
  operationId: 'getCaptureThumbnail',
  summary: 'A preview of a captured image, 256 pixels at most',
  response: { 200: imageFile('image/webp'), ...oneProblems },
};

export const captureReviewRoutes =
  ({ storage, requireScope }: CaptureReviewDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const { captures } = storage;
    app.addHook('onRequest', requireScope('train'));

    app.get(path, { schema: listSchema }, async ({ query: { model, ...filter } }) =>
      captures.list({ ...filter, classifier: model }),
    );

    app.post(`${path}/:id/accept`, { schema: acceptSchema }, async ({ params: { id }, body: { dataset, label } }) =>
      captures.accept(id, dataset, label),
    );

    app.post(`${path}/:id/reject`, { schema: rejectSchema }, async ({ params: { id } }, reply) => {
      await captures.reject(id);
      return reply.code(204).send(null);
    });

    app.get(`${path}/:id/image`, { schema: imageSchema }, async ({ params: { id } }, reply) => {
      const { format, sha256 } = await captures.image(id);
      return sendImageFile(reply, format, await storage.images.read(sha256));
    });

    app.get(`${path}/:id/thumbnail`, { schema: thumbnailSchema }, async ({ params: { id } }, reply) => {
      const image = await captures.image(id);
      return sendThumbnail(reply, await storage.thumbnails.get(image.sha256, image));
    });

    app.delete(`${path}/:requestId`, { schema: forgetSchema }, async (request) => {
      const { requestId } = request.params;
      const forgotten = await storage.forgetRequest(requestId);
      request.log.info({ key: request.key?.id, forgotten: requestId, ...forgotten }, 'a request was forgotten');
      return forgotten;
    });
  };
