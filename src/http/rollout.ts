// PUT, GET and DELETE /v1/admin/models/{name}/rollout: a version that answers a share of the requests before it is activated, others that
// are scored beside the active one, and what came of it.
import type { FastifyPluginAsync } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  conditionsSchema,
  noCounts,
  noRollout,
  planSchema,
  rolloutStateSchema,
  stepSchema,
  type Plan,
} from '../data/classifiers/rollouts.js';
import type { ApiKeys } from '../data/keys/apiKeys.js';
import { AppError } from '../errors.js';
import { classifierNameSchema } from '../models/manifest.js';
import { judge, shareOf } from '../serving/rollout/conditions.js';
import type { RolloutReport, RolloutService } from '../serving/rollout/rolloutService.js';
import { authProblems, keySecurity, type RequireScope } from './auth.js';
import { clientHeader } from './client.js';
import { problems } from './problem.js';

export interface RolloutRouteDeps {
  readonly rollouts: Pick<RolloutService, 'set' | 'end' | 'reports'>;
  readonly keys: Pick<ApiKeys, 'list'>;
  readonly requireScope: RequireScope;
}

/** Rollouts of a classifier that are listed, at most. */
const maxListed = 20;

const { version, percent, keys, shadows } = planSchema.shape;
const fields = {
  version: version.meta({ description: 'The canary: it answers in place of the active version' }),
  percent: percent.meta({ description: 'Of the requests that name no version' }),
  keys: keys.meta({ description: 'Ids of API keys whose requests it answers, all of them; known with AUTH=required' }),
  shadows: shadows.meta({ description: 'Further versions that are scored beside the active one and answer nobody' }),
};

const newRolloutSchema = z
  .strictObject({
    version: fields.version,
    percent: fields.percent.default(0),
    keys: fields.keys.default([]),
    shadows: fields.shadows.default([]),
    conditions: conditionsSchema.optional(),
  })
  .meta({ id: 'NewRollout' });

const shareSchema = (description: string) => z.number().nullable().meta({ description });

const versionSchema = z
  .object({
    version: z.int(),
    role: z.enum(['active', 'canary', 'shadow']).meta({ description: 'When the rollout began' }),
    requests: z.int().meta({ description: 'That named no version, and were answered by this one' }),
    errors: z.int().meta({ description: 'Of the requests, those that failed through a fault of the server' }),
    errorRate: shareSchema('Of the requests; null where there are none, as with each share'),
    meanMs: shareSchema('Milliseconds from the arrival of a request’s images to the result'),
    images: z.int().meta({ description: 'That it answered; of a shadow, that it was scored on' }),
    unknownShare: shareSchema('Of the images that it answered; null too where it cannot tell'),
    meanTopProbability: shareSchema('Of the most probable class of its images'),
    compared: z.int().meta({ description: 'Images of which the active version’s class is known too' }),
    agreed: z.int().meta({ description: 'Of those, the ones of which both say the same' }),
    agreement: shareSchema('With the active version'),
    corrections: z.int().meta({ description: 'Images that users corrected since, as far as it was asked about them' }),
    right: z.int().meta({ description: 'Of those, the ones of which it says what the user says' }),
    correctedAccuracy: shareSchema('On these images: they are those that some version got wrong, mostly'),
  })
  .meta({ id: 'RolloutVersion' });

const rolloutSchema = z
  .object({
    name: z.string(),
    state: rolloutStateSchema.meta({
      description:
        'promoted: its version was activated; failed: a condition did not hold; ended: by request, or by the activation of another version',
    }),
    ...fields,
    conditions: conditionsSchema.nullable(),
    waitingFor: z.string().nullable().meta({ description: 'What is missing until the conditions are judged' }),
    startedAt: z.date(),
    endedAt: z.date().nullable(),
    versions: z.array(versionSchema).meta({ description: 'What each has shown, on all servers together' }),
    steps: z.array(stepSchema).meta({ description: 'The oldest first' }),
  })
  .meta({ id: 'Rollout' });

const common = {
  tags: ['models'],
  security: keySecurity,
  params: z.object({ name: classifierNameSchema }),
};
const refusals = ['invalid_request', 'unknown_model', 'database_unavailable'] as const;

const setRoute = {
  ...common,
  operationId: 'putRollout',
  summary: 'Let a version answer a share of the requests, or score versions beside the active one',
  description:
    `Of the requests that classify and name no version, on all servers that share the database. A client that sends \`${clientHeader}\`, or a key, gets the same version each time; others get one by chance. ` +
    'Versions on the backbone of the active one are scored on what either answers, after the answer, at the price of a head. With the same `version` the rollout that runs is changed and counts on; with another one it ends and the next begins.',
  body: newRolloutSchema,
  response: {
    200: rolloutSchema,
    ...authProblems,
    ...problems(...refusals, 'unknown_version', 'unknown_key', 'conflict', 'invalid_model', 'engine_unavailable'),
  },
};

