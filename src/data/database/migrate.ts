// Brings the schema up to date with postgrator, in one transaction under an advisory lock: replicas that start together take turns.
import { fileURLToPath } from 'node:url';
import Postgrator from 'postgrator';
import { AppError } from '../../errors.js';
import type { Database } from './database.js';

/** Any fixed number that nothing else in this database locks. */
const migrationLock = 7_461_001;

const migrationPattern = fileURLToPath(new URL('./migrations/*.js', import.meta.url));

/**
 * Applies the migrations that the database lacks; all of them or none. Throws AppError `conflict` for the database of a newer release,
 * whose tables this one does not know.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const postgrator = new Postgrator({
      driver: 'pg',
      migrationPattern,
      schemaTable: 'schema_version',
      execQuery: async (sql) => ({ rows: await tx.rows(sql) }),
    });
    const [found, known] = [await postgrator.getDatabaseVersion(), await postgrator.getMaxVersion()];
    if (found > known)
      throw new AppError(
        'conflict',
        `The database is of a newer release of Taxon (schema ${found}; this one knows ${known}): start that release, or restore a backup from before the upgrade.`,
      );
    await postgrator.migrate();
  });
}
