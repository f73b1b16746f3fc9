// The routes that Amazon SageMaker and Google Vertex AI call the containers by that they host. The default classifier answers.
import type { FastifyPluginAsync, RouteHandlerMethod } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { ModelOutcome } from '../serving/classify.js';
import { topK } from '../serving/probabilities.js';
import { addClassify, classifyAdmitted, imageBody, uploadProblems, type ClassifyRouteDeps } from './classify.js';
import { clientOf } from './client.js';
import type { HealthDeps } from './health.js';
import { decodeImageText, imageTextSchema } from './imageText.js';
import { problems } from './problem.js';

const tags = ['clouds'];

/** GET `path`, 200 without a body when the server should get traffic; nothing where Taxon has a route of its own, which the clouds take too. */
export const cloudProbeRoutes =
  (path: string, { whyNotReady }: Pick<HealthDeps, 'whyNotReady'>): FastifyPluginAsync =>
  async (app) => {
    const url = literal(path);
    if (app.hasRoute({ method: 'GET', url })) return;
    const response = { 200: z.null().meta({ description: 'It should.' }), ...problems('not_ready') };
    const schema = { tags, operationId: 'getProbe', summary: 'Should the container get traffic', response };
    const probe: RouteHandlerMethod = async (_request, reply) => {
      const reason = whyNotReady();
      if (reason !== undefined) throw new AppError('not_ready', reason);
      return reply.send();
    };
    app.get(url, { config: { probe: true }, schema }, probe);
  };

/** POST /invocations: what /v1/classify takes, and its answer. */
export const sagemakerRoutes =
  (deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (app) =>
    addClassify(app.withTypeProvider<ZodTypeProvider>(), '/invocations', deps, {
      operationId: 'invokeEndpoint',
      summary: 'Classify images as SageMaker calls it',
      requestBody: imageBody('InvocationUpload', 'image', deps.limits.maxImages),
    });

const predictRequest = z.object({
  instances: z.array(z.object({ b64: imageTextSchema })).min(1),
  parameters: z
    .object({
      confidenceThreshold: z.number().min(0).max(1).default(0),
      maxPredictions: z.int().min(1).default(10),
    })
    .default({ confidenceThreshold: 0, maxPredictions: 10 }),
});
type PredictRequest = z.output<typeof predictRequest>;

/** As Vertex AI's own image classification answers, but for the ids of the classes. */
const predictResponse = z.object({
  predictions: z.array(z.object({ displayNames: z.array(z.string()), confidences: z.array(z.number()) })),
});

/** POST `path`: images as Vertex AI sends them. One that cannot be classified fails the request, since predictions have no place for a fault. */
export const vertexRoutes =
  (path: string, deps: ClassifyRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const response = { 200: predictResponse, ...uploadProblems };
    const schema = {
      tags,
      operationId: 'predict',
      summary: 'Classify images as Vertex AI calls it',
      body: predictRequest,
      response,
    };
    app.post(literal(path), { schema, preParsing: deps.admit }, async (request) => {
      const images = await decodeInstances(request.body, deps);
      const selections = deps.rollouts.draw(clientOf(request), [{ name: deps.registry.defaultName() }]);
      const { models, timing } = await classifyAdmitted(deps, request, images, selections);
      const { manifest } = models[0]!;
      request.outcome = { models: [`${manifest.name}/${manifest.version}`], images: images.length, ...timing };
      return { predictions: predictionsOf(models[0]!, request.body) };
    });
  };

async function decodeInstances({ instances }: PredictRequest, { limits }: ClassifyRouteDeps): Promise<Buffer[]> {
  if (instances.length > limits.maxImages)
    throw new AppError('too_many_images', `at most ${limits.maxImages} images, ${instances.length} were sent`);
  const images: Buffer[] = [];
  for (const [index, { b64 }] of instances.entries()) images.push(await decodeImageText(b64, `instances.${index}.b64`));
  return images;
}

const predictionsOf = (
  { manifest, images }: ModelOutcome,
  { parameters: { maxPredictions, confidenceThreshold } }: PredictRequest,
): z.output<typeof predictResponse>['predictions'] =>
  images.map((image) => {
    if (!image.ok) throw image.error;
    const best = topK(image.probabilities, manifest.labels, maxPredictions, confidenceThreshold);
    return { displayNames: best.map(({ label }) => label), confidences: best.map(({ probability }) => probability) };
  });

/** A route without parameters: Vertex AI's end in `:predict`. */
const literal = (path: string): string => path.replaceAll(':', '::');
