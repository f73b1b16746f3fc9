// taxon models auto-retrain: a classifier is trained again by itself.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { JsonBody } from './adminClient.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { numberTo, wholeNumber } from './numbers.js';
import { factsOf, show } from './output.js';

const shownSchema = z.looseObject({
  model: z.string(),
  settings: z
    .looseObject({
      dataset: z.string(),
      afterCorrections: z.int().optional(),
      schedule: z.object({ cron: z.string(), timeZone: z.string() }).optional(),
    })
    .nullable(),
  stage: z.string(),
  corrections: z.int(),
  nextRunAt: z.string().nullable(),
  waitingFor: z.string().nullable(),
  steps: z.array(z.looseObject({ at: z.string(), kind: z.string(), reason: z.string() })),
});
type Shown = z.infer<typeof shownSchema>;

interface AutoRetrainOptions extends ConnectionOptions {
  readonly dataset?: string;
  readonly after?: number;
  readonly schedule?: string;
  readonly timeZone?: string;
  readonly interval?: number;
  readonly activate?: string;
  readonly shadow?: number;
  readonly minAgreement?: number;
  readonly percent?: number;
  readonly requests?: number;
  readonly maxErrorRate?: number;
  readonly preset?: string;
  readonly off?: boolean;
}

export const autoRetrainCommand = (): Command =>
  withConnectionOptions(
    new Command('auto-retrain')
      .description('Have a classifier trained again by itself, or show what it waits for and what it decided.')
      .argument('<name>', 'the classifier')
      .option('--dataset <name>', 'turn it on: train on this dataset; without it, it is shown')
      .option('--after <corrections>', 'when so many images were added, removed or labelled anew', wholeNumber(1))
      .option('--schedule <cron>', "at these times, if any was: minute, hour, day, month, weekday, as '0 3 * * *'")
      .option('--time-zone <name>', 'with --schedule: of its clock (default: UTC)')
      .option('--interval <seconds>', 'at least, between two trainings (default: 3600)', wholeNumber(0))
      .addOption(
        new Option('--activate <when>', 'what happens to the version (default: if-better)').choices([
          'if-better',
          'never',
          'rollout',
        ]),
      )
      .option('--shadow <images>', 'with --activate rollout: score it on so many first', wholeNumber(1))
      .option('--min-agreement <share>', 'with --shadow: with the active version, 0 to 1', numberTo(1))
      .option('--percent <number>', 'with --activate rollout: of the requests (default: 10)', numberTo(100))
      .option('--requests <number>', 'with --activate rollout: judge it after so many', wholeNumber(1))
      .option('--max-error-rate <share>', 'with --requests: of them, 0 to 1', numberTo(1))
      .addOption(new Option('--preset <name>', 'of the trainings').choices(['default', 'keras']))
      .option('--off', 'turn it off'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon models auto-retrain flowers --dataset flowers --after 50',
        "taxon models auto-retrain flowers --dataset flowers --schedule '0 3 * * *' --time-zone Europe/Berlin",
        'taxon models auto-retrain flowers --dataset flowers --after 50 --activate rollout --shadow 500 --requests 1000 --max-error-rate 0.01',
        'taxon models auto-retrain flowers',
        'taxon models auto-retrain flowers --off',
      ),
    )
    .action(async (name: string, options: AutoRetrainOptions) => {
      const path = `/v1/models/${encodeURIComponent(name)}/auto-retrain`;
      if (options.off === true) {
        if (options.dataset !== undefined) throw new UsageError('Give --dataset, or --off.');
        await withConnection(options, ({ client }) => client.call(z.undefined(), 'DELETE', path));
        show(options, { off: { name } }, () => `${name} is trained by request alone.`);
        return;
      }
      const settings = settingsOf(options);
      const shown = await withConnection(options, ({ client }) =>
        settings === undefined
          ? client.call(shownSchema, 'GET', path)
          : client.call(shownSchema, 'PUT', path, () => new JsonBody(settings)),
      );
      show(options, shown, () => describe(shown));
    });

/** undefined: it is to be shown. Throws UsageError for options that mean nothing beside the others. */
function settingsOf(options: AutoRetrainOptions): object | undefined {
  const { dataset, after, schedule, timeZone, interval, preset } = options;
  if (dataset === undefined) {
    if ([after, schedule, timeZone, interval, options.activate, preset].some((value) => value !== undefined))
      throw new UsageError('To turn it on, give --dataset: the images that it is trained on.');
    return undefined;
  }
  if (after === undefined && schedule === undefined)
    throw new UsageError('Say when: --after so many corrections, --schedule, or both.');
  if (timeZone !== undefined && schedule === undefined) throw new UsageError('--time-zone needs --schedule.');
  return {
    dataset,
    ...(after !== undefined && { afterCorrections: after }),
    ...(schedule !== undefined && { schedule: { cron: schedule, ...(timeZone !== undefined && { timeZone }) } }),
    ...(interval !== undefined && { minimumIntervalSeconds: interval }),
    ...(preset !== undefined && { preset }),
    ...activationOf(options),
  };
}

function activationOf({
  activate,
  shadow,
  minAgreement,
  percent = 10,
  requests,
  maxErrorRate,
}: AutoRetrainOptions): object {
  if (activate !== 'rollout') {
    if (shadow !== undefined || requests !== undefined)
      throw new UsageError('--shadow and --requests need --activate rollout.');
    return activate === undefined ? {} : { activate };
  }
  if (requests === undefined)
    throw new UsageError('A rollout needs --requests: the number of requests that it is judged after.');
  return {
    activate: {
      ...(shadow !== undefined && { shadow: { images: shadow, ...(minAgreement !== undefined && { minAgreement }) } }),
      percent,
      conditions: { after: requests, ...(maxErrorRate !== undefined && { maxErrorRate }) },
    },
  };
}

function describe({ model, settings, stage, corrections, nextRunAt, waitingFor, steps }: Shown): string {
  if (settings === null) return `${model} is trained by request alone.`;
  const { dataset, afterCorrections, schedule } = settings;
  const facts = factsOf([
    ['classifier', model],
    ['dataset', dataset],
    ['corrections', afterCorrections === undefined ? String(corrections) : `${corrections} of ${afterCorrections}`],
    ...(schedule === undefined ? [] : [['schedule', `${schedule.cron} (${schedule.timeZone})`] as const]),
    ...(nextRunAt === null ? [] : [['next time', nextRunAt] as const]),
    ['stage', stage],
    ...(waitingFor === null ? [] : [['waits for', waitingFor] as const]),
  ]);
  const told = steps.map(({ at, kind, reason }) => `${at.slice(0, 16).replace('T', ' ')}  ${kind}: ${reason}`);
  return [facts, told.join('\n')].join('\n\n');
}
