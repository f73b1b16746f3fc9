// Which classifier answers when a request names none: a decision, where it was the first by name until now.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE default_classifier (
  -- One row at most.
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  name text NOT NULL
);
`;
