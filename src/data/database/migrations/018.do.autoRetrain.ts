// Classifiers that are trained again by themselves, and how many changes of a dataset each training has seen.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- Images that were added, removed or labelled anew since the dataset was made.
ALTER TABLE datasets ADD COLUMN changes bigint NOT NULL DEFAULT 0;
UPDATE datasets d SET changes = (SELECT count(*) FROM dataset_images i WHERE i.dataset_id = d.id);

-- Whatever changes a dataset is counted: once for each statement, since an archive has thousands of images.
CREATE FUNCTION count_changes_of_dataset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    UPDATE datasets d SET changes = d.changes + relabelled.count
    FROM (SELECT now.dataset_id, count(*) FROM images_after now JOIN images_before before USING (id)
          WHERE now.label <> before.label GROUP BY now.dataset_id) AS relabelled
    WHERE d.id = relabelled.dataset_id;
  ELSE
    UPDATE datasets d SET changes = d.changes + moved.count
    FROM (SELECT dataset_id, count(*) FROM images_moved GROUP BY dataset_id) AS moved WHERE d.id = moved.dataset_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER dataset_changes_of_added AFTER INSERT ON dataset_images
  REFERENCING NEW TABLE AS images_moved FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_dataset();
CREATE TRIGGER dataset_changes_of_removed AFTER DELETE ON dataset_images
  REFERENCING OLD TABLE AS images_moved FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_dataset();
CREATE TRIGGER dataset_changes_of_labels AFTER UPDATE ON dataset_images
  REFERENCING OLD TABLE AS images_before NEW TABLE AS images_after
  FOR EACH STATEMENT EXECUTE FUNCTION count_changes_of_dataset();

ALTER TABLE trainings
  ADD COLUMN started_by text NOT NULL DEFAULT 'request' CHECK (started_by IN ('request', 'lesson', 'auto-retrain')),
  -- Of its dataset when the images were taken, or until then when it was queued; NULL: the training is older than this count.
  ADD COLUMN dataset_changes bigint;
CREATE INDEX trainings_by_classifier ON trainings (classifier, created_at DESC);
-- Of each classifier the last training on a dataset has seen what was there when it began.
UPDATE trainings t SET dataset_changes = (
  SELECT count(*) FROM dataset_images i JOIN datasets d ON d.id = i.dataset_id
  WHERE d.name = t.dataset AND i.created_at <= COALESCE(t.started_at, t.created_at))
WHERE id IN (SELECT DISTINCT ON (classifier, dataset) id FROM trainings ORDER BY classifier, dataset, created_at DESC, id);

CREATE TABLE auto_retrains (
  classifier text PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  settings jsonb NOT NULL,
  -- Of its schedule; NULL: it has none.
  next_run_at timestamptz,
  stage text NOT NULL DEFAULT 'idle' CHECK (stage IN ('idle', 'training', 'shadow', 'canary')),
  -- The last training that it queued, and the rollout of that one's version.
  training_id uuid,
  rollout_id bigint,
  -- Changes of the dataset at which a training was refused: the same images would be refused again.
  refused_changes bigint,
  -- Grows with each decision: of several servers that decide the same, one does it.
  revision integer NOT NULL DEFAULT 0
);
CREATE INDEX auto_retrains_by_dataset ON auto_retrains (dataset_id);

CREATE TABLE auto_retrain_steps (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  classifier text NOT NULL REFERENCES auto_retrains ON DELETE CASCADE,
  at timestamptz NOT NULL DEFAULT now(),
  kind text NOT NULL CHECK (kind IN (
    'set', 'queued', 'skipped', 'refused', 'failed', 'activated', 'kept', 'shadow', 'canary', 'ended')),
  reason text NOT NULL,
  training_id uuid,
  version integer
);
CREATE INDEX auto_retrain_steps_by_classifier ON auto_retrain_steps (classifier, id);
`;
