// Brings the schema up to date with postgrator, in one transaction under an advisory lock: replicas that start together take turns.
import { fileURLToPath } from 'node:url';
import Postgrator from 'postgrator';
import { AppError } from '../../errors.js';
import type { Database, Queries } from './database.js';

/** Any fixed number that nothing else in this database locks. */
const migrationLock = 7_461_001;

const migrationPattern = fileURLToPath(new URL('./migrations/*.js', import.meta.url));

/**
 * Applies the migrations that the database lacks; all of them or none. Throws AppError `conflict` for the database of a newer release,
 * whose tables this one does not know.
 */
export const migrate = (database: Database): Promise<void> => database.transaction((tx) => migrateWithin(tx));

/** As migrate, in a transaction that goes on. `target`: the last migration to apply; absent: all. */
export async function migrateWithin(tx: Queries, target?: number): Promise<void> {
  await tx.run('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
  const postgrator = migrations(tx);
  const [found, known] = [await postgrator.getDatabaseVersion(), await postgrator.getMaxVersion()];
  if (found > known)
    throw new AppError(
      'conflict',
      `The database is of a newer release of Taxon (schema ${found}; this one knows ${known}): start that release, or restore a backup from before the upgrade.`,
    );
  await postgrator.migrate(target?.toString());
}

/** Number of the last migration that this release knows. */
export const newestSchema = (): Promise<number> => migrations().getMaxVersion();

const migrations = (queries?: Queries): Postgrator =>
  new Postgrator({
    driver: 'pg',
    migrationPattern,
    schemaTable: 'schema_version',
    execQuery: async (sql) => ({ rows: (await queries?.rows(sql)) ?? [] }),
  });
