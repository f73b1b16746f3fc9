// taxon models: which classifiers there are, and which of their versions answer.
import { Command } from 'commander';
import { z } from 'zod';
import { JsonBody, type AdminClient } from './adminClient.js';
import { confirm } from './confirm.js';
import { captureCommand } from './capture.js';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { examples } from './help.js';
import { share, wholeNumber } from './numbers.js';
import { factsOf, percent, show, tableOf } from './output.js';
import { autoRetrainCommand } from './autoRetrain.js';
import { rolloutCommand } from './rollout.js';

const modelSchema = z.looseObject({
  name: z.string(),
  default: z.boolean(),
  activeVersion: z.int(),
  versions: z.array(z.int()),
  aliases: z.record(z.string(), z.int()),
  labels: z.array(z.string()),
  backbone: z.looseObject({ architecture: z.string() }),
  precision: z.looseObject({ name: z.string() }),
  engine: z.looseObject({ engine: z.string(), device: z.string() }),
});
type Model = z.infer<typeof modelSchema>;

const intervalSchema = z.object({ low: z.number(), high: z.number() });

const versionSchema = z.looseObject({
  version: z.int(),
  active: z.boolean(),
  aliases: z.array(z.string()),
  unknownAbove: z.number(),
  labels: z.array(z.string()),
  license: z.string(),
  metrics: z.looseObject({
    accuracy: z.number().optional(),
    accuracyInterval: intervalSchema.optional(),
    multiLabel: z
      .looseObject({ meanAveragePrecision: z.number(), meanAveragePrecisionInterval: intervalSchema })
      .optional(),
  }),
});
type Version = z.infer<typeof versionSchema>;

const activeSchema = z.object({ name: z.string(), activeVersion: z.int() });

const pathOf = (name: string): string => `/v1/models/${encodeURIComponent(name)}`;
const adminPathOf = (name: string): string => `/v1/admin/models/${encodeURIComponent(name)}`;

export const modelsCommand = (): Command =>
  new Command('models')
    .description('List classifiers, and choose which of their versions answer.')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(activateCommand())
    .addCommand(rollbackCommand())
    .addCommand(thresholdCommand())
    .addCommand(rolloutCommand())
    .addCommand(autoRetrainCommand())
    .addCommand(captureCommand())
    .addCommand(deleteCommand());

const listCommand = (): Command =>
  withConnectionOptions(new Command('list').description('List the classifiers.'))
    .addHelpText('after', examples('taxon models list', 'taxon models list --json'))
    .action(async (options: ConnectionOptions) => {
      const listSchema = z.object({ models: z.array(modelSchema) });
      const list = await withConnection(options, ({ client }) => client.call(listSchema, 'GET', '/v1/models'));
      show(options, list, () => describeList(list.models));
    });

const describeList = (models: readonly Model[]): string =>
  tableOf(
    [
      { title: 'NAME' },
      { title: 'ACTIVE', align: 'right' },
      { title: 'VERSIONS', align: 'right' },
      { title: 'CLASSES', align: 'right' },
      { title: 'BACKBONE' },
      { title: 'ENGINE' },
    ],
    models.map(({ name, default: isDefault, activeVersion, versions, labels, backbone, precision, engine }) => [
      isDefault ? `${name} (default)` : name,
      String(activeVersion),
      String(versions.length),
      String(labels.length),
      backbone.architecture,
      `${engine.engine} on ${engine.device}, ${precision.name}`,
    ]),
  );

const showCommand = (): Command =>
  withConnectionOptions(
    new Command('show').description('Show a classifier and its versions.').argument('<name>', 'the classifier'),
  )
    .addHelpText('after', examples('taxon models show flowers'))
    .action(async (name: string, options: ConnectionOptions) => {
      const { model, versions } = await withConnection(options, ({ client }) => readModel(client, name));
      show(options, { ...model, versions }, () => describeModel(model, versions));
    });

async function readModel(client: AdminClient, name: string): Promise<{ model: Model; versions: Version[] }> {
  const model = await client.call(modelSchema, 'GET', pathOf(name));
  const versions: Version[] = [];
  for (const version of model.versions)
    versions.push(await client.call(versionSchema, 'GET', `${pathOf(name)}/versions/${version}`));
  return { model, versions };
}

