// Versions may be called by other names, and a training knows the trace of the request that asked for it.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE version_aliases (
  classifier text NOT NULL REFERENCES classifiers ON DELETE CASCADE,
  alias text NOT NULL,
  version integer NOT NULL,
  PRIMARY KEY (classifier, alias)
);

-- Of W3C Trace Context, as the request gave it or was given it; NULL where nothing is traced.
ALTER TABLE trainings ADD COLUMN traceparent text;
`;
