// taxon restore FILE: puts a backup into an empty data directory and an empty database, before a server is started on them.
import { resolve } from 'node:path';
import { Command } from 'commander';
import { pino } from 'pino';
import { loadConfig, modelsDirsOf } from '../config.js';
import { restoreBackup } from '../data/backup/restoreBackup.js';
import { examples } from './help.js';
import { jsonOption, show, type OutputOptions } from './output.js';

interface RestoreOptions extends OutputOptions {
  readonly data?: string;
}

export const restoreCommand = (): Command =>
  new Command('restore')
    .description(
      'Put a backup into the data directory (and MODELS_DIR, and the database of DATABASE_URL, where they are set), which must be empty. No server runs on it meanwhile.',
    )
    .argument('<file>', 'what `taxon backup` wrote, with this release or an earlier one')
    .option('--data <folder>', 'data directory (default: DATA_DIR, else data)')
    .addOption(jsonOption())
    .addHelpText('after', examples('taxon restore taxon-backup.tar', 'taxon restore monday.tar --data /srv/taxon'))
    .action(restore);

async function restore(file: string, options: RestoreOptions): Promise<void> {
  const { data } = options;
  const config = loadConfig({ ...process.env, ...(data !== undefined && { DATA_DIR: data }) });
  const { release, createdAt, files, rows } = await restoreBackup({
    file,
    dataDir: config.DATA_DIR,
    modelsDir: modelsDirsOf(config).own,
    databaseUrl: config.DATABASE_URL === '' ? undefined : config.DATABASE_URL,
    logger: pino({ level: 'silent' }),
  });
  const dataDir = resolve(config.DATA_DIR);
  show(
    options,
    { dataDir, release, createdAt, files, rows },
    () => `Restored ${rows} rows and ${files} files of ${createdAt} (release ${release}) into ${dataDir}.`,
  );
}
