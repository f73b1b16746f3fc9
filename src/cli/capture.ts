// taxon models capture: a share of the images that a classifier is asked about is kept for review.
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { JsonBody } from './adminClient.js';
import { confirm } from './confirm.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { numberTo } from './numbers.js';
import { factsOf, show } from './output.js';

const stateSchema = z.looseObject({
  model: z.string(),
  enabled: z.boolean(),
  share: z.number(),
  maxBytes: z.int(),
  maxAgeDays: z.int(),
  uncertainBelow: z.number().nullable(),
  withoutKey: z.boolean(),
  images: z.int(),
  bytes: z.int(),
  accepted: z.int(),
  oldestAt: z.string().nullable(),
});
type State = z.infer<typeof stateSchema>;

const forgottenSchema = z.looseObject({ captures: z.int(), imagesRemoved: z.int(), imagesInUse: z.int() });

interface CaptureOptions extends ConnectionOptions {
  readonly share?: number;
  readonly maxSize?: number;
  readonly maxAge?: number;
  readonly uncertainBelow?: number;
  readonly withoutKey?: boolean;
  readonly off?: boolean;
  readonly yes?: boolean;
}

const sizes: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** Throws InvalidArgumentError, which commander tells of. */
function bytesOf(text: string): number {
  const [, number, unit] = /^(\d{1,6}) ?([MGT]B)$/.exec(text) ?? [];
  const bytes = Number(number) * (sizes[unit ?? ''] ?? NaN);
  if (bytes >= 1) return bytes;
  throw new InvalidArgumentError('It must be a size such as 500MB or 2GB.');
}

/** Throws InvalidArgumentError. */
function daysOf(text: string): number {
  const days = Number(/^(\d{1,4}) ?d$/.exec(text)?.[1]);
  if (days >= 1 && days <= 3_650) return days;
  throw new InvalidArgumentError('It must be a number of days such as 30d, at most 3650d.');
}

export const captureCommand = (): Command =>
  withConnectionOptions(
    new Command('capture')
      .description(
        'Keep a share of the images that a classifier is asked about, for review, or show how many are kept.',
      )
      .argument('<name>', 'the classifier')
      .option('--share <number>', 'of the images of requests that may be kept, 0 to 1', numberTo(1))
      .option('--max-size <size>', 'of those that wait for review, such as 500MB (default: 1 GiB)', bytesOf)
      .option('--max-age <days>', 'after which those that wait go, such as 7d (default: 30d)', daysOf)
      .option('--uncertain-below <number>', 'only those that are unknown or less probable than this', numberTo(1))
      .option('--without-key', 'also of requests that come with no key')
      .option('--off', 'keep nothing any more, and forget what waits for review')
      .option('-y, --yes', 'with --off: do not ask'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon models capture flowers --share 0.1 --max-age 14d',
        'taxon models capture flowers --share 1 --uncertain-below 0.7 --max-size 500MB',
        'taxon models capture flowers',
        'taxon models capture flowers --off',
      ),
    )
    .action(async (name: string, options: CaptureOptions) => {
      const path = `/v1/models/${encodeURIComponent(name)}/capture`;
      const rule = ruleOf(options);
      if (options.off === true) {
        await confirm(`Forget the images of ${name} that wait for review?`, options);
        const forgotten = await withConnection(options, ({ client }) => client.call(forgottenSchema, 'DELETE', path));
        show(options, { off: { name, ...forgotten } }, () => describeOff(name, forgotten));
        return;
      }
      const state = await withConnection(options, ({ client }) =>
        rule === undefined
          ? client.call(stateSchema, 'GET', path)
          : client.call(stateSchema, 'PUT', path, () => new JsonBody(rule)),
      );
      show(options, state, () => describe(state));
    });

/** undefined: it is to be shown. Throws UsageError. */
function ruleOf({ share, maxSize, maxAge, uncertainBelow, withoutKey, off }: CaptureOptions): object | undefined {
  const others = {
    ...(maxSize !== undefined && { maxBytes: maxSize }),
    ...(maxAge !== undefined && { maxAgeDays: maxAge }),
    ...(uncertainBelow !== undefined && { uncertainBelow }),
    ...(withoutKey === true && { withoutKey }),
  };
  if (off === true && (share !== undefined || Object.keys(others).length > 0))
    throw new UsageError('Give a share, or --off.');
  if (share !== undefined) return { share, ...others };
  if (Object.keys(others).length > 0) throw new UsageError('Give the --share of the images, too.');
  return undefined;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function describe(state: State): string {
  const { model, enabled, share, maxBytes, maxAgeDays, uncertainBelow, withoutKey, images, bytes, accepted } = state;
  const which = uncertainBelow === null ? '' : `, if unknown or less probable than ${uncertainBelow}`;
  const rule = [
    ['keeps', `${share * 100} % of the images${which}`],
    ['of requests', withoutKey ? 'whose key consents, or that have none' : 'whose key consents'],
    ['at most', `${megabytes(maxBytes)}, for ${maxAgeDays} days`],
  ] as const;
  return factsOf([
    ['classifier', model],
    ...(enabled ? rule : [['keeps', 'nothing'] as const]),
    ['wait for review', `${images} of ${megabytes(bytes)}`],
    ['in datasets', String(accepted)],
  ]);
}

const describeOff = (name: string, { captures }: z.infer<typeof forgottenSchema>): string =>
  `Nothing of ${name} is kept any more; ${captures} ${captures === 1 ? 'image is' : 'images are'} forgotten.`;
