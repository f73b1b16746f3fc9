// taxon classify IMAGE…: what is on images, as a table.
import { Command, Option } from 'commander';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { exitCodes } from './exit.js';
import { examples } from './help.js';
import { findImages } from './imageArguments.js';
import { callWithImages, tellErrors, type Answers, type ImageResult, type ModelRef } from './imageCalls.js';
import { wholeNumber } from './numbers.js';
import { percent, show, styled, tableOf } from './output.js';

export interface ModelOptions extends ConnectionOptions {
  readonly model?: string;
  readonly version?: string;
}

interface ClassifyOptions extends ModelOptions {
  readonly topK?: number;
}

/** Adds --model and --version, and those of the connection. */
export const withModelOptions = (command: Command): Command =>
  withConnectionOptions(
    command
      .option('-m, --model <name>', 'classifier (default: the default one)')
      .option('--version <version>', 'version of it, by number or alias (default: the active one)'),
  );

export const classifyCommand = (): Command =>
  withModelOptions(
    new Command('classify')
      .description('Tell what is on images.')
      .argument('<images...>', 'files, folders, patterns in quotes, or - for standard input')
      .addOption(
        new Option('-k, --top-k <number>', 'classes to show of each image (default: 5)').argParser(wholeNumber(1)),
      ),
  )
    .addHelpText(
      'after',
      examples(
        'taxon classify boot.jpg',
        "taxon classify --top-k 1 --model flowers garden/ 'more/*.png'",
        'curl -s https://example.com/a.jpg | taxon classify - --json',
      ),
    )
    .action(classify);

async function classify(args: readonly string[], options: ClassifyOptions): Promise<void> {
  const images = await findImages(args);
  const { model, version, topK } = options;
  const answers = await withConnection(options, ({ client }) =>
    callWithImages(client, { path: '/v1/classify', title: 'Classifying', model, version, topK }, images),
  );
  show(options, { model: answers.model ?? null, results: answers.results }, () => describe(answers));
  if (tellErrors(answers.results)) process.exitCode = exitCodes.failed;
}

function describe({ model, results }: Answers): string {
  const isMultiLabel = results.some(({ labels }) => labels !== undefined);
  const columns = [{ title: 'IMAGE' }, { title: 'LABEL' }, { title: 'PROBABILITY', align: 'right' }] as const;
  return [
    ...(model === undefined ? [] : [nameOf(model), '']),
    tableOf(isMultiLabel ? [...columns, { title: 'HAS IT' }] : columns, results.flatMap(rowsOf)),
  ].join('\n');
}

const nameOf = ({ name, version, taught = false }: ModelRef): string =>
  [name, ...(version > 0 ? [`version ${version}`] : []), ...(taught ? ['as taught'] : [])].join(' ');

function rowsOf({ filename, predictions = [], labels, error }: ImageResult): string[][] {
  if (error !== undefined) return [[filename, styled('red', error.code), '']];
  return predictions.map(({ label, probability }, rank) => [
    rank === 0 ? filename : '',
    label,
    percent(probability),
    ...(labels === undefined ? [] : [labels.includes(label) ? 'yes' : '']),
  ]);
}
