// Chooses the database by the configuration, opens it and brings its schema up to date.
import { join, resolve } from 'node:path';
import { makeDirectory } from '../../durableFiles.js';
import type { Database, Log } from './database.js';
import { migrate } from './migrate.js';
import { PgliteDatabase } from './pgliteDatabase.js';
import { PostgresDatabase } from './postgresDatabase.js';

export interface DatabaseOptions {
  /** postgres://user:password@host/name. Absent: PostgreSQL embedded in this process under `dataDir`/db. */
  readonly databaseUrl?: string | undefined;
  readonly dataDir: string;
  readonly logger: Log;
}

/**
 * Opens the database and migrates it; several replicas may do so at once.
 * Throws AppError `conflict` when another process has the embedded database open.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const database = await connect(options);
  try {
    await migrate(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** Opens the database as it is: one of an earlier release is not migrated, which its server could not take back. Throws as openDatabase. */
export async function connect({ databaseUrl, dataDir, logger }: DatabaseOptions): Promise<Database> {
  if (databaseUrl !== undefined) return new PostgresDatabase({ url: databaseUrl, logger });
  await makeDirectory(resolve(dataDir));
  return PgliteDatabase.open({ directory: join(dataDir, 'db'), logger });
}
