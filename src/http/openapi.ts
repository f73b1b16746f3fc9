// The OpenAPI description, made from the routes' zod schemas; served at /openapi.json and shown at /docs.
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance, FastifyPluginAsync, RouteOptions } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import type { OpenAPIV3_1 } from 'openapi-types';
import { z } from 'zod';
import type { ErrorCode } from '../errors.js';
import { keySecurity } from './auth.js';
import { nameSchemas } from './openapiComponents.js';
import { withProblems } from './problem.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Request bodies that the handler reads itself: JSON schema by content type, for the description only. */
    requestBody?: Readonly<Record<string, { readonly schema: object }>>;
  }
}

/** The description of what a handler reads itself, as JSON Schema. */
export function describeSchema(schema: z.ZodType): object {
  const description = z.toJSONSchema(schema, { io: 'input' });
  delete description.$schema;
  return description;
}

/** An answer that is a file; what is sent, the handler says. */
export const binaryAnswer = z.any().meta({ type: 'string', format: 'binary' });

/** What any call may answer: that its query or body is not valid, and what nobody foresaw. */
const problemsOfAll: readonly ErrorCode[] = ['invalid_request', 'internal'];
/** And any call with a body. */
const problemsOfBodies: readonly ErrorCode[] = [
  'empty_body',
  'request_timeout',
  'body_too_large',
  'unsupported_media_type',
];

/** Must be called before the routes are added. */
export async function describeApi(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', addCommonProblems);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Taxon',
        version: '1',
        description:
          'Image classification that you own and can retrain. Errors are RFC 9457 problem+json with a stable `code`. ' +
          'Beside those listed with each call there are 404 `not_found` and 405 `method_not_allowed` (with `Allow`) where there is no ' +
          'such call, and 431 `headers_too_large`.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/', description: 'The server that this document comes from' }],
      tags: [
        { name: 'classify', description: 'Images in, classes out' },
        { name: 'feedback', description: 'Corrections by users, and their review' },
        { name: 'capture', description: 'Images of requests that are kept for review, where that was turned on' },
        { name: 'models', description: 'Classifiers and their versions' },
        { name: 'datasets', description: 'Labelled images to train on' },
        { name: 'training', description: 'Trainings in the background' },
        { name: 'keys', description: 'Who may call' },
        { name: 'session', description: 'Signing in, and what the caller may do' },
        { name: 'webhooks', description: 'Who is told of what happens' },
        { name: 'operations', description: 'Probes and metrics' },
        { name: 'open inference protocol', description: 'Version 2, as KServe and Triton speak it' },
      ],
      // Where an operation says nothing else. A key is needed for it with AUTH=required, and taken without.
      security: [{}, ...keySecurity],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'A key with the scope of the call' },
          apiKey: {
            type: 'apiKey',
            in: 'header',
            name: 'x-api-key',
            description: 'The same key in a header of its own',
          },
        },
      },
    },
    transform: (document) => {
      const { schema, url } = jsonSchemaTransform(document);
      const content = document.route.config?.requestBody;
      return { schema: content === undefined ? schema : { ...schema, body: { content } }, url };
    },
    transformObject: (document) => {
      const described = jsonSchemaTransformObject(document) as Partial<OpenAPIV3_1.Document>;
      for (const path of Object.values(described.paths ?? {})) markOptionalBodies(path ?? {});
      nameSchemas(described);
      return described;
    },
  });
}

export const docsRoutes: FastifyPluginAsync = async (app) => {
  await app.register(swaggerUi, { routePrefix: '/docs' });
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
};

function addCommonProblems(route: RouteOptions): void {
  if (route.schema === undefined || route.schema.hide === true) return;
  const hasBody = route.schema.body !== undefined || route.config?.requestBody !== undefined;
  const codes = [...problemsOfAll, ...(hasBody ? problemsOfBodies : [])];
  const response = withProblems(route.schema.response as Record<string, unknown> | undefined, codes);
  route.schema = { ...route.schema, response };
}

/** A body that may be null may be absent too, and the generator calls every body required. */
function markOptionalBodies(path: OpenAPIV3_1.PathItemObject): void {
  for (const { requestBody } of Object.values(path) as OpenAPIV3_1.OperationObject[]) {
    if (requestBody === undefined || '$ref' in requestBody) continue;
    const { anyOf = [] } = (requestBody.content['application/json']?.schema ?? {}) as OpenAPIV3_1.SchemaObject;
    if (anyOf.some((one) => 'type' in one && one.type === 'null')) requestBody.required = false;
  }
}
