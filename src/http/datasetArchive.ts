// POST /v1/admin/datasets/{name}/archive: a zip or tar as the body, streamed to disk and added image by image.
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { sumUp, uploadResultSchema } from '../data/datasets/uploadTotals.js';
import { AppError } from '../errors.js';
import { authProblems, keySecurity } from './auth.js';
import { datasetParams, type DatasetRouteDeps } from './datasets.js';
import { problems } from './problem.js';

/** Time for a large archive over a slow connection, and for adding its images. */
const uploadTimeoutMs = 6 * 3_600_000;

export const datasetArchiveRoutes =
  ({ storage, requireScope }: DatasetRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    // Whatever Content-Type a client gives it (curl --data-binary says "form"), the body is handed on as it arrives.
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, body, done) => done(null, body));

    const schema = {
      tags: ['datasets'],
      security: keySecurity,
      operationId: 'uploadArchive',
      summary: 'Add the images of an archive',
      description:
        'A zip, tar or tar.gz of class folders, or of train/ validation/ test/ with class folders in them. An `attribution.csv` at its top says who made the images, as in an export. Into a multi-label dataset also images with a labels.csv.',
      params: datasetParams,
      response: {
        201: uploadResultSchema.meta({ description: 'Every image is in the dataset' }),
        207: uploadResultSchema.meta({ description: 'Some failed; the others are in the dataset' }),
        ...problems(
          'invalid_request',
          'empty_body',
          'unknown_dataset',
          'request_timeout',
          'body_too_large',
          'invalid_archive',
          'storage_full',
          'storage_unavailable',
        ),
        ...authProblems,
      },
    };
    const binary = { schema: { type: 'string', format: 'binary' } };
    const config = {
      uploadTimeoutMs,
      idempotency: { readBody: async (request: FastifyRequest) => finished(bodyOf(request)!.resume()) },
      requestBody: { 'application/zip': binary, 'application/x-tar': binary, 'application/gzip': binary },
    };
    app.post(
      '/v1/admin/datasets/:name/archive',
      { schema, config, onRequest: requireScope('train') },
      async (request, reply) => {
        const body = bodyOf(request);
        if (body === undefined) throw new AppError('empty_body', 'send the archive as the body');
        const results = await storage.importArchive(request.params.name, body);
        const totals = sumUp(results);
        request.outcome = { images: results.length, failed: totals.failed };
        return reply.code(totals.failed > 0 ? 207 : 201).send({ totals, results });
      },
    );
  };

function bodyOf({ body, fingerprint }: FastifyRequest): Readable | undefined {
  const stream = body as Readable | undefined;
  return stream && (fingerprint?.through(stream) ?? stream);
}
