// States of a dataset that have a name: compared with one another, brought back, trained on.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE dataset_versions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  name text NOT NULL,
  -- Whose images it has; NULL: those of the dataset when it was named.
  training_id uuid,
  -- Images of it that were deleted for good.
  gone integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (dataset_id, name)
);

-- Rows of dataset_images as they were, by which their files are kept.
CREATE TABLE dataset_version_images (
  version_id bigint NOT NULL REFERENCES dataset_versions ON DELETE CASCADE,
  id bigint NOT NULL,
  sha256 text NOT NULL REFERENCES images,
  dhash bit(512) NOT NULL,
  group_key text NOT NULL,
  label text NOT NULL,
  split text NOT NULL,
  split_given boolean NOT NULL,
  split_settled boolean NOT NULL,
  file_names text[] NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (version_id, id)
);
CREATE INDEX dataset_version_images_by_image ON dataset_version_images (sha256);
`;
