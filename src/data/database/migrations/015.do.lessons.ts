// Classifiers that are taught: they answer from the images of a dataset before a training has learnt them.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE lessons (
  classifier text PRIMARY KEY,
  dataset_id bigint NOT NULL REFERENCES datasets ON DELETE CASCADE,
  -- Images taught since the last training that start the next one; NULL: nobody but a person starts it.
  promote_after integer CHECK (promote_after > 0),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX lessons_by_dataset ON lessons (dataset_id);

-- Whatever changes a dataset changes what is taught by it: every process hears of it when the change is committed.
CREATE FUNCTION tell_lessons_of_image() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('taxon_lesson', classifier) FROM lessons WHERE dataset_id = COALESCE(NEW.dataset_id, OLD.dataset_id);
  RETURN NULL;
END $$;
CREATE TRIGGER lessons_of_image AFTER INSERT OR DELETE OR UPDATE OF label ON dataset_images
  FOR EACH ROW EXECUTE FUNCTION tell_lessons_of_image();

CREATE FUNCTION tell_lesson() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('taxon_lesson', COALESCE(NEW.classifier, OLD.classifier));
  RETURN NULL;
END $$;
CREATE TRIGGER lesson_changed AFTER INSERT OR UPDATE OR DELETE ON lessons FOR EACH ROW EXECUTE FUNCTION tell_lesson();
`;
