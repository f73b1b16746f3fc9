// taxon backup FILE: everything that the server keeps, as one file, whole or not there.
import { Command } from 'commander';
import { withConnectionOptions, type ConnectionOptions } from './connection.js';
import { examples } from './help.js';
import { show } from './output.js';
import { saveAnswer } from './saveAnswer.js';

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
  // It holds the hashes of keys.
  const bytes = await saveAnswer(options, '/v1/admin/backup', file, 0o600);
  show(options, { file, bytes }, () => `Wrote the backup to ${file}.`);
}
