// What a webhook is told, where and how that went.
import { z } from 'zod';
import { shortTextSchema } from '../shortText.js';

/** What a webhook may ask to be told of. */
export const webhookEventSchema = z.enum([
  'training.succeeded',
  'training.failed',
  'training.cancelled',
  'version.activated',
  'version.rolled_back',
  'rollout.started',
  'rollout.changed',
  'rollout.promoted',
  'rollout.failed',
  'rollout.ended',
  'auto_retrain.decided',
  'classifier.drifted',
  'review_queue.above',
]);
export type WebhookEvent = z.infer<typeof webhookEventSchema>;

/** Sent on demand, to whatever webhook. */
export const testEvent = 'webhook.test';

const maxUrlLength = 2_000;

export const newWebhookSchema = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, abort: true })
      .max(maxUrlLength)
      .refine((url) => new URL(url).username === '' && new URL(url).password === '', 'no user name, no password')
      .refine((url) => new URL(url).hash === '', 'no fragment')
      .meta({ description: 'Where events are posted to', example: 'https://example.com/taxon' }),
    events: z
      .array(webhookEventSchema)
      .min(1)
      .transform((events) => [...new Set(events)]),
    description: shortTextSchema.optional().meta({ description: 'For people to tell webhooks apart' }),
    reviewQueueAbove: z.int().min(0).max(1_000_000_000).optional().meta({
      description:
        '`review_queue.above` is sent each time the corrections and captured images that wait for review become more than this, by default 0; without that event it means nothing',
    }),
  })
  .meta({ id: 'NewWebhook' });
export type NewWebhook = z.output<typeof newWebhookSchema>;

export const webhookSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    events: z.array(webhookEventSchema),
    description: z.string(),
    reviewQueueAbove: z.int().nullable().meta({ description: 'Of `review_queue.above`; null without that event' }),
    createdAt: z.date(),
  })
  .meta({ id: 'Webhook' });
export type Webhook = z.infer<typeof webhookSchema>;

export const deliverySchema = z
  .object({
    id: z.string().meta({ description: 'The header `webhook-id`, the same in every attempt' }),
    event: z.string(),
    state: z.enum(['waiting', 'delivered', 'failed']).meta({
      description: 'waiting: for its first attempt or the next; failed: there will be no other',
    }),
    attempts: z.int(),
    createdAt: z.date(),
    nextAttemptAt: z.date().nullable(),
    lastAttemptAt: z.date().nullable(),
    lastStatus: z.int().nullable().meta({ description: 'What the receiver answered last, if it did' }),
    lastError: z.string().nullable().meta({ description: 'Why the last attempt failed' }),
    endedAt: z.date().nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type Delivery = z.infer<typeof deliverySchema>;
