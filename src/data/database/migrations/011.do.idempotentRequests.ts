// Requests that were sent with an Idempotency-Key, and how they were answered.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE idempotent_requests (
  -- Id of the API key; empty where none is asked for.
  caller text NOT NULL,
  key text NOT NULL,
  -- What the request makes may take it as its id. It stays the same when the request is carried out again after its process died.
  request_id uuid NOT NULL,
  -- SHA-256 of what was asked for; null until the end of a body that is read as it arrives.
  fingerprint text,
  -- Another one for each time that it is carried out.
  claim uuid NOT NULL,
  -- While it is carried out; past it, whoever did is dead.
  claimed_until timestamptz NOT NULL,
  -- The answer; null until there is one.
  status integer,
  headers jsonb,
  body text,
  body_bytes integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotent_requests_by_time ON idempotent_requests (caller, created_at);
CREATE INDEX idempotent_requests_running ON idempotent_requests (claim) WHERE status IS NULL;
`;
