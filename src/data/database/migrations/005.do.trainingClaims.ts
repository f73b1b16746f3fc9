// The table of trainings becomes the queue: each claim of a training has a number, and the separate jobs are removed.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- Grows with each claim. Who runs a training writes with the number of its claim, and is refused once another has claimed it.
ALTER TABLE trainings ADD COLUMN claim integer NOT NULL DEFAULT 0;
-- When the events, the snapshot and the checkpoint of a training that ended long ago were removed.
ALTER TABLE trainings ADD COLUMN details_removed_at timestamptz;

-- Waiting trainings were also jobs of pg-boss, which nothing reads any more. Another program of the same database may
-- keep queues of its own in that schema; then ours alone are removed.
DO $$
BEGIN
  IF to_regclass('pgboss.queue') IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pgboss.queue WHERE name NOT IN ('training', '__pgboss__send-it')) THEN
    DELETE FROM pgboss.job WHERE name = 'training';
    -- Later releases of pg-boss have no archive.
    IF to_regclass('pgboss.archive') IS NOT NULL THEN
      DELETE FROM pgboss.archive WHERE name = 'training';
    END IF;
  ELSE
    DROP SCHEMA pgboss CASCADE;
  END IF;
END
$$;
`;
