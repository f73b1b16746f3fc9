// taxon bench: how many images a second a server classifies, and how long each takes; of this machine's own engine where none is named.
import { Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../config.js';
import { AppError } from '../errors.js';
import { AdminClient } from './adminClient.js';
import { imageSize } from './bench/drawnImages.js';
import { measure, type Level, type Target } from './bench/measure.js';
import { startOwnServer } from './bench/ownServer.js';

/** An empty variable counts as not set. */
const textSchema = z
  .string()
  .transform((text) => (text === '' ? undefined : text))
  .optional();

const optionsSchema = z.object({
  url: textSchema,
  key: textSchema,
  model: z.string().optional(),
  seconds: z.number(),
  inFlight: z.array(z.int()),
  json: z.boolean().default(false),
});
type Options = z.infer<typeof optionsSchema>;

const secondsOf = (text: string): number => {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new InvalidArgumentError('It must be a number of seconds above 0.');
  return seconds;
};

const mostInFlight = 1024;

const levelsOf = (text: string): number[] => {
  const levels = text.split(',').map(Number);
  if (!levels.every((level) => Number.isInteger(level) && level >= 1 && level <= mostInFlight))
    throw new InvalidArgumentError(`They must be whole numbers from 1 to ${mostInFlight}, comma-separated.`);
  return levels;
};

export const benchCommand = (): Command =>
  new Command('bench')
    .description("Measure how fast a server classifies, or this machine's own engine where none is named.")
    .addOption(new Option('--url <url>', 'server to measure (default: one of its own, for the time)').env('TAXON_URL'))
    .addOption(
      new Option('--key <key>', 'API key with the scope classify, where the server asks for one').env('TAXON_API_KEY'),
    )
    .option('-m, --model <name>', 'classifier (default: the one that answers when none is named)')
    .option('-s, --seconds <number>', 'how long each load lasts', secondsOf, 5)
    .option('-c, --in-flight <numbers>', 'requests at a time, comma-separated', levelsOf, [1, 4, 16])
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
It sends drawn JPEGs of ${imageSize.width} × ${imageSize.height}, each in bytes of its own. Beside a server, or other work, on the same cores
the figures are those of the rest.

Examples:
  taxon bench
  taxon bench --url http://gpu.example:3000 --in-flight 1,16,64 --json`,
    )
    .action((options: unknown) => bench(optionsSchema.parse(options)));

async function bench({ url, ...options }: Options): Promise<void> {
  if (url !== undefined) return run(url.replace(/\/+$/, ''), options);
  tell('starting a server of its own');
  const server = await startOwnServer(loadConfig(process.env));
  try {
    await run(server.url, options);
  } finally {
    await server.close();
  }
}

const modelsSchema = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      default: z.boolean(),
      activeVersion: z.int(),
      precision: z.object({ name: z.string() }),
      engine: z.object({ engine: z.string(), device: z.string(), deviceName: z.string(), threads: z.int() }),
    }),
  ),
});
type Classifier = z.infer<typeof modelsSchema>['models'][number];

async function run(url: string, { key, model, seconds, inFlight, json }: Omit<Options, 'url'>): Promise<void> {
  const classifier = await findClassifier({ url, key, model });
  const onLevel = (level: number): void => tell(`${level} in flight, ${seconds} s`);
  const levels = await measure({ url, key, model }, { inFlight, seconds, onLevel });
  console.log(json ? JSON.stringify(documentOf(classifier, levels), null, 2) : describe(classifier, levels));
  if (levels.some(({ requests, failures }) => requests === failures)) process.exitCode = 1;
}

/** Progress, where somebody watches. */
const tell = (text: string): void => {
  if (process.stderr.isTTY) console.error(text);
};

async function findClassifier({ url, key, model }: Target): Promise<Classifier> {
  const { models } = await new AdminClient({ url, key }).call(modelsSchema, 'GET', '/v1/models');
  const found = models.find((one) => (model === undefined ? one.default : one.name === model));
  if (found !== undefined) return found;
  throw new AppError(
    'unknown_model',
    model === undefined ? 'The server has no classifier.' : `The server has no classifier ${model}.`,
  );
}

const rounded = (value: number): number => Number(value.toFixed(1));

const documentOf = ({ name, activeVersion, precision, engine }: Classifier, levels: readonly Level[]) => ({
  model: { name, version: activeVersion },
  precision: precision.name,
  engine,
  image: imageSize,
  levels: levels.map(({ inFlight, requests, failures, failed, perSecond, p50Ms, p95Ms, p99Ms }) => ({
    inFlight,
    requests,
    failures,
    failed,
    imagesPerSecond: rounded(perSecond),
    p50Ms: rounded(p50Ms),
    p95Ms: rounded(p95Ms),
    p99Ms: rounded(p99Ms),
  })),
});

const columns = ['in flight', 'images/s', 'p50 ms', 'p95 ms', 'p99 ms', 'failed'] as const;

function describe({ name, activeVersion, precision, engine }: Classifier, levels: readonly Level[]): string {
  const rows = levels.map(({ inFlight, perSecond, p50Ms, p95Ms, p99Ms, failed }) => [
    String(inFlight),
    perSecond.toFixed(1),
    ...[p50Ms, p95Ms, p99Ms].map((value) => value.toFixed(0)),
    Object.entries(failed)
      .map(([status, times]) => `${times} × ${status}`)
      .join(', ') || '0',
  ]);
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => cell.padStart(columns[column]!.length)).join('  ');
  return [
    `${name} version ${activeVersion} in ${precision.name}, ${engine.engine} on ${engine.deviceName} (${engine.device}, ${engine.threads} threads), ${imageSize.width} × ${imageSize.height} JPEGs`,
    '',
    line(columns),
    ...rows.map(line),
  ].join('\n');
}
