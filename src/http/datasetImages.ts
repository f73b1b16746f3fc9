// /v1/admin/datasets/{name}/images: upload, page through, look at, relabel and delete images.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { fileResultSchema } from '../data/datasets/importArchive.js';
import { datasetImageSchema, labelSchema, splitSchema, type DatasetImage } from '../data/datasets/schemas.js';
import { authProblems, keySecurity } from './auth.js';
import { datasetParams, type DatasetRouteDeps } from './datasets.js';
import { readImages } from './imageUpload.js';
import { problems } from './problem.js';

export interface DatasetImageRouteDeps extends DatasetRouteDeps {
  readonly maxImageBytes: number;
}

/** An upload is read no faster than its images are taken in, so it may last. */
export const uploadTimeoutMs = 3_600_000;

export const uploadResultSchema = z.object({ results: z.array(fileResultSchema) });

const imageParams = datasetParams.extend({ id: z.coerce.number().int().positive() });

const listedImageSchema = datasetImageSchema.extend({
  thumbnail: z.string().meta({ description: 'Path of a preview' }),
});

const pageQuery = z.object({
  label: labelSchema.optional(),
  split: splitSchema.optional(),
  after: z.coerce.number().int().min(0).default(0).meta({ description: '`next` of the page before' }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const pageSchema = z.object({
  images: z.array(listedImageSchema),
  next: z.int().nullable().meta({ description: 'null on the last page' }),
});

const changeSchema = z
  .object({ label: labelSchema.optional(), split: splitSchema.optional() })
  .refine(({ label, split }) => label !== undefined || split !== undefined, 'label, split or both');

const imageFile = (type: string) => ({ description: 'The image', content: { [type]: { schema: z.any() } } });

export const datasetImageRoutes =
  ({ storage, requireScope, maxImageBytes }: DatasetImageRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const common = { tags: ['datasets'], security: keySecurity };
    const onRequest = requireScope('train');
    const path = '/v1/admin/datasets/:name/images';
    const { datasetImages, images, thumbnails } = storage;

    const uploadSchema = {
      ...common,
      summary: 'Add images of one class',
      params: datasetParams,
      querystring: z.object({
        label: labelSchema,
        split: splitSchema.optional().meta({ description: 'Absent: drawn' }),
      }),
      response: {
        201: uploadResultSchema.meta({ description: 'Every image is in the dataset' }),
        207: uploadResultSchema.meta({ description: 'Some failed; the others are in the dataset' }),
        ...problems(
          'invalid_request',
          'missing_image',
          'malformed_multipart',
          'unknown_dataset',
          'request_timeout',
          'storage_full',
        ),
        ...authProblems,
      },
    };
    const requestBody = {
      'multipart/form-data': {
        schema: {
          type: 'object',
          properties: { image: { type: 'array', items: { type: 'string', format: 'binary' } } },
        },
      },
    };
    app.post(
      path,
      { schema: uploadSchema, onRequest, config: { uploadTimeoutMs, requestBody } },
      async (request, reply) => {
        const { label, split } = request.query;
        const { name } = request.params;
        const results = await readImages(request, maxImageBytes, (filename, bytes) =>
          storage.addFile(name, filename, { bytes, label, split }),
        );
        const failed = results.filter(({ outcome }) => outcome === 'failed').length;
        request.outcome = { images: results.length, failed };
        return reply.code(failed > 0 ? 207 : 201).send({ results });
      },
    );

    const listSchema = {
      ...common,
      summary: 'Page through the images',
      params: datasetParams,
      querystring: pageQuery,
      response: { 200: pageSchema, ...problems('invalid_request', 'unknown_dataset'), ...authProblems },
    };
    app.get(path, { schema: listSchema, onRequest }, async (request) => {
      const { name } = request.params;
      const page = await datasetImages.list(name, request.query);
      return { images: page.images.map((image) => withThumbnail(name, image)), next: page.next };
    });

    const ofOne = { ...common, params: imageParams };
    const oneProblems = { ...problems('invalid_request', 'unknown_dataset', 'unknown_image'), ...authProblems };
    const onePath = `${path}/:id`;

    const getSchema = { ...ofOne, summary: 'One image', response: { 200: listedImageSchema, ...oneProblems } };
    app.get(onePath, { schema: getSchema, onRequest }, async ({ params: { name, id } }) =>
      withThumbnail(name, await datasetImages.get(name, id)),
    );

    const patchSchema = {
      ...ofOne,
      summary: 'Relabel or move an image',
      body: changeSchema,
      response: { 200: listedImageSchema, ...oneProblems, ...problems('conflict') },
    };
    app.patch(onePath, { schema: patchSchema, onRequest }, async ({ params: { name, id }, body }) =>
      withThumbnail(name, await datasetImages.change(name, id, body)),
    );

    const removeSchema = {
      ...ofOne,
      summary: 'Delete an image',
      response: { 204: z.null().meta({ description: 'Deleted' }), ...oneProblems },
    };
    app.delete(onePath, { schema: removeSchema, onRequest }, async ({ params: { name, id } }, reply) => {
      await datasetImages.remove(name, id);
      return reply.code(204).send(null);
    });

    const thumbnailSchema = {
      ...ofOne,
      summary: 'A preview of an image, 256 pixels at most',
      response: { 200: imageFile('image/webp'), ...oneProblems },
    };
    app.get(`${onePath}/thumbnail`, { schema: thumbnailSchema, onRequest }, async ({ params: { name, id } }, reply) => {
      const image = await datasetImages.get(name, id);
      return reply
        .type('image/webp')
        .header('cache-control', 'private, max-age=86400')
        .send(await thumbnails.get(image.sha256, image));
    });

    const fileSchema = {
      ...ofOne,
      summary: 'The file of an image, as it came',
      response: { 200: imageFile('image/*'), ...oneProblems },
    };
    app.get(`${onePath}/file`, { schema: fileSchema, onRequest }, async ({ params: { name, id } }, reply) => {
      const { sha256, format } = await datasetImages.get(name, id);
      return reply
        .type(`image/${format}`)
        .header('x-content-type-options', 'nosniff')
        .send(await images.read(sha256));
    });
  };

const withThumbnail = (dataset: string, image: DatasetImage): z.output<typeof listedImageSchema> => ({
  ...image,
  thumbnail: `/v1/admin/datasets/${dataset}/images/${image.id}/thumbnail`,
});