function describeModel({ name, default: isDefault, labels, backbone }: Model, versions: readonly Version[]): string {
  const facts = factsOf([
    ['classifier', isDefault ? `${name}, which answers requests that name none` : name],
    ['classes', labels.join(', ')],
    ['backbone', backbone.architecture],
  ]);
  const table = tableOf(
    [
      { title: 'VERSION', align: 'right' },
      { title: 'ACTIVE' },
      { title: 'ALIASES' },
      { title: 'CLASSES', align: 'right' },
      { title: 'ACCURACY', align: 'right' },
      { title: '95 % INTERVAL' },
    ],
    versions.map(({ version, active, aliases, labels: own, metrics }) => [
      String(version),
      active ? 'yes' : '',
      aliases.join(', '),
      String(own.length),
      ...figuresOf(metrics),
    ]),
  );
  return `${facts}\n\n${table}`;
}

/** Accuracy, or mean average precision, and its interval. */
function figuresOf({ accuracy, accuracyInterval, multiLabel }: Version['metrics']): [figure: string, interval: string] {
  const interval = multiLabel?.meanAveragePrecisionInterval ?? accuracyInterval;
  const figure = accuracy === undefined ? '' : percent(accuracy);
  return [
    multiLabel ? `mAP ${percent(multiLabel.meanAveragePrecision)}` : figure,
    interval === undefined ? '' : `${percent(interval.low)} to ${percent(interval.high)}`,
  ];
}

const activateCommand = (): Command =>
  withConnectionOptions(
    new Command('activate')
      .description('Let another version answer; it is tried on images first.')
      .argument('<name>', 'the classifier')
      .argument('<version>', 'number or alias'),
  )
    .addHelpText('after', examples('taxon models activate flowers 2'))
    .action(async (name: string, version: string, options: ConnectionOptions) => {
      const chosen = /^\d+$/.test(version) ? { version: Number(version) } : { alias: version };
      const active = await withConnection(options, ({ client }) =>
        client.call(activeSchema, 'POST', `${adminPathOf(name)}/activate`, () => new JsonBody(chosen)),
      );
      show(options, active, () => describeActive(active));
    });

const describeActive = ({ name, activeVersion }: z.infer<typeof activeSchema>): string =>
  `${name} version ${activeVersion} answers now.`;

const rollbackCommand = (): Command =>
  withConnectionOptions(
    new Command('rollback')
      .description('Go back to the version that answered before.')
      .argument('<name>', 'the classifier'),
  )
    .addHelpText('after', examples('taxon models rollback flowers'))
    .action(async (name: string, options: ConnectionOptions) => {
      const active = await withConnection(options, ({ client }) =>
        client.call(activeSchema, 'POST', `${adminPathOf(name)}/rollback`),
      );
      show(options, active, () => describeActive(active));
    });

const thresholdCommand = (): Command =>
  withConnectionOptions(
    new Command('threshold')
      .description('Set above which novelty a version calls an image unknown, where a request does not say.')
      .argument('<name>', 'the classifier')
      .argument('<version>', 'its number', wholeNumber(1))
      .argument('<novelty>', '0 to 1, or default', (text) => (text === 'default' ? null : share(text))),
  )
    .addHelpText('after', examples('taxon models threshold flowers 2 0.95', 'taxon models threshold flowers 2 default'))
    .action(async (name: string, version: number, unknownAbove: number | null, options: ConnectionOptions) => {
      const changedSchema = z.object({ name: z.string(), version: z.int(), unknownAbove: z.number() });
      const path = `${adminPathOf(name)}/versions/${version}`;
      const changed = await withConnection(options, ({ client }) =>
        client.call(changedSchema, 'PATCH', path, () => new JsonBody({ unknownAbove })),
      );
      show(
        options,
        changed,
        () => `${name} version ${version} calls images of a novelty above ${changed.unknownAbove} unknown.`,
      );
    });

interface DeleteOptions extends ConnectionOptions {
  readonly version?: number;
  readonly yes?: boolean;
}

const deleteCommand = (): Command =>
  withConnectionOptions(
    new Command('delete')
      .description('Delete a classifier with all its versions, or one version that is not active.')
      .argument('<name>', 'the classifier')
      .option('--version <number>', 'only this version', wholeNumber(1))
      .option('-y, --yes', 'do not ask'),
  )
    .addHelpText('after', examples('taxon models delete flowers --version 1', 'taxon models delete flowers --yes'))
    .action(async (name: string, options: DeleteOptions) => {
      const { version } = options;
      const what = version === undefined ? `${name} with all its versions` : `${name} version ${version}`;
      await confirm(`Delete ${what}?`, options);
      const path = version === undefined ? adminPathOf(name) : `${adminPathOf(name)}/versions/${version}`;
      await withConnection(options, ({ client }) => client.call(z.undefined(), 'DELETE', path));
      show(options, { deleted: { name, version: version ?? null } }, () => `Deleted ${what}.`);
    });
