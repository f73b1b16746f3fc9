// /v1/admin/datasets/{name}/images: upload, look at, relabel and delete images; imageList.ts pages through them.
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  datasetImageSchema,
  labelSchema,
  labelTextSchema,
  splitSchema,
  type DatasetImage,
} from '../data/datasets/schemas.js';
import { sumUp, uploadResultSchema } from '../data/datasets/uploadTotals.js';
import { authProblems, keySecurity } from './auth.js';
import { datasetParams, type DatasetRouteDeps } from './datasets.js';
import { imageFile, sendImageFile, sendThumbnail } from './imageFiles.js';
import { readImages } from './datasetUpload.js';
import { problems } from './problem.js';

export interface DatasetImageRouteDeps extends DatasetRouteDeps {
  readonly maxImageBytes: number;
}

/** An upload is read no faster than its images are added, so it may take long. */
export const uploadTimeoutMs = 3_600_000;

const imageParams = datasetParams.extend({ id: z.coerce.number().int().positive() });

/** An image of a dataset as the API shows it. */
export const listedImageSchema = datasetImageSchema
  .extend({
    thumbnail: z.string().meta({ description: 'Path of a preview' }),
  })
  .meta({ id: 'DatasetImage' });

const changeSchema = z
  .strictObject({
    label: labelTextSchema.optional(),
    labels: z
      .array(labelSchema)
      .max(100)
      .optional()
      .meta({ description: 'As `label`, as a list; it goes before that. In a single-label dataset it has one' }),
    split: splitSchema.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'label, labels or split')
  .meta({ id: 'DatasetImageChange', minProperties: 1 });

const common = { tags: ['datasets'], security: keySecurity };
const ofOne = { ...common, params: imageParams };
const oneProblems = { ...problems('invalid_request', 'unknown_dataset', 'unknown_image'), ...authProblems };
const path = '/v1/admin/datasets/:name/images';
const onePath = `${path}/:id`;

export const datasetImageRoutes =
  (deps: DatasetImageRouteDeps): FastifyPluginAsync =>
  async (app) => {
    addUploadRoute(app, deps);
    addGetRoute(app, deps);
    addChangeRoute(app, deps);
    addRemoveRoute(app, deps);
    addThumbnailRoute(app, deps);
    addFileRoute(app, deps);
  };

const uploadSchema = {
  ...common,
  operationId: 'uploadImages',
  summary: 'Add images of one class, or of several in a multi-label dataset',
  params: datasetParams,
  querystring: z.object({
    label: labelTextSchema,
    split: splitSchema.optional().meta({ description: 'Absent: drawn, and settled by the first training' }),
  }),
  response: {
    201: uploadResultSchema.meta({ description: 'Every image is in the dataset' }),
    207: uploadResultSchema.meta({ description: 'Some failed; the others are in the dataset' }),
    ...problems(
      'invalid_request',
      'missing_image',
      'malformed_multipart',
      'unknown_dataset',
      'conflict',
      'unsupported_media_type',
      'request_timeout',
      'storage_full',
      'storage_unavailable',
    ),
    ...authProblems,
  },
};

const uploadBody = {
  'multipart/form-data': {
    schema: {
      title: 'DatasetImageUpload',
      type: 'object',
      required: ['image'],
      properties: {
        attribution: {
          type: 'array',
          items: { type: 'string' },
          description:
            'Who made the images, as JSON of an `Attribution`: the first for the first image, and so on, each before its image; an empty one says nothing',
        },
        image: { type: 'array', minItems: 1, items: { type: 'string', format: 'binary' } },
      },
    },
  },
};

function addUploadRoute(app: FastifyInstance, { storage, requireScope, maxImageBytes }: DatasetImageRouteDeps): void {
  const readBody = (request: FastifyRequest): Promise<unknown> =>
    readImages(request, maxImageBytes, (filename) => Promise.resolve(filename));
  const config = { uploadTimeoutMs, requestBody: uploadBody, idempotency: { readBody } };
  const options = { schema: uploadSchema, onRequest: requireScope('train'), config };
  app.withTypeProvider<ZodTypeProvider>().post(path, options, async (request, reply) => {
    const { label, split } = request.query;
    const { name } = request.params;
    const results = await readImages(request, maxImageBytes, (filename, bytes, attribution) =>
      storage.addFile(name, filename, { bytes, label, split, attribution }),
    );
    const totals = sumUp(results);
    request.outcome = { images: results.length, failed: totals.failed };
    return reply.code(totals.failed > 0 ? 207 : 201).send({ totals, results });
  });
}

function addGetRoute(app: FastifyInstance, { storage, requireScope }: DatasetImageRouteDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'getImage',
    summary: 'One image',
    response: { 200: listedImageSchema, ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(onePath, { schema, onRequest: requireScope('train') }, async ({ params: { name, id } }) =>
      withThumbnail(name, await storage.datasetImages.get(name, id)),
    );
}

function addChangeRoute(app: FastifyInstance, { storage, requireScope }: DatasetImageRouteDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'updateImage',
    summary: 'Relabel or move an image',
    body: changeSchema,
    response: { 200: listedImageSchema, ...oneProblems, ...problems('conflict') },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .patch(onePath, { schema, onRequest: requireScope('train') }, async ({ params: { name, id }, body }) =>
      withThumbnail(name, await storage.datasetImages.change(name, id, body)),
    );
}

function addRemoveRoute(app: FastifyInstance, { storage, requireScope }: DatasetImageRouteDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'deleteImage',
    summary: 'Delete an image',
    description:
      'Its file and its preview go at once, unless something else has the same image: a version of the dataset, too.',
    querystring: z.object({
      everywhere: z.enum(['true', 'false']).default('false').meta({
        description:
          'true: for good, under whatever label, from all versions of the dataset too; the image may be in one of them alone',
      }),
    }),
    response: { 204: z.null().meta({ description: 'Deleted' }), ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .delete(onePath, { schema, onRequest: requireScope('train') }, async ({ params: { name, id }, query }, reply) => {
      if (query.everywhere === 'true') await storage.removeImageEverywhere(name, id);
      else await storage.removeImage(name, id);
      return reply.code(204).send(null);
    });
}

function addThumbnailRoute(app: FastifyInstance, { storage, requireScope }: DatasetImageRouteDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'getImageThumbnail',
    summary: 'A preview of an image, 256 pixels at most',
    response: { 200: imageFile('image/webp'), ...oneProblems },
  };
  const options = { schema, onRequest: requireScope('train') };
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(`${onePath}/thumbnail`, options, async ({ params: { name, id } }, reply) => {
      const image = await storage.datasetImages.get(name, id);
      return sendThumbnail(reply, await storage.thumbnails.get(image.sha256, image));
    });
}

function addFileRoute(app: FastifyInstance, { storage, requireScope }: DatasetImageRouteDeps): void {
  const schema = {
    ...ofOne,
    operationId: 'getImageFile',
    summary: 'The file of an image, as it was uploaded',
    response: { 200: imageFile('image/*'), ...oneProblems },
  };
  app
    .withTypeProvider<ZodTypeProvider>()
    .get(`${onePath}/file`, { schema, onRequest: requireScope('train') }, async ({ params: { name, id } }, reply) => {
      const { sha256, format } = await storage.datasetImages.get(name, id);
      return sendImageFile(reply, format, await storage.images.read(sha256));
    });
}

/** Path of the preview of an image. */
export const thumbnailPath = (dataset: string, imageId: number): string =>
  `/v1/admin/datasets/${dataset}/images/${imageId}/thumbnail`;

export const withThumbnail = <Image extends DatasetImage>(
  dataset: string,
  image: Image,
): Image & { thumbnail: string } => ({
  ...image,
  thumbnail: thumbnailPath(dataset, image.id),
});
