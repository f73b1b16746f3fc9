// Versions that answer a share of the requests, or are scored beside the active one, before they are activated.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE rollouts (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  classifier text NOT NULL REFERENCES classifiers ON DELETE CASCADE,
  -- The one that was active when it began, with which the others are compared.
  baseline integer NOT NULL,
  -- Version, share and keys of the canary, the shadows, the conditions.
  plan jsonb NOT NULL,
  state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'promoted', 'failed', 'ended')),
  started_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE UNIQUE INDEX rollouts_running ON rollouts (classifier) WHERE state = 'running';
CREATE INDEX rollouts_by_classifier ON rollouts (classifier, id);

CREATE TABLE rollout_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rollout_id bigint NOT NULL REFERENCES rollouts ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL CHECK (kind IN ('started', 'changed', 'promoted', 'failed', 'ended')),
  reason text NOT NULL
);
CREATE INDEX rollout_steps_by_rollout ON rollout_steps (rollout_id, id);

-- What every process has seen, added up.
CREATE TABLE rollout_counts (
  rollout_id bigint NOT NULL REFERENCES rollouts ON DELETE CASCADE,
  version integer NOT NULL,
  requests bigint NOT NULL DEFAULT 0,
  errors bigint NOT NULL DEFAULT 0,
  ms double precision NOT NULL DEFAULT 0,
  images bigint NOT NULL DEFAULT 0,
  -- Images that the version can tell anything about: known or unknown.
  judged bigint NOT NULL DEFAULT 0,
  unknown bigint NOT NULL DEFAULT 0,
  top_probability double precision NOT NULL DEFAULT 0,
  -- Images of which the active version's class is known too, and those of them where both have the same.
  compared bigint NOT NULL DEFAULT 0,
  agreed bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (rollout_id, version)
);

-- What the versions of a rollout say of images that users corrected; NULL: the image cannot be decoded for the version.
CREATE TABLE rollout_corrections (
  rollout_id bigint NOT NULL REFERENCES rollouts ON DELETE CASCADE,
  feedback_id bigint NOT NULL REFERENCES feedback ON DELETE CASCADE,
  version integer NOT NULL,
  predicted text,
  PRIMARY KEY (rollout_id, feedback_id, version)
);
CREATE INDEX rollout_corrections_by_feedback ON rollout_corrections (feedback_id);
`;
