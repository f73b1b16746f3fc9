// A share of the images that are classified is kept for review, of those who consent to it.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- Whoever shows the key consents to the keeping of images.
ALTER TABLE api_keys ADD COLUMN capture boolean NOT NULL DEFAULT false;

-- Classifiers of which images are kept. They may be taught alone, and so be in no other table.
CREATE TABLE capture_rules (
  classifier text PRIMARY KEY,
  share double precision NOT NULL CHECK (share BETWEEN 0 AND 1),
  max_bytes bigint NOT NULL CHECK (max_bytes > 0),
  max_age_days integer NOT NULL CHECK (max_age_days > 0),
  -- Only images whose most probable class is below this, or that are unknown; NULL: any.
  uncertain_below double precision,
  -- Whether images of requests without a key are kept too.
  without_key boolean NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One image of one request, as one classifier answered it.
CREATE TABLE captures (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id text NOT NULL,
  -- Of the image in its request, from 0.
  position integer NOT NULL,
  -- Of the key that was shown, which may be gone by now; NULL: none was.
  key_id uuid,
  classifier text NOT NULL,
  -- 0: it was taught and never trained.
  version integer NOT NULL,
  label text NOT NULL,
  probability double precision NOT NULL,
  -- NULL: the version cannot tell.
  known boolean,
  -- 0 for a certain one to 1, and from 1 to 2 for those that are unknown.
  doubt double precision NOT NULL GENERATED ALWAYS AS (1 - probability + CASE WHEN known = false THEN 1 ELSE 0 END) STORED,
  -- In images as long as it waits, and then as long as its dataset has it.
  sha256 text NOT NULL,
  bytes integer NOT NULL,
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'accepted')),
  -- Of an accepted one: its image in the dataset, and whether that is there because of it.
  dataset_image_id bigint,
  dataset_image_added boolean,
  captured_at timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz
);
CREATE INDEX captures_by_classifier ON captures (classifier, state, id);
CREATE INDEX captures_by_doubt ON captures (state, doubt, id);
CREATE INDEX captures_by_request ON captures (request_id);
CREATE INDEX captures_by_image ON captures (sha256);
CREATE INDEX captures_by_dataset_image ON captures (dataset_image_id);

-- Requests that were forgotten a short while ago: what another process has still to write down of them is not kept.
CREATE TABLE forgotten_requests (
  request_id text PRIMARY KEY,
  forgotten_at timestamptz NOT NULL DEFAULT now()
);

-- Every process hears of a change when it is committed.
CREATE FUNCTION tell_capture_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('taxon_capture', COALESCE(NEW.classifier, OLD.classifier));
  RETURN NULL;
END $$;
CREATE TRIGGER capture_rule_changed AFTER INSERT OR UPDATE OR DELETE ON capture_rules
  FOR EACH ROW EXECUTE FUNCTION tell_capture_rule();
`;
