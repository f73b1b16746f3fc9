// taxon datasets: labelled images, looked at and changed.
import { Command } from 'commander';
import { z } from 'zod';
import { JsonBody } from './adminClient.js';
import { confirm } from './confirm.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { datasetCollectCommand } from './datasetCollect.js';
import { datasetExportCommand } from './datasetExport.js';
import { datasetImagesCommand, datasetRelabelCommand } from './datasetImages.js';
import { datasetImportCommand } from './datasetImport.js';
import { datasetDiffCommand, datasetRestoreCommand, datasetVersionsCommand } from './datasetVersions.js';
import { datasetPathOf, datasetsPath } from './datasetPath.js';
import { examples } from './help.js';
import { factsOf, percent, show, tableOf } from './output.js';

const datasetSchema = z.looseObject({
  name: z.string(),
  images: z.int(),
  classes: z.int(),
  createdAt: z.string(),
  changedAt: z.string(),
});
type Dataset = z.infer<typeof datasetSchema>;

const countedSchema = z.looseObject({ count: z.int() });
const statisticsSchema = z.looseObject({
  name: z.string(),
  task: z.string(),
  validationShare: z.number(),
  testShare: z.number(),
  images: z.int(),
  negatives: z.string().nullable(),
  changedAt: z.string(),
  classes: z.array(z.object({ label: z.string(), train: z.int(), validation: z.int(), test: z.int(), total: z.int() })),
  sizes: z.looseObject({ bytes: z.int() }),
  exactDuplicates: countedSchema,
  nearDuplicates: countedSchema,
  leaks: countedSchema,
  conflictingLabels: countedSchema,
  unreadable: countedSchema,
});
type Statistics = z.infer<typeof statisticsSchema>;

export const datasetsCommand = (): Command =>
  new Command('datasets')
    .description('List, fill, collect, look at, relabel, take away, restore and delete datasets.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(datasetImportCommand())
    .addCommand(datasetCollectCommand())
    .addCommand(datasetImagesCommand())
    .addCommand(datasetRelabelCommand())
    .addCommand(datasetExportCommand())
    .addCommand(datasetVersionsCommand())
    .addCommand(datasetDiffCommand())
    .addCommand(datasetRestoreCommand())
    .addCommand(negativesCommand())
    .addCommand(deleteCommand());

const listCommand = (): Command =>
  withConnectionOptions(new Command('list').description('List the datasets.'))
    .addHelpText('after', examples('taxon datasets list', 'taxon datasets list --json'))
    .action(async (options: ConnectionOptions) => {
      const listSchema = z.object({ datasets: z.array(datasetSchema) });
      const list = await withConnection(options, ({ client }) => client.call(listSchema, 'GET', datasetsPath));
      show(options, list, () => describeList(list.datasets));
    });

function describeList(datasets: readonly Dataset[]): string {
  if (datasets.length === 0) return 'There are no datasets yet: taxon datasets import FOLDER makes one.';
  return tableOf(
    [
      { title: 'NAME' },
      { title: 'IMAGES', align: 'right' },
      { title: 'CLASSES', align: 'right' },
      { title: 'CREATED' },
      { title: 'CHANGED' },
    ],
    datasets.map(({ name, images, classes, createdAt, changedAt }) => [
      name,
      String(images),
      String(classes),
      timeOf(createdAt),
      timeOf(changedAt),
    ]),
  );
}

const timeOf = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

const showCommand = (): Command =>
  withConnectionOptions(
    new Command('show')
      .description('Show the classes of a dataset, how it is split, and what is wrong with it.')
      .argument('<name>', 'the dataset'),
  )
    .addHelpText('after', examples('taxon datasets show flowers'))
    .action(async (name: string, options: ConnectionOptions) => {
      const statistics = await withConnection(options, ({ client }) =>
        client.call(statisticsSchema, 'GET', datasetPathOf(name)),
      );
      show(options, statistics, () => describeStatistics(statistics));
    });

function describeStatistics(statistics: Statistics): string {
  const { name, task, images, classes, negatives, sizes, validationShare, testShare, changedAt } = statistics;
  const ofClasses = classes.filter(({ label }) => label !== negatives);
  const facts = factsOf([
    ['dataset', task === 'multi-label' ? `${name}, multi-label` : name],
    ['images', `${images} in ${ofClasses.length} classes, ${(sizes.bytes / 1e6).toFixed(1)} MB`],
    ['split', `${percent(validationShare)} validation, ${percent(testShare)} test, of images that come without one`],
    ...(negatives === null
      ? []
      : [['negatives', `those labelled ${negatives}: of none of the classes`] as [string, string]]),
    ['changed', timeOf(changedAt)],
    ...faultsOf(statistics),
  ]);
  const table = tableOf(
    [
      { title: 'CLASS' },
      ...['TRAIN', 'VALIDATION', 'TEST', 'ALL'].map((title) => ({ title, align: 'right' as const })),
    ],
    classes.map(({ label, train, validation, test, total }) => [
      label,
      ...[train, validation, test, total].map((count) => String(count)),
    ]),
  );
  return classes.length === 0 ? facts : `${facts}\n\n${table}`;
}

/** Only what there is to look after. */
const faultsOf = ({
  exactDuplicates,
  nearDuplicates,
  leaks,
  conflictingLabels,
  unreadable,
}: Statistics): Array<[name: string, value: string]> =>
  (
    [
      ['sent twice', exactDuplicates.count, 'images, kept once'],
      ['look the same', nearDuplicates.count, 'groups of images'],
      ['leaks', leaks.count, 'groups of images that look the same, in more than one split'],
      ['conflicts', conflictingLabels.count, 'images under several classes'],
      ['unreadable', unreadable.count, 'files'],
    ] as const
  ).flatMap(([fault, count, what]) => (count === 0 ? [] : [[fault, `${count} ${what}`]]));

const negativesCommand = (): Command =>
  withConnectionOptions(
    new Command('negatives')
      .description(
        'Say which images of a dataset are of none of its classes: trainings learn from them what is unknown.',
      )
      .argument('<name>', 'the dataset')
      .argument('[label]', 'their label; absent: no images are meant to be'),
  )
    .addHelpText('after', examples('taxon datasets negatives flowers other', 'taxon datasets negatives flowers'))
    .action(async (name: string, label: string | undefined, options: ConnectionOptions) => {
      const negatives = label ?? null;
      const dataset = await withConnection(options, ({ client }) =>
        client.call(datasetSchema, 'PATCH', datasetPathOf(name), () => new JsonBody({ negatives })),
      );
      show(options, dataset, () =>
        label === undefined
          ? `All images of ${name} are of its ${dataset.classes} classes.`
          : `Images of ${name} labelled ${label} are of none of its ${dataset.classes} classes.`,
      );
    });

const deleteCommand = (): Command =>
  withConnectionOptions(
    new Command('delete')
      .description('Delete a dataset with its images; versions that were trained on it stay.')
      .argument('<name>', 'the dataset')
      .option('-y, --yes', 'do not ask'),
  )
    .addHelpText('after', examples('taxon datasets delete flowers', 'taxon datasets delete flowers --yes'))
    .action(async (name: string, options: ConnectionOptions & { readonly yes?: boolean }) => {
      await confirm(`Delete the dataset ${name} with all its images?`, options);
      await withConnection(options, ({ client }) => client.call(z.undefined(), 'DELETE', datasetPathOf(name)));
      show(options, { deleted: { name } }, () => `Deleted the dataset ${name}.`);
    });
