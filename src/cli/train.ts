// taxon train FOLDER: class folders become a dataset, and the dataset a version of a classifier.
import { basename, resolve } from 'node:path';
import { Command, Option } from 'commander';
import type { z } from 'zod';
import { datasetNameSchema, type Task } from '../data/datasets/schemas.js';
import { classifierNameSchema } from '../models/manifest.js';
import { withConnection, withConnectionOptions, type Connection, type ConnectionOptions } from './connection.js';
import {
  addAll,
  describeUpload,
  multiLabelOption,
  optionsFor,
  serverTarget,
  taskOf,
  tellFailures,
} from './datasetTarget.js';
import { InterruptedError, UsageError } from './exit.js';
import {
  cancelTraining,
  expectSuccess,
  followTraining,
  startTraining,
  type FollowedTraining,
} from './followTraining.js';
import { examples } from './help.js';
import { withAttributions } from './folderAttributions.js';
import { listImages } from './imageFolder.js';
import { wholeNumber } from './numbers.js';
import { factsOf, percent, show, tell } from './output.js';

interface TrainOptions extends ConnectionOptions {
  readonly name?: string;
  readonly dataset?: string;
  readonly multiLabel?: boolean;
  readonly activate?: string;
  readonly preset?: string;
  readonly backbone?: string;
  readonly fineTune?: boolean;
  readonly search?: number;
  readonly searchSeconds?: number;
}

export const trainCommand = (): Command =>
  withConnectionOptions(
    new Command('train')
      .description(
        'Train a classifier on a folder: class folders, or train, validation and test folders with class folders in them.',
      )
      .argument('<folder>', 'folder of the images')
      .option('-n, --name <name>', 'classifier, new or to be retrained (default: as the dataset)')
      .option('-d, --dataset <name>', "dataset that the images are kept in (default: the folder's name)")
      .option(...multiLabelOption)
      .addOption(
        new Option('--activate <when>', 'when the new version shall answer; the first one does in any case')
          .choices(['if-better', 'always', 'manual'])
          .default('if-better'),
      )
      .addOption(new Option('--preset <name>', 'hyper-parameters').choices(['default', 'keras']))
      .option('--backbone <name>', 'classifier whose backbone to build on (default: the best that is installed)')
      .option(
        '--fine-tune',
        'also train the upper blocks of the backbone: minutes to hours (needs TensorFlow, see docs/gpu.md)',
      )
      .option('--search <trials>', 'look for better hyper-parameters, trying so many (1 to 200)', wholeNumber(1, 200))
      .option('--search-seconds <n>', 'look for better hyper-parameters, for so many seconds', wholeNumber(1, 86_400)),
  )
    .addHelpText(
      'after',
      examples(
        'taxon train ./photos --name flowers',
        'taxon train ./more --dataset photos --name flowers --activate always',
        'taxon train ./scenes --multi-label --name scenes',
        'taxon train ./photos --name flowers --fine-tune',
        'taxon train ./photos --name flowers --search 30',
        'taxon train ./photos --name flowers --url https://taxon.example.com --key "$KEY" --json',
      ),
    )
    .action(train);

async function train(folder: string, options: TrainOptions): Promise<void> {
  const dataset = nameOf(datasetNameSchema, '--dataset', options.dataset ?? basename(resolve(folder)).toLowerCase());
  const model = nameOf(classifierNameSchema, '--name', options.name ?? dataset);
  const training = await withConnection(options, (connection) => run(connection, folder, dataset, model, options), {
    trains: true,
  });
  show(options, expectSuccess(training), () => describe(training));
}

/** Throws UsageError that names the option. */
function nameOf(schema: z.ZodType<string>, option: string, name: string): string {
  const parsed = schema.safeParse(name);
  if (parsed.success) return parsed.data;
  throw new UsageError(`"${name}" cannot be a name: give one with ${option}, 1 to 64 of a-z 0-9 . _ -`);
}

async function run(
  { client, lastingClient }: Connection,
  folder: string,
  dataset: string,
  model: string,
  options: TrainOptions,
): Promise<FollowedTraining> {
  const { activate, preset, backbone, fineTune, search, searchSeconds } = options;
  await upload(client, folder, dataset, taskOf(options));
  // Not ended by Ctrl-C: what was asked for could not be cancelled without its answer.
  const training = await startTraining(lastingClient, {
    dataset,
    model,
    activate,
    preset,
    backbone,
    ...(fineTune === true && { fineTune: 'top-blocks' }),
    ...((search ?? searchSeconds) !== undefined && { search: { trials: search ?? 200, seconds: searchSeconds } }),
  });
  try {
    return await followTraining(client, training);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    tell('Cancelling the training.');
    const { state } = await cancelTraining(lastingClient, training.id);
    throw new InterruptedError(
      state === 'cancelled' ? 'The training was cancelled.' : `The training had ended before: it ${state}.`,
    );
  }
}

async function upload(client: Connection['client'], folder: string, dataset: string, task: Task): Promise<void> {
  const images = await withAttributions(folder, await listImages(folder, task));
  if (images.length === 0) throw new UsageError(`There are no images in class folders in ${folder}.`);
  const target = serverTarget(client);
  await target.prepare(dataset, optionsFor(task));
  const results = await addAll(target, dataset, images);
  tellFailures(results);
  tell(describeUpload(dataset, results));
}

function describe({ model, version, dataset, metrics }: FollowedTraining): string {
  const { accuracy, accuracyInterval, evaluatedOn, images, activated, activationRefused, search, multiLabel } =
    metrics ?? {};
  return factsOf([
    ['classifier', `${model} version ${version ?? 'none'}, trained on ${dataset}`],
    ...(accuracy === undefined || accuracyInterval === undefined
      ? []
      : [
          [
            'accuracy',
            `${percent(accuracy)} of ${images?.heldOut ?? '?'} images that it was not trained on (${evaluatedOn ?? 'held out'})`,
          ] as const,
          ['95 % interval', `${percent(accuracyInterval.low)} to ${percent(accuracyInterval.high)}`] as const,
        ]),
    ...(multiLabel === undefined
      ? []
      : ([
          [
            'mean average precision',
            `${percent(multiLabel.meanAveragePrecision)} on ${images?.heldOut ?? '?'} images that it was not trained on (${evaluatedOn ?? 'held out'})`,
          ],
          [
            '95 % interval',
            `${percent(multiLabel.meanAveragePrecisionInterval.low)} to ${percent(multiLabel.meanAveragePrecisionInterval.high)}`,
          ],
          ['all labels right', percent(multiLabel.exactMatch)],
        ] as const)),
    ...(search === undefined
      ? []
      : [
          [
            'search',
            search.bestTrial === 0
              ? `nothing reliably better among ${search.trials} settings`
              : `${percent(search.best.accuracy ?? 0)} of validation images, ${percent(search.first.accuracy ?? 0)} without it; ${search.trials} settings tried`,
          ] as const,
        ]),
    [
      'answers now',
      activated === true
        ? 'yes'
        : `no${activationRefused == null ? '' : `: ${activationRefused}`}; taxon models activate ${model} ${version ?? ''}`,
    ],
  ]);
}
