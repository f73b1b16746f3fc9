// Checkpoints while the database runs. PostgreSQL leaves them to a separate process, which PGlite lacks: the log would grow, and
// with it the time to open the database after a crash, until the database is closed.
import type { PGlite } from '@electric-sql/pglite';

/** Checking costs as much as a small statement. */
const statementsPerLook = 256;
const logBytesPerCheckpoint = 64 * 2 ** 20;

/** Gives a function to call after every statement: it checks now and then whether a checkpoint is due, and makes it. */
export function createCheckpoints(pglite: PGlite): () => Promise<void> {
  let statements = 0;
  return async () => {
    statements += 1;
    if (statements % statementsPerLook !== 0) return;
    const { rows } = await pglite.query<{ due: boolean }>(
      'SELECT pg_current_wal_insert_lsn() - redo_lsn > $1 AS due FROM pg_control_checkpoint()',
      [logBytesPerCheckpoint],
    );
    if (rows[0]?.due) await pglite.exec('CHECKPOINT');
  };
}
