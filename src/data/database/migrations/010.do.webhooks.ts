// Webhooks, and the queue of what is to be sent to them.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
CREATE TABLE webhooks (
  id uuid PRIMARY KEY,
  url text NOT NULL,
  description text NOT NULL,
  events text[] NOT NULL,
  -- As it was shown: whoever signs needs the key itself, not its hash.
  secret text NOT NULL,
  review_queue_above integer CHECK (review_queue_above >= 0),
  -- Whether the review queue was above that number when it last changed.
  is_above boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE webhook_deliveries (
  -- The header webhook-id.
  id text PRIMARY KEY,
  webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
  event text NOT NULL,
  -- The body as it is signed and sent.
  payload text NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'failed')),
  -- Grows with each claim. Who made an attempt writes with its number, and is refused once there is a later one.
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz NOT NULL DEFAULT now(),
  -- While an attempt is being made; past it, whoever made it is dead.
  claimed_until timestamptz,
  last_attempt_at timestamptz,
  last_status integer,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (next_attempt_at) WHERE state = 'waiting';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at);
`;
