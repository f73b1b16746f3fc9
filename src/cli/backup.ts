// taxon backup FILE: everything that the server keeps, as one file, whole or not there.
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { Command } from 'commander';
import { withConnection, withConnectionOptions, type ConnectionOptions } from './connection.js';
import { examples } from './help.js';
import { show } from './output.js';

export const backupCommand = (): Command =>
  withConnectionOptions(
    new Command('backup')
      .description(
        'Write datasets, classifiers, trainings and keys to one file, while the server answers; `taxon restore` reads it.',
      )
      .argument('[file]', 'where to write', 'taxon-backup.tar'),
  )
    .addHelpText('after', examples('taxon backup', 'taxon backup /mnt/backups/monday.tar'))
    .action(backup);

async function backup(file: string, options: ConnectionOptions): Promise<void> {
  const unfinished = `${file}.part`;
  try {
    await withConnection(options, async ({ client }) => {
      const { body } = await client.request('GET', '/v1/admin/backup');
      await pipeline(Readable.fromWeb(body as ReadableStream), createWriteStream(unfinished, { mode: 0o600 }));
    });
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
  const { size: bytes } = await stat(file);
  show(options, { file, bytes }, () => `Wrote the backup to ${file}.`);
}
