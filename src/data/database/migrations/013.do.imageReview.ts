// Datasets are looked through: by what a version says of their images, and with removals that can be undone for a while.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- A head on a backbone in one precision: whatever its version is called, it says the same of an image.
CREATE TABLE prediction_sets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  head text NOT NULL UNIQUE,
  used_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE image_predictions (
  set_id bigint NOT NULL REFERENCES prediction_sets ON DELETE CASCADE,
  sha256 text NOT NULL REFERENCES images ON DELETE CASCADE,
  -- The most probable class and its calibrated probability; NULL: the image cannot be decoded.
  predicted text,
  probability double precision,
  PRIMARY KEY (set_id, sha256)
);
CREATE INDEX image_predictions_by_image ON image_predictions (sha256);

-- Rows of dataset_images that were removed together and may come back as they were.
CREATE TABLE removed_images (
  id bigint PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  sha256 text NOT NULL REFERENCES images,
  dhash bit(512) NOT NULL,
  group_key text NOT NULL,
  label text NOT NULL,
  split text NOT NULL,
  split_given boolean NOT NULL,
  split_settled boolean NOT NULL,
  file_names text[] NOT NULL,
  created_at timestamptz NOT NULL,
  removed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX removed_images_by_dataset ON removed_images (dataset_id);
CREATE INDEX removed_images_by_image ON removed_images (sha256);

CREATE INDEX dataset_images_by_group ON dataset_images (dataset_id, group_key);
`;
