// taxon datasets export NAME: a dataset as one zip, in the form that `datasets import` and the archive upload read.
import { Command } from 'commander';
import { withConnectionOptions, type ConnectionOptions } from './connection.js';
import { datasetPathOf } from './datasetPath.js';
import { examples } from './help.js';
import { show } from './output.js';
import { saveAnswer } from './saveAnswer.js';

interface ExportOptions extends ConnectionOptions {
  readonly out?: string;
}

export const datasetExportCommand = (): Command =>
  withConnectionOptions(
    new Command('export')
      .description('Write a dataset as a zip: folders of splits, with class folders in them.')
      .argument('<name>', 'the dataset')
      .option('-o, --out <file>', 'where to write (default: NAME.zip)'),
  )
    .addHelpText(
      'after',
      examples('taxon datasets export flowers', 'taxon datasets export flowers --out /backup/flowers.zip'),
    )
    .action(exportDataset);

async function exportDataset(name: string, options: ExportOptions): Promise<void> {
  const { out = `${name}.zip` } = options;
  const bytes = await saveAnswer(options, `${datasetPathOf(name)}/export`, out);
  show(options, { dataset: name, out, bytes }, () => `Wrote ${name} to ${out}.`);
}
