// The prediction API of Azure Custom Vision, so that its clients move over by a new address and a new key: Taxon's classifiers stand for
// its published iterations. https://learn.microsoft.com/rest/api/customvision/ describes the calls, their records and error codes.
import { createHash, randomUUID } from 'node:crypto';
import type {
  FastifyError,
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  onRequestHookHandler,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError, type ErrorCode } from '../errors.js';
import { classifierNameOf } from '../models/classifierNames.js';
import { topK } from '../serving/probabilities.js';
import { classifyImages, classifyUpload, type ClassifiedUpload, type ClassifyRouteDeps } from './classify.js';
import { clientOf } from './client.js';
import { fetchImage } from './classifyUpload.js';
import { noteFault } from './problem.js';

const apiVersions = ['v3.0', 'v3.1'];
/** Its own clients send `imageData`; it takes any. */
const fields = ['imageData', 'image', 'file'];

const params = z.object({ projectId: z.guid(), publishedName: z.string() });
/** Its clients name themselves, if they like. */
const querystring = z.object({ application: z.string().optional() });
/** Its documentation has both. */
const urlBody = z.union([z.object({ url: z.string().min(1) }), z.object({ Url: z.string().min(1) })]);

const predictionSchema = z.object({
  id: z.uuid(),
  project: z.guid(),
  iteration: z.uuid(),
  created: z.iso.datetime(),
  predictions: z.array(z.object({ probability: z.number(), tagId: z.uuid(), tagName: z.string() })),
});

/**
 * The routes behind `guard`, which checks keys where they are asked for; with `Prediction-Key` as a name of X-API-Key, and errors in
 * Custom Vision's format. None is in the OpenAPI document: it would give clients made of it a second set of methods.
 */
export const customVisionRoutes =
  (deps: ClassifyRouteDeps, guard: (routes: FastifyPluginAsync) => FastifyPluginAsync): FastifyPluginAsync =>
  async (app) => {
    app.setErrorHandler<FastifyError | AppError>(sendError);
    app.addHook('onRequest', takePredictionKey);
    await app.register(guard(predictionRoutes(deps)));
  };

const predictionRoutes =
  (deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (app) => {
    for (const version of apiVersions) {
      const iteration = `/customvision/${version}/prediction/:projectId/classify/iterations/:publishedName`;
      // Nothing is stored in either case: corrections go to /v1/feedback.
      for (const end of ['', '/nostore']) {
        addImage(app, `${iteration}/image${end}`, deps);
        addUrl(app, `${iteration}/url${end}`, deps);
      }
    }
  };

const schema = { hide: true, params, querystring, response: { 200: predictionSchema } };

function addImage(plain: FastifyInstance, path: string, deps: ClassifyRouteDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const oneImage = { ...deps, limits: { ...deps.limits, maxImages: 1 } };
  app.post(path, { schema, preParsing: deps.admit }, async (request) => {
    const { projectId, publishedName } = request.params;
    const selections = deps.rollouts.draw(clientOf(request), [selectionOf(publishedName, deps)]);
    return present(projectId, await classifyUpload(oneImage, request, fields, selections));
  });
}

function addUrl(plain: FastifyInstance, path: string, deps: ClassifyRouteDeps): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  app.post(path, { schema: { ...schema, body: urlBody }, preParsing: deps.admit }, async (request) => {
    const { projectId, publishedName } = request.params;
    const selections = deps.rollouts.draw(clientOf(request), [selectionOf(publishedName, deps)]);
    const url = 'url' in request.body ? request.body.url : request.body.Url;
    const images = [{ bytes: await fetchImage(request, url, deps.limits), tooLarge: false }];
    return present(projectId, await classifyImages(deps, request, images, selections));
  });
}

/** Throws AppError unknown_model. */
function selectionOf(publishedName: string, { registry }: ClassifyRouteDeps): { name: string } {
  const name = classifierNameOf(publishedName);
  registry.version(name);
  return { name };
}

function present(project: string, { outcome }: ClassifiedUpload): z.output<typeof predictionSchema> {
  const { manifest, images } = outcome.models[0]!;
  const [image] = images;
  if (image?.ok !== true) throw new Error('a lone failed image is thrown by classifyImages');
  const { name, version, labels } = manifest;
  return {
    id: randomUUID(),
    project,
    iteration: uuidOf('iteration', name, String(version)),
    created: new Date().toISOString(),
    predictions: topK(image.probabilities, labels, labels.length).map(({ label, probability }) => ({
      probability,
      tagId: uuidOf('tag', name, label),
      tagName: label,
    })),
  };
}

/** The same for the same words: a UUIDv8 of their SHA-256 (RFC 9562, B.2). */
function uuidOf(...words: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(words)).digest().subarray(0, 16);
  hash[6] = (hash[6]! & 0x0f) | 0x80;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  return hash.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** `Ocp-Apim-Subscription-Key` is what Azure's services have in common. */
const takePredictionKey: onRequestHookHandler = ({ raw: { headers } }, _reply, done) => {
  const key = headers['prediction-key'] ?? headers['ocp-apim-subscription-key'];
  if (key !== undefined) headers['x-api-key'] ??= key;
  done();
};

/** Of Custom Vision's documented error codes, the one for each of Taxon's, with its status where that is another. */
const errorsOf: Partial<Record<ErrorCode, readonly [code: string, status?: number]>> = {
  invalid_request: ['BadRequest'],
  empty_body: ['BadRequestImageStream'],
  missing_image: ['BadRequestImageStream'],
  malformed_multipart: ['BadRequestImageStream'],
  too_many_images: ['BadRequestImageBatch', 400],
  image_too_large: ['BadRequestImageSizeBytes', 400],
  body_too_large: ['BadRequestImageSizeBytes', 400],
  unsupported_image: ['BadRequestImageFormat', 400],
  undecodable_image: ['BadRequestImageFormat', 400],
  image_timeout: ['BadRequestImageFormat', 400],
  image_url_refused: ['BadRequestImageUrl', 400],
  image_url_failed: ['BadRequestImageUrl', 400],
  unsupported_media_type: ['UnsupportedMediaType'],
  unauthorized: ['ForbiddenUser'],
  forbidden: ['ForbiddenUserInsufficientCapability'],
  unknown_model: ['NotFoundIteration'],
  internal: ['ErrorUnknown'],
};

function sendError(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = noteFault(error, request, reply);
  const [code, status = known.status] = errorsOf[known.code] ?? ['ErrorPredictionServiceUnavailable'];
  return reply.code(status).type('application/json').serializer(JSON.stringify).send({ code, message: known.detail });
}
