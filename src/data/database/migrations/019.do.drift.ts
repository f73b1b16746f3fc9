// What the images that were answered look like to a version, hour by hour, and whether that has drifted from its training.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- What every process has seen, added up. Kept for little more than the day that is looked at.
CREATE TABLE drift_counts (
  classifier text NOT NULL,
  version integer NOT NULL,
  -- Of the version's drift.json: numbers of versions are used again.
  baseline text NOT NULL,
  hour timestamptz NOT NULL,
  -- Images by the bins of each measure, then by class.
  counts integer[] NOT NULL,
  PRIMARY KEY (classifier, version, baseline, hour)
);

CREATE TABLE drift_states (
  classifier text NOT NULL,
  version integer NOT NULL,
  baseline text NOT NULL,
  drifted boolean NOT NULL DEFAULT false,
  changed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (classifier, version, baseline)
);
`;
