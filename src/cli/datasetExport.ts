// taxon datasets export NAME: a dataset as one zip, in the form that `datasets import` and the archive upload read.
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Command } from 'commander';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { datasetPathOf } from './datasetPath.js';
import { examples } from './help.js';
import { show } from './output.js';

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
  const unfinished = `${out}.part`;
  try {
    await withConnection(options, async ({ client }) => {
      const { body } = await client.request('GET', `${datasetPathOf(name)}/export`);
      await pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(unfinished));
    });
    await rename(unfinished, out);
  } finally {
    await rm(unfinished, { force: true });
  }
  const { size: bytes } = await stat(out);
  show(options, { dataset: name, out, bytes }, () => `Wrote ${name} to ${out}.`);
}
