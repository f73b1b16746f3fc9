// PUT, GET and DELETE /v1/models/{name}/capture: whether images of requests are kept for review, and how many are.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { forgottenSchema } from '../data/captures/forgetting.js';
import { captureRuleSchema } from '../data/captures/schemas.js';
import type { Storage } from '../data/storage.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { CaptureService } from '../serving/captureService.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { captureHeader } from './captureConsent.js';
import type { ClassifyRouteDeps } from './classify.js';
import { problems } from './problem.js';

export interface CaptureRuleRouteDeps extends Pick<ClassifyRouteDeps, 'registry' | 'taught'> {
  readonly storage: Pick<Storage, 'captureRules' | 'captures' | 'forgetClassifier'>;
  readonly captures: Pick<CaptureService, 'refresh'>;
  readonly requireScope: RequireScope;
}

const stateSchema = captureRuleSchema
  .extend({
    model: z.string(),
    enabled: z.boolean().meta({ description: 'false: nothing new is kept' }),
    images: z.int().meta({ description: 'That wait for review' }),
    bytes: z.int().meta({ description: 'Of their files; one that was captured several times counts each time' }),
    oldestAt: z.date().nullable().meta({ description: 'When the first of them was kept; null: none waits' }),
    accepted: z.int().meta({ description: 'Images that are in datasets' }),
  })
  .strip()
  .meta({ id: 'ClassifierCapture' });

const path = '/v1/models/:name/capture';
const common = { tags: ['capture'], security: keySecurity, params: z.object({ name: classifierNameSchema }) };
const refusals = { ...problems('invalid_request', 'unknown_model'), ...authProblems };

const putSchema = {
  ...common,
  operationId: 'putCapture',
  summary: 'Keep a share of the images that a classifier is asked about, for review',
  description:
    `Off by default. Images are kept after their answer has gone out, of requests whose key consents (\`capture\` of the key) and that say nothing else: with \`${captureHeader}: no\` nothing of a request is kept. ` +
    'What is left out goes back to its default.',
  body: captureRuleSchema,
  response: { 200: stateSchema, ...refusals },
};

const getSchema = {
  ...common,
  operationId: 'getCapture',
  summary: 'Whether images are kept for review, and how many are',
  response: { 200: stateSchema, ...refusals },
};

const deleteSchema = {
  ...common,
  operationId: 'deleteCapture',
  summary: 'Keep nothing any more, and forget what waits for review',
  querystring: z.object({
    fromDatasets: z
      .enum(['true', 'false'])
      .default('false')
      .meta({ description: 'true: also what was accepted, which its datasets lose' }),
  }),
  response: { 200: forgottenSchema, ...refusals },
};

export const captureRuleRoutes =
  ({ storage, captures, registry, taught, requireScope }: CaptureRuleRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const { captureRules } = storage;
    /** Throws AppError unknown_model. */
    const checkKnown = (name: string): unknown => taught(name) ?? registry.describe(name);
    /** One that is gone may have left images. */
    const stateOf = async (model: string): Promise<z.output<typeof stateSchema>> => {
      const [rule, kept] = [await captureRules.find(model), await storage.captures.summary(model)];
      if (rule === undefined && kept.images + kept.accepted === 0) checkKnown(model);
      return { model, enabled: rule !== undefined, ...(rule ?? captureRuleSchema.parse({ share: 0 })), ...kept };
    };

    app.put(path, { schema: putSchema, onRequest: requireScope('admin') }, async ({ params: { name }, body }) => {
      checkKnown(name);
      await captureRules.put(name, body);
      await captures.refresh();
      return stateOf(name);
    });

    app.get(path, { schema: getSchema, onRequest: requireScope('train') }, async ({ params: { name } }) =>
      stateOf(name),
    );

    app.delete(path, { schema: deleteSchema, onRequest: requireScope('admin') }, async (request) => {
      const { name } = request.params;
      await stateOf(name);
      const fromDatasets = request.query.fromDatasets === 'true';
      const forgotten = await storage.forgetClassifier(name, { fromDatasets });
      await captures.refresh();
      request.log.info({ key: request.key?.id, model: name, fromDatasets, ...forgotten }, 'capture has ended');
      return forgotten;
    });
  };
