// What an API key may do, for how long and how much.
import { z } from 'zod';
import { shortTextSchema } from '../shortText.js';

/** What a key may do: classify; train (also datasets and trainings); metrics (/metrics alone); admin (everything, keys too). */
export const scopeSchema = z.enum(['classify', 'train', 'metrics', 'admin']).meta({ id: 'Scope' });
export type Scope = z.infer<typeof scopeSchema>;

/** The scopes that each scope includes. */
export const includedScopes: Readonly<Record<Scope, readonly Scope[]>> = {
  classify: ['classify'],
  train: ['train', 'classify'],
  metrics: ['metrics'],
  admin: ['admin', 'train', 'classify', 'metrics'],
};

const nameSchema = shortTextSchema.meta({ description: 'For people to tell keys apart', example: 'till-3' });

const limit = (description: string) => z.int().min(1).max(1_000_000_000).nullable().meta({ description });

const limits = {
  requestsPerMinute: limit('In each replica; null: as RATE_LIMIT says'),
  requestsPerDay: limit('Of a day in UTC, in all replicas together, to within a minute of use; null: any number'),
};

const captureSchema = z.boolean().meta({
  description: 'Whether images of its requests may be kept for review, by classifiers that keep any',
});

const expirySchema = z.iso
  .datetime({ offset: true })
  .nullable()
  .meta({ description: 'When the key ends; null: not by itself', example: '2030-01-01T00:00:00Z' });

export const newKeySchema = z
  .object({
    name: nameSchema,
    scopes: z
      .array(scopeSchema)
      .min(1)
      .meta({ description: 'train includes classify, admin includes all; metrics is for GET /metrics' }),
    expiresAt: expirySchema.optional(),
    requestsPerMinute: limits.requestsPerMinute.optional(),
    requestsPerDay: limits.requestsPerDay.optional(),
    capture: captureSchema.optional(),
  })
  .meta({ id: 'NewApiKey' });
export type NewKey = z.infer<typeof newKeySchema>;

/** What is absent stays as it is. */
export const keyChangesSchema = newKeySchema.omit({ scopes: true }).partial().meta({ id: 'ApiKeyChanges' });
export type KeyChanges = z.infer<typeof keyChangesSchema>;

export const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: nameSchema,
    scopes: newKeySchema.shape.scopes,
    prefix: z.string().meta({ description: 'The first characters of the key' }),
    createdAt: z.date(),
    expiresAt: z.date().nullable().meta({ description: 'When the key ends; null: not by itself' }),
    ...limits,
    capture: captureSchema,
    lastUsedAt: z.date().nullable().meta({ description: 'To the minute' }),
    requestsToday: z.int().meta({ description: 'Since midnight in UTC, to within a minute of use' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof apiKeySchema>;
