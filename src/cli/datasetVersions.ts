// taxon datasets versions, diff and restore: states of a dataset that have a name.
import { Command } from 'commander';
import { z } from 'zod';
import { JsonBody } from './adminClient.js';
import { confirm } from './confirm.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { datasetPathOf } from './datasetPath.js';
import { UsageError } from './exit.js';
import { examples } from './help.js';
import { wholeNumber } from './numbers.js';
import { show, tableOf } from './output.js';

const versionSchema = z.looseObject({
  name: z.string(),
  training: z.string().nullable(),
  images: z.int(),
  classes: z.int(),
  gone: z.int(),
  createdAt: z.string(),
});
type Version = z.infer<typeof versionSchema>;

const countsSchema = z.looseObject({
  added: z.int(),
  removed: z.int(),
  relabelled: z.int(),
  moved: z.int(),
  same: z.int(),
});
type Counts = z.infer<typeof countsSchema>;

const sideSchema = z.looseObject({ label: z.string(), split: z.string() }).nullable();
const diffSchema = z.looseObject({
  counts: countsSchema,
  images: z.array(z.looseObject({ id: z.int(), before: sideSchema, after: sideSchema })),
  next: z.int().nullable(),
});
type Diff = z.infer<typeof diffSchema>;

const versionsPathOf = (dataset: string): string => `${datasetPathOf(dataset)}/versions`;
const versionPathOf = (dataset: string, version: string): string =>
  `${versionsPathOf(dataset)}/${encodeURIComponent(version)}`;

interface VersionsOptions extends ConnectionOptions {
  readonly training?: string;
  readonly delete?: boolean;
  readonly yes?: boolean;
}

export const datasetVersionsCommand = (): Command =>
  withConnectionOptions(
    new Command('versions')
      .description('Give the present state of a dataset a name, or list those that have one.')
      .argument('<name>', 'the dataset')
      .argument('[version]', 'name for its present state; without it, the versions are listed')
      .option('--training <id>', 'name the images of this training in place of the present ones')
      .option('--delete', 'delete this version; the dataset stays as it is')
      .option('-y, --yes', 'do not ask'),
  )
    .addHelpText(
      'after',
      examples(
        'taxon datasets versions flowers',
        'taxon datasets versions flowers v1',
        'taxon datasets versions flowers v1 --delete --yes',
      ),
    )
    .action(async (dataset: string, version: string | undefined, options: VersionsOptions) => {
      if (version === undefined) return listVersions(dataset, options);
      if (options.delete !== true) return nameVersion(dataset, version, options);
      return deleteVersion(dataset, version, options);
    });

async function listVersions(dataset: string, options: VersionsOptions): Promise<void> {
  if (options.delete === true || options.training !== undefined)
    throw new UsageError('Name a version: taxon datasets versions NAME VERSION.');
  const listSchema = z.object({ versions: z.array(versionSchema) });
  const list = await withConnection(options, ({ client }) => client.call(listSchema, 'GET', versionsPathOf(dataset)));
  show(options, list, () => describeVersions(dataset, list.versions));
}

function describeVersions(dataset: string, versions: readonly Version[]): string {
  if (versions.length === 0) return `${dataset} has no versions yet: taxon datasets versions ${dataset} v1 makes one.`;
  return tableOf(
    [
      { title: 'VERSION' },
      { title: 'IMAGES', align: 'right' },
      { title: 'CLASSES', align: 'right' },
      { title: 'DELETED SINCE', align: 'right' },
      { title: 'NAMED' },
      { title: 'TRAINING' },
    ],
    versions.map(({ name, images, classes, gone, createdAt, training }) => [
      name,
      String(images),
      String(classes),
      String(gone),
      createdAt.slice(0, 16).replace('T', ' '),
      training ?? '',
    ]),
  );
}

async function nameVersion(dataset: string, version: string, options: VersionsOptions): Promise<void> {
  const body = new JsonBody({ name: version, training: options.training });
  const named = await withConnection(options, ({ client }) =>
    client.call(versionSchema, 'POST', versionsPathOf(dataset), () => body),
  );
  show(options, named, () => `${dataset}: ${named.images} images in ${named.classes} classes are version ${version}.`);
}

async function deleteVersion(dataset: string, version: string, options: VersionsOptions): Promise<void> {
  await confirm(`Delete version ${version} of ${dataset}, with images that nothing else has?`, options);
  await withConnection(options, ({ client }) => client.call(z.undefined(), 'DELETE', versionPathOf(dataset, version)));
  show(options, { deleted: { dataset, version } }, () => `Deleted version ${version} of ${dataset}.`);
}

interface DiffOptions extends ConnectionOptions {
  readonly limit: number;
}

export const datasetDiffCommand = (): Command =>
  withConnectionOptions(
    new Command('diff')
      .description('Show what is different between two states of a dataset.')
      .argument('<name>', 'the dataset')
      .argument('<from>', 'a version, or "now" for the dataset as it is')
      .argument('[to]', 'the other', 'now')
      .option('--limit <count>', 'images to list', wholeNumber(1, 1000), 20),
  )
    .addHelpText('after', examples('taxon datasets diff flowers v1', 'taxon datasets diff flowers v1 v2 --limit 100'))
    .action(async (dataset: string, from: string, to: string, options: DiffOptions) => {
      const query = new URLSearchParams({ to, limit: String(options.limit) });
      const diff = await withConnection(options, ({ client }) =>
        client.call(diffSchema, 'GET', `${versionPathOf(dataset, from)}/diff?${query.toString()}`),
      );
      show(options, diff, () => describeDiff(diff));
    });

function describeDiff({ counts, images }: Diff): string {
  const all = describeCounts(counts);
  if (images.length === 0) return all;
  const sideOf = (side: Diff['images'][number]['before']): string =>
    side === null ? '-' : `${side.label} (${side.split})`;
  const table = tableOf(
    [{ title: 'IMAGE', align: 'right' }, { title: 'BEFORE' }, { title: 'AFTER' }],
    images.map(({ id, before, after }) => [String(id), sideOf(before), sideOf(after)]),
  );
  return `${all}\n\n${table}`;
}

const describeCounts = ({ added, removed, relabelled, moved, same }: Counts): string =>
  `${added} added, ${removed} removed, ${relabelled} relabelled, ${moved} moved to another split, ${same} the same`;

interface RestoreOptions extends ConnectionOptions {
  readonly keepAs?: string;
  readonly yes?: boolean;
}

export const datasetRestoreCommand = (): Command =>
  withConnectionOptions(
    new Command('restore')
      .description('Make a dataset what a version of it is.')
      .argument('<name>', 'the dataset')
      .argument('<version>', 'the version')
      .option('--keep-as <version>', 'name for the state before, so that it can be restored')
      .option('-y, --yes', 'do not ask'),
  )
    .addHelpText(
      'after',
      examples('taxon datasets restore flowers v1 --keep-as before', 'taxon datasets restore flowers v1 --yes'),
    )
    .action(async (dataset: string, version: string, options: RestoreOptions) => {
      const { keepAs } = options;
      if (keepAs === undefined)
        await confirm(
          `Make ${dataset} what version ${version} is? Its present state has no name (--keep-as).`,
          options,
        );
      const restored = await withConnection(options, ({ client }) =>
        client.call(
          z.object({ counts: countsSchema }),
          'POST',
          `${versionPathOf(dataset, version)}/restore`,
          () => new JsonBody({ keepAs }),
        ),
      );
      show(options, restored, () => `${dataset} is version ${version}: ${describeCounts(restored.counts)}.`);
    });
