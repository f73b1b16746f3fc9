// GET /v1/admin/models/{name}/versions/{version}/export: a version as a file that other programs read.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { exportFormats, fileEndings, type ExportFormat } from '../models/exportModel.js';
import { classifierNameSchema } from '../models/manifest.js';
import { versionRefSchema } from '../models/versionRef.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import type { VersionExports } from '../serving/versionExports.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { binaryAnswer } from './openapi.js';
import { problems } from './problem.js';
import { withinDeadline } from './requestLifetime.js';

export interface VersionExportRouteDeps {
  readonly registry: Pick<ClassifierRegistry, 'version'>;
  readonly exports: Pick<VersionExports, 'export'>;
  readonly requireScope: RequireScope;
}

/** Of making the file, its turn included; then it is read as fast as the client takes it. */
const timeoutMs = 300_000;

/** A folder comes as a zip. */
const endingOf = (format: ExportFormat): string => (format === 'tfjs' ? 'tfjs.zip' : fileEndings[format]);

const route = {
  tags: ['models'],
  security: keySecurity,
  operationId: 'exportModelVersion',
  summary: 'Take a version away',
  description:
    'As `taxon export` writes it: onnx, image in, calibrated probabilities out; tfjs, a zip of the layers model; h5 and keras, for Keras; ' +
    'tflite, tflite-float16 and tflite-int8, for phones; coreml and coreml-float16, an .mlmodel for Apple; taxon, for another Taxon. It takes seconds to begin, because the file is made then.',
  params: z.object({ name: classifierNameSchema, version: versionRefSchema }),
  querystring: z.object({ format: z.enum(exportFormats) }),
  response: {
    200: { description: 'The file', content: { 'application/octet-stream': { schema: binaryAnswer } } },
    ...problems('invalid_request', 'unknown_model', 'unknown_version', 'invalid_model', 'overloaded'),
    ...problems('deadline_exceeded', 'storage_full', 'storage_unavailable'),
    ...authProblems,
  },
};

export const versionExportRoutes =
  ({ registry, exports, requireScope }: VersionExportRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const options = { schema: route, onRequest: requireScope('train') };
    app.get('/v1/admin/models/:name/versions/:version/export', options, async (request, reply) => {
      const { params, query, exchange } = request;
      const version = registry.version(params.name, params.version);
      const { stream, bytes } = await withinDeadline(exchange, timeoutMs, (signal) =>
        exports.export(version, query.format, signal),
      );
      // A client that went meanwhile reads nothing to the end.
      exchange.onceOver(() => stream.destroy());
      const { name, version: number } = version.manifest;
      return reply
        .type('application/octet-stream')
        .header('content-length', bytes)
        .header('content-disposition', `attachment; filename="${name}-${number}.${endingOf(query.format)}"`)
        .send(stream);
    });
  };