const getRoute = {
  ...common,
  operationId: 'getRollout',
  summary: 'The rollout that runs, or the last one',
  response: { 200: rolloutSchema, ...authProblems, ...problems(...refusals, 'not_found') },
};

const listRoute = {
  ...common,
  operationId: 'listRollouts',
  summary: 'The last rollouts of a classifier',
  querystring: z.object({ limit: z.coerce.number().int().min(1).max(maxListed).default(maxListed) }),
  response: {
    200: z.object({ rollouts: z.array(rolloutSchema) }).meta({ id: 'RolloutList', description: 'The newest first' }),
    ...authProblems,
    ...problems(...refusals),
  },
};

const endRoute = {
  ...common,
  operationId: 'endRollout',
  summary: 'End the rollout: the active version answers every request again',
  response: {
    204: z.null().meta({ description: 'It has ended.' }),
    ...authProblems,
    ...problems(...refusals, 'not_found'),
  },
};

export const rolloutRoutes =
  ({ rollouts, keys, requireScope }: RolloutRouteDeps): FastifyPluginAsync =>
  async (plain) => {
    const app = plain.withTypeProvider<ZodTypeProvider>();
    app.addHook('onRequest', requireScope('train'));
    const path = '/v1/admin/models/:name/rollout';
    const present = async (name: string, count: number) => {
      const reports = await rollouts.reports(name, count);
      return reports.map(presentReport);
    };

    app.put(path, { schema: setRoute }, async ({ params: { name }, body }) => {
      const plan = planOf(body);
      await refuseUnknownKeys(keys, plan.keys);
      await rollouts.set(name, plan);
      return (await present(name, 1))[0]!;
    });

    app.get(path, { schema: getRoute }, async ({ params: { name } }) => {
      const [last] = await present(name, 1);
      if (last === undefined) throw noRollout(name);
      return last;
    });

    app.get(`${path}s`, { schema: listRoute }, async ({ params: { name }, query: { limit } }) => ({
      rollouts: await present(name, limit),
    }));

    app.delete(path, { schema: endRoute }, async ({ params: { name } }, reply) => {
      await rollouts.end(name);
      return reply.code(204).send(null);
    });
  };

/** The canary is compared in any case. */
const planOf = ({ shadows: asked, conditions, keys: ofKeys, ...plan }: z.output<typeof newRolloutSchema>): Plan => ({
  ...plan,
  keys: [...new Set(ofKeys)],
  shadows: [...new Set(asked)].filter((shadow) => shadow !== plan.version),
  conditions: conditions ?? null,
});

async function refuseUnknownKeys(keys: Pick<ApiKeys, 'list'>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const known = new Set((await keys.list()).map(({ id }) => id));
  const unknown = ids.filter((id) => !known.has(id));
  if (unknown.length > 0) throw new AppError('unknown_key', `There is no key with the id ${unknown[0]}.`);
}

type Role = z.output<typeof versionSchema>['role'];

function presentReport({ rollout, steps, counts, corrected }: RolloutReport): z.output<typeof rolloutSchema> {
  const { classifier: name, baseline, plan, state, startedAt, endedAt } = rollout;
  const presentVersion = (number: number, role: Role): z.output<typeof versionSchema> => {
    const { requests, errors, ms, images, judged, unknown, topProbability, compared, agreed } =
      counts.get(number) ?? noCounts();
    const { corrections, right } = corrected.get(number) ?? { corrections: 0, right: 0 };
    return {
      version: number,
      role,
      requests,
      errors,
      errorRate: shareOf(errors, requests) ?? null,
      meanMs: shareOf(ms, requests) ?? null,
      images,
      unknownShare: shareOf(unknown, judged) ?? null,
      meanTopProbability: shareOf(topProbability, images) ?? null,
      compared,
      agreed,
      agreement: shareOf(agreed, compared) ?? null,
      corrections,
      right,
      correctedAccuracy: shareOf(right, corrections) ?? null,
    };
  };
  return {
    name,
    state,
    ...plan,
    waitingFor: state === 'running' ? waitingFor({ rollout, steps, counts, corrected }) : null,
    startedAt,
    endedAt,
    versions: [
      presentVersion(baseline, 'active'),
      presentVersion(plan.version, 'canary'),
      ...plan.shadows.map((shadow) => presentVersion(shadow, 'shadow')),
    ],
    steps: [...steps],
  };
}

function waitingFor({ rollout, counts, corrected }: RolloutReport): string | null {
  const { version: canary, conditions } = rollout.plan;
  if (conditions === null) return null;
  const verdict = judge(
    conditions,
    counts.get(canary) ?? noCounts(),
    corrected.get(canary) ?? { corrections: 0, right: 0 },
  );
  return verdict.is === 'wait' ? verdict.reason : null;
}
