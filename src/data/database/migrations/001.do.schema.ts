// The first schema. Migrations are JavaScript once compiled, so that the build needs no copying of files.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE classifiers (
  name text PRIMARY KEY,
  active_version integer,
  -- Never used; 003 drops it, and the table versions.
  last_version integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE versions (
  classifier text NOT NULL REFERENCES classifiers ON DELETE CASCADE,
  version integer NOT NULL,
  training_id uuid,
  metrics jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (classifier, version)
);

CREATE TABLE activations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  classifier text NOT NULL REFERENCES classifiers ON DELETE CASCADE,
  version integer NOT NULL,
  reason text NOT NULL,
  activated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX activations_by_classifier ON activations (classifier, id);

CREATE TABLE datasets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  split_seed integer NOT NULL,
  validation_share double precision NOT NULL CHECK (validation_share >= 0),
  test_share double precision NOT NULL CHECK (test_share >= 0 AND validation_share + test_share < 1),
  created_at timestamptz NOT NULL DEFAULT now(),
  changed_at timestamptz NOT NULL DEFAULT now()
);

-- One row for each file of the image store, whoever uses it.
CREATE TABLE images (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes integer NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  format text NOT NULL,
  dhash bit(512) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- A labelled photo of a dataset. The same photo under two labels is two rows.
CREATE TABLE dataset_images (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  sha256 text NOT NULL REFERENCES images,
  dhash bit(512) NOT NULL,
  -- Exact and near duplicates share the hash of the first of them.
  group_key text NOT NULL,
  label text NOT NULL,
  split text NOT NULL CHECK (split IN ('train', 'validation', 'test')),
  split_given boolean NOT NULL,
  -- Every name that the same bytes came under: more than one is an exact duplicate.
  file_names text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (dataset_id, sha256, label)
);
CREATE INDEX dataset_images_by_dataset ON dataset_images (dataset_id, id);
CREATE INDEX dataset_images_by_image ON dataset_images (sha256);

CREATE TABLE rejected_images (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  file_name text NOT NULL,
  label text NOT NULL,
  code text NOT NULL,
  detail text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (dataset_id, label, file_name)
);

CREATE TABLE trainings (
  id uuid PRIMARY KEY,
  classifier text NOT NULL,
  dataset text NOT NULL,
  request jsonb NOT NULL,
  seed integer NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
  stage text,
  progress double precision NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  -- What the finished stages left for the next ones: a training that starts again begins after them.
  checkpoint jsonb,
  metrics jsonb,
  version integer,
  error_code text,
  error_detail text,
  -- Starts since a stage was last finished; a training that keeps killing its process is given up.
  attempts integer NOT NULL DEFAULT 0,
  cancel_requested boolean NOT NULL DEFAULT false,
  owner text,
  heartbeat_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz
);
CREATE INDEX trainings_by_time ON trainings (created_at DESC, id);
CREATE INDEX trainings_unfinished ON trainings (classifier) WHERE state IN ('queued', 'running');

-- The photos of a training as they were when it began.
CREATE TABLE training_images (
  training_id uuid NOT NULL REFERENCES trainings ON DELETE CASCADE,
  position integer NOT NULL,
  image_id bigint NOT NULL,
  sha256 text NOT NULL,
  label text NOT NULL,
  split text NOT NULL,
  PRIMARY KEY (training_id, position)
);
CREATE INDEX training_images_by_image ON training_images (sha256);

CREATE TABLE training_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  training_id uuid NOT NULL REFERENCES trainings ON DELETE CASCADE,
  kind text NOT NULL,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX training_events_by_training ON training_events (training_id, id);

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  -- SHA-256 of the key: a key of 256 random bits needs no salt and no slow hash.
  hash text NOT NULL UNIQUE,
  -- Its first characters, for people to tell keys apart.
  prefix text NOT NULL,
  scopes text[] NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz
);

CREATE TABLE feedback (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sha256 text NOT NULL REFERENCES images,
  classifier text NOT NULL,
  version integer,
  label text NOT NULL,
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'accepted', 'rejected')),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX feedback_by_state ON feedback (state, id);
CREATE INDEX feedback_by_image ON feedback (sha256);
`;
