// /v1/admin/webhooks: register, list, look at, delete and try webhooks.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { deliverySchema, newWebhookSchema, webhookSchema } from '../data/webhooks/schemas.js';
import type { Webhooks } from '../data/webhooks/webhooks.js';
import type { IsAllowed } from '../publicAddresses.js';
import { checkUrl } from '../webhooks/post.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface WebhookRouteDeps {
  readonly webhooks: Webhooks;
  /** Which addresses a webhook may have. */
  readonly isAllowed: IsAllowed;
  readonly requireScope: RequireScope;
}

const shownDeliveries = 50;

const createdSchema = webhookSchema
  .extend({ secret: z.string().meta({ description: 'Signs what is sent, shown this once', example: 'whsec_…' }) })
  .meta({ id: 'CreatedWebhook' });
const detailedSchema = webhookSchema
  .extend({
    deliveries: z.array(deliverySchema).meta({ description: `The last ${shownDeliveries}, the newest first` }),
  })
  .meta({ id: 'WebhookDetails' });
const listSchema = z.object({ webhooks: z.array(webhookSchema) }).meta({ id: 'WebhookList' });

const common = { tags: ['webhooks'], security: keySecurity };
const ofOne = { ...common, params: z.object({ id: z.uuid() }) };
const oneProblems = { ...problems('invalid_request', 'unknown_webhook'), ...authProblems };

const createRoute = {
  ...common,
  operationId: 'createWebhook',
  summary: 'Register a webhook',
  description: 'Its events are posted as Standard Webhooks: signed, again with growing pauses until the answer is 2xx.',
  body: newWebhookSchema,
  response: { 201: createdSchema, ...problems('invalid_request', 'conflict'), ...authProblems },
};

const listRoute = {
  ...common,
  operationId: 'listWebhooks',
  summary: 'List the webhooks',
  response: { 200: listSchema, ...authProblems },
};

const getRoute = {
  ...ofOne,
  operationId: 'getWebhook',
  summary: 'One webhook, with its last deliveries',
  response: { 200: detailedSchema, ...oneProblems },
};

const removeRoute = {
  ...ofOne,
  operationId: 'deleteWebhook',
  summary: 'Delete a webhook',
  description: 'What waits to be sent to it is not sent any more.',
  response: { 204: z.null().meta({ description: 'Deleted' }), ...oneProblems },
};

const testRoute = {
  ...ofOne,
  operationId: 'testWebhook',
  summary: 'Send a test event to a webhook',
  description: 'An event of the type `webhook.test`; the webhook shows how its delivery went.',
  response: { 202: deliverySchema, ...oneProblems, ...problems('conflict') },
};

export const webhookRoutes =
  ({ webhooks, isAllowed, requireScope }: WebhookRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('admin'));
    const path = '/v1/admin/webhooks';

    app.post(path, { schema: createRoute }, async ({ body }, reply) => {
      checkUrl(body.url, isAllowed);
      const created = await webhooks.create(body);
      return reply
        .code(201)
        .header('location', `${path}/${created.id}`)
        .header('cache-control', 'no-store')
        .send(created);
    });

    app.get(path, { schema: listRoute }, async () => ({ webhooks: await webhooks.list() }));

    app.get(`${path}/:id`, { schema: getRoute }, async ({ params: { id } }) => ({
      ...(await webhooks.get(id)),
      deliveries: await webhooks.deliveries(id, shownDeliveries),
    }));

    app.delete(`${path}/:id`, { schema: removeRoute }, async ({ params: { id } }, reply) => {
      await webhooks.remove(id);
      return reply.code(204).send(null);
    });

    app.post(`${path}/:id/test`, { schema: testRoute }, async ({ params: { id } }, reply) =>
      reply.code(202).send(await webhooks.test(id)),
    );
  };
