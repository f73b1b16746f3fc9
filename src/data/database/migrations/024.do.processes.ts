// The processes that share the database: what each is for, and what it cannot serve.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE processes (
  id uuid PRIMARY KEY,
  role text NOT NULL,
  host text NOT NULL,
  release text NOT NULL,
  -- Trainings that it runs at a time.
  trainers integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),
  -- Active versions that it cannot load, as an array of objects.
  behind jsonb NOT NULL DEFAULT '[]'
);
`;
