// Triton's model repository: which classifiers there are, and taking one out of service and back, in this process.
import { basename, dirname } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { indexOf } from '../openInference/models.js';
import type { ActivationService } from '../serving/activation.js';
import type { ClassifierRegistry } from '../serving/registry.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { acceptInferenceBodies, type InferenceBody } from './inferenceBody.js';
import { problems } from './problem.js';

export interface RepositoryDeps {
  readonly registry: ClassifierRegistry;
  readonly activation: Pick<ActivationService, 'reload'>;
}

const tags = ['open inference protocol'];
const bodyBytes = 64 * 2 ** 10;
const bodyLimits = { maxBytes: bodyBytes, json: { maxBytes: bodyBytes, maxDepth: 8, maxValues: 100 } };
const modelIndex = z
  .array(
    z
      .object({
        name: z.string(),
        version: z.string(),
        state: z.enum(['READY', 'UNAVAILABLE']),
        reason: z.string().optional(),
      })
      .meta({ id: 'IndexedModel' }),
  )
  .meta({ id: 'RepositoryIndex' });

export const repositoryIndexRoutes =
  ({ registry }: Pick<RepositoryDeps, 'registry'>): FastifyPluginAsync =>
  async (plain) => {
    acceptInferenceBodies(plain, bodyLimits);
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const schema = {
      tags,
      operationId: 'indexRepository',
      summary: 'The classifiers and their versions',
      response: { 200: modelIndex },
    };
    const config = optionalBody('RepositoryIndexRequest', { ready: { type: 'boolean' } });
    app.post('/v2/repository/index', { schema, config }, async ({ body }) => {
      const { ready = false } = readBody(z.object({ ready: z.boolean().optional() }), body);
      return indexOf(registry, { onlyReady: ready }).map(({ reason, ...version }) => ({
        ...version,
        ...(reason !== '' && { reason }),
      }));
    });
  };

const params = z.object({ model: z.string() });
const changeResponse = {
  200: z.object({}).meta({ id: 'Done', description: 'It is done.' }),
  ...authProblems,
  ...problems('unknown_model', 'invalid_model', 'database_unavailable'),
};
const common = { tags, security: keySecurity, params, response: changeResponse };

/** Both need the scope `admin`. */
export const repositoryModelRoutes =
  ({
    registry,
    activation,
    requireScope,
  }: RepositoryDeps & { readonly requireScope: RequireScope }): FastifyPluginAsync =>
  async (plain) => {
    acceptInferenceBodies(plain, bodyLimits);
    plain.addHook('onRequest', requireScope('admin'));
    const app = plain.withTypeProvider<ZodTypeProvider>();
    const config = optionalBody('ModelChange', { parameters: { type: 'object' } });

    const loadSchema = {
      ...common,
      operationId: 'loadModel',
      summary: 'Look for a classifier in the models directories and serve it',
      description: 'Ends what `unload` began. Configurations and files are not taken from the request.',
    };
    app.post(
      '/v2/repository/models/:model/load',
      { schema: loadSchema, config },
      async ({ params: { model }, body }) => {
        refuseContents(readBody(changeBody, body));
        await loadModel({ registry, activation }, model);
        return {};
      },
    );

    const unloadSchema = {
      ...common,
      operationId: 'unloadModel',
      summary: 'Take a classifier out of service in this process',
      description: 'Until `load`, a new version of it, or a restart. Its files stay; requests in flight are answered.',
    };
    app.post('/v2/repository/models/:model/unload', { schema: unloadSchema, config }, async (request) => {
      readBody(changeBody, request.body);
      await registry.unload(request.params.model);
      return {};
    });
  };

/** Throws AppError unknown_model, invalid_model when its files cannot be used, database_unavailable. */
export async function loadModel({ registry, activation }: RepositoryDeps, model: string): Promise<void> {
  registry.allow(model);
  await activation.reload();
  const isServed = registry.list().some(({ name }) => name === model);
  const refused = registry.refused.find(({ directory }) => basename(dirname(directory)) === model);
  if (!isServed && refused !== undefined) throw new AppError('invalid_model', refused.reason);
  registry.describe(model);
}

const changeBody = z.object({ parameters: z.record(z.string(), z.unknown()).optional() });

/** Throws AppError invalid_request for what Triton would take for a model. */
export function refuseContents({ parameters = {} }: { readonly parameters?: object | undefined }): void {
  if (Object.keys(parameters).some((name) => name === 'config' || name.startsWith('file:')))
    throw new AppError('invalid_request', 'parameters: no configuration and no files are taken; docs/import.md');
}

/** An empty body will do as well. */
const optionalBody = (title: string, properties: object) => ({
  requestBody: { 'application/json': { schema: { anyOf: [{ title, type: 'object', properties }, { type: 'null' }] } } },
});

function readBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const { json } = (body ?? {}) as Partial<InferenceBody>;
  const parsed = schema.safeParse(json ?? {});
  if (!parsed.success) throw new AppError('invalid_request', z.prettifyError(parsed.error));
  return parsed.data;
}
