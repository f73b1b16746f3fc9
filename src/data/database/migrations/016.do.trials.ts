// A training may search for hyper-parameters; what it tried is kept.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE training_trials (
  training_id uuid NOT NULL REFERENCES trainings ON DELETE CASCADE,
  number integer NOT NULL,
  -- Of its epochs.
  share double precision NOT NULL,
  -- What the images were embedded with: with other embeddings the search begins again.
  embedded_with text NOT NULL,
  hyperparameters jsonb NOT NULL,
  loss double precision,
  accuracy double precision,
  failure text,
  seconds double precision NOT NULL,
  elapsed double precision NOT NULL,
  PRIMARY KEY (training_id, number, share)
);
`;
