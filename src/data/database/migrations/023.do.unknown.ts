// What tells images of none of the classes: a threshold for each version, and images of a dataset that show none of its classes.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE version_thresholds (
  classifier text NOT NULL REFERENCES classifiers ON DELETE CASCADE,
  version integer NOT NULL,
  unknown_above double precision NOT NULL CHECK (unknown_above BETWEEN 0 AND 1),
  PRIMARY KEY (classifier, version)
);

-- Label of the images that are of none of the other classes; NULL: there are none.
ALTER TABLE datasets ADD COLUMN negatives text;
ALTER TABLE training_images ADD COLUMN negative boolean NOT NULL DEFAULT false;

-- Images that become negatives, or cease to be, change what is taught by their dataset.
CREATE FUNCTION tell_lessons_of_dataset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('taxon_lesson', classifier) FROM lessons WHERE dataset_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER lessons_of_dataset AFTER UPDATE OF negatives ON datasets
  FOR EACH ROW WHEN (OLD.negatives IS DISTINCT FROM NEW.negatives) EXECUTE FUNCTION tell_lessons_of_dataset();
`;
