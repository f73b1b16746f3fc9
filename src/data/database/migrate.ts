// Brings the schema up to date with postgrator, in one transaction under an advisory lock: replicas that start together take turns.
import { fileURLToPath } from 'node:url';
import Postgrator from 'postgrator';
import type { Database } from './database.js';

/** Any fixed number that nothing else in this database locks. */
const migrationLock = 7_461_001;

const migrationPattern = fileURLToPath(new URL('./migrations/*.js', import.meta.url));

/** Applies the migrations that the database lacks; all of them or none. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (tx) => {
    await tx.run('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
    const postgrator = new Postgrator({
      driver: 'pg',
      migrationPattern,
      schemaTable: 'schema_version',
      execQuery: async (sql) => ({ rows: await tx.rows(sql) }),
    });
    await postgrator.migrate();
  });
}
