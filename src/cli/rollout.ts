// taxon models rollout: a version answers a share of the requests before it is activated.
import { Command } from 'commander';
import { z } from 'zod';
import { JsonBody } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { numberTo, wholeNumber } from './numbers.js';
import { factsOf, percent, show, tableOf } from './output.js';

const rolloutSchema = z.looseObject({
  name: z.string(),
  state: z.string(),
  version: z.int(),
  percent: z.number(),
  keys: z.array(z.string()),
  waitingFor: z.string().nullable(),
  versions: z.array(
    z.looseObject({
      version: z.int(),
      role: z.string(),
      requests: z.int(),
      errorRate: z.number().nullable(),
      meanMs: z.number().nullable(),
      meanTopProbability: z.number().nullable(),
      agreement: z.number().nullable(),
      corrections: z.int(),
      right: z.int(),
    }),
  ),
  steps: z.array(z.object({ at: z.string(), kind: z.string(), reason: z.string() })),
});
type Rollout = z.infer<typeof rolloutSchema>;

interface RolloutOptions extends ConnectionOptions {
  readonly percent?: number;
  readonly apiKey?: string[];
  readonly shadow?: number[];
  readonly after?: number;
  readonly maxErrorRate?: number;
  readonly minAgreement?: number;
  readonly maxUnknownShare?: number;
  readonly minCorrectedAccuracy?: number;
  readonly end?: boolean;
}

const versionNumbers = (text: string, before: number[] = []): number[] => [...before, wholeNumber(1)(text)];

export const rolloutCommand = (): Command =>
  withConnectionOptions(
    new Command('rollout')
      .description('Let a version answer a share of the requests before it is activated, or show how it does.')
      .argument('<name>', 'the classifier')
      .argument('[version]', 'the version to roll out; without it, the rollout is shown', wholeNumber(1))
      .option('--percent <number>', 'of the requests that name no version (default: 0)', numberTo(100))
      .option('--api-key <ids...>', 'ids of API keys whose requests it answers, all of them')
      .option('--shadow <versions...>', 'further versions, scored beside the active one', versionNumbers)
      .option(
        '--after <requests>',
        'judge it when it has answered this many, and activate it or end the rollout',
        wholeNumber(1),
      )
      .option('--max-error-rate <share>', 'with --after: of its requests, 0 to 1', numberTo(1))
      .option('--min-agreement <share>', 'with --after: with the active version', numberTo(1))
      .option('--max-unknown-share <share>', 'with --after: of its images', numberTo(1))
      .option('--min-corrected-accuracy <share>', 'with --after: on images that users corrected', numberTo(1))
      .option('--end', 'end it: the active version answers every request again'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon models rollout flowers 2 --percent 10',
        'taxon models rollout flowers 2 --percent 10 --after 1000 --max-error-rate 0.01 --min-agreement 0.9',
        'taxon models rollout flowers 2 --shadow 3 4',
        'taxon models rollout flowers',
        'taxon models rollout flowers --end',
      ),
    )
    .action(async (name: string, version: number | undefined, options: RolloutOptions) => {
      const path = `/v1/admin/models/${encodeURIComponent(name)}/rollout`;
      if (options.end === true) {
        if (version !== undefined) throw new UsageError('Give a version, or --end.');
        await withConnection(options, ({ client }) => client.call(z.undefined(), 'DELETE', path));
        show(options, { ended: { name } }, () => `The rollout of ${name} has ended; its active version answers.`);
        return;
      }
      const plan = version === undefined ? undefined : planOf(version, options);
      const rollout = await withConnection(options, ({ client }) =>
        plan === undefined
          ? client.call(rolloutSchema, 'GET', path)
          : client.call(rolloutSchema, 'PUT', path, () => new JsonBody(plan)),
      );
      show(options, rollout, () => describe(rollout));
    });

/** Throws UsageError for a condition without the number of requests that it is judged after. */
function planOf(version: number, options: RolloutOptions): object {
  const { percent: share, apiKey, shadow, after } = options;
  const conditions = {
    ...(options.maxErrorRate !== undefined && { maxErrorRate: options.maxErrorRate }),
    ...(options.minAgreement !== undefined && { minAgreement: options.minAgreement }),
    ...(options.maxUnknownShare !== undefined && { maxUnknownShare: options.maxUnknownShare }),
    ...(options.minCorrectedAccuracy !== undefined && { minCorrectedAccuracy: options.minCorrectedAccuracy }),
  };
  if (after === undefined && Object.keys(conditions).length > 0)
    throw new UsageError('Conditions need --after: the number of requests that they are judged after.');
  return {
    version,
    ...(share !== undefined && { percent: share }),
    ...(apiKey && { keys: apiKey }),
    ...(shadow && { shadows: shadow }),
    ...(after !== undefined && { conditions: { after, ...conditions } }),
  };
}

function describe({ name, state, version, percent: share, keys, waitingFor, versions, steps }: Rollout): string {
  const ofKeys = keys.length > 0 ? `, and those of ${keys.length} API ${keys.length === 1 ? 'key' : 'keys'}` : '';
  const facts = factsOf([
    ['classifier', name],
    ['rollout', state],
    ['canary', `version ${version}, ${share} % of the requests${ofKeys}`],
    ...(waitingFor === null ? [] : [['waits for', waitingFor] as const]),
  ]);
  const table = tableOf(
    [
      { title: 'VERSION', align: 'right' },
      { title: 'ROLE' },
      { title: 'REQUESTS', align: 'right' },
      { title: 'ERRORS', align: 'right' },
      { title: 'MEAN MS', align: 'right' },
      { title: 'SURE', align: 'right' },
      { title: 'AGREES', align: 'right' },
      { title: 'CORRECTED', align: 'right' },
    ],
    versions.map((one) => [
      String(one.version),
      one.role,
      String(one.requests),
      shareOrNothing(one.errorRate),
      one.meanMs === null ? '' : one.meanMs.toFixed(1),
      shareOrNothing(one.meanTopProbability),
      shareOrNothing(one.agreement),
      one.corrections === 0 ? '' : `${one.right} of ${one.corrections}`,
    ]),
  );
  const told = steps.map(({ at, kind, reason }) => `${at.slice(0, 16).replace('T', ' ')}  ${kind}: ${reason}`);
  return [facts, table, told.join('\n')].join('\n\n');
}

const shareOrNothing = (share: number | null): string => (share === null ? '' : percent(share));
