// GET /v1/admin/models/{name}/drift: whether the images of the last day are like those that the active version was made with.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { driftHours } from '../data/classifiers/driftCounts.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { DriftReport, DriftService } from '../serving/drift/driftService.js';
import { driftedFrom, leastImages, steadyBelow } from '../serving/drift/stability.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { problems } from './problem.js';

export interface DriftRouteDeps {
  readonly drift: Pick<DriftService, 'report'>;
  readonly requireScope: RequireScope;
}

const share = (description: string) => z.number().min(0).max(1).meta({ description });
const index = (description: string) => z.number().nullable().meta({ description });

const classSchema = z
  .object({
    label: z.string(),
    expected: share('Of the held-out images of the training, taken for this class'),
    seen: share('Of the images of the last day; 0 where there are none'),
  })
  .meta({ id: 'DriftClass' });

const limitsSchema = z.object({ embeddings: z.number(), classes: z.number() }).meta({ id: 'DriftLimits' });

const driftSchema = z
  .object({
    name: z.string(),
    version: z.int().meta({ description: 'The active one' }),
    state: z.enum(['unknown', 'collecting', 'steady', 'drifted']).meta({
      description:
        'unknown: the version was made without what images are compared with, or is not loaded; collecting: too few images yet',
    }),
    since: z
      .date()
      .nullable()
      .meta({ description: 'When the version was first found drifted, or no longer; null: never' }),
    hours: z.int().meta({ description: 'What is looked back on' }),
    images: z.int().meta({ description: 'That the version answered in this time, on all servers together' }),
    leastImages: z.int().meta({ description: 'With fewer nothing is said' }),
    embeddings: index(
      'Population stability index of the embeddings, what chance adds to it taken away; null: nothing can be said',
    ),
    classes: index(
      'The same of the classes that images are taken for; null too where too few held-out images tell what to expect',
    ),
    driftedFrom: limitsSchema.meta({ description: 'An index from here on is drift' }),
    steadyBelow: limitsSchema.meta({ description: 'Drift ends when both are below these' }),
    mix: z.array(classSchema).meta({ description: 'In the order of the labels; empty where the state is unknown' }),
  })
  .meta({ id: 'Drift' });

const route = {
  tags: ['models'],
  security: keySecurity,
  operationId: 'getDrift',
  summary: 'Whether a classifier still sees images like those of its training',
  description:
    'Compares the embeddings and the classes of the images that the active version answered in the last day with those of its training. Webhooks are told of `classifier.drifted`.',
  params: z.object({ name: classifierNameSchema }),
  response: { 200: driftSchema, ...authProblems, ...problems('invalid_request', 'unknown_model') },
};

export const driftRoutes =
  ({ drift, requireScope }: DriftRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('metrics'));
    app.get('/v1/admin/models/:name/drift', { schema: route }, async ({ params: { name } }) =>
      presentReport(await drift.report(name)),
    );
  };

function presentReport({
  name,
  version,
  labels,
  baseline,
  seen,
  stability,
  state,
}: DriftReport): z.output<typeof driftSchema> {
  const { embeddings = null, classes = null } = stability;
  const shareOf = (counts: readonly number[], label: number): number => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : counts[label]! / total;
  };
  return {
    name,
    version,
    state:
      baseline === undefined
        ? 'unknown'
        : embeddings === null
          ? 'collecting'
          : state?.drifted === true
            ? 'drifted'
            : 'steady',
    since: state?.changedAt ?? null,
    hours: driftHours,
    images: seen?.images ?? 0,
    leastImages,
    embeddings,
    classes,
    driftedFrom,
    steadyBelow,
    mix:
      baseline && seen
        ? labels.map((label, i) => ({ label, expected: shareOf(baseline.classes, i), seen: shareOf(seen.classes, i) }))
        : [],
  };
}
