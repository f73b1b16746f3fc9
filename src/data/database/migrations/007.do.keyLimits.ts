// Keys may end by themselves and have limits of their own; how much they are used is counted.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
ALTER TABLE api_keys ADD COLUMN expires_at timestamptz;
ALTER TABLE api_keys ADD COLUMN requests_per_minute integer CHECK (requests_per_minute > 0);
ALTER TABLE api_keys ADD COLUMN requests_per_day integer CHECK (requests_per_day > 0);
-- The requests of one day in UTC, the last one on which the key was used.
ALTER TABLE api_keys ADD COLUMN counted_day date;
ALTER TABLE api_keys ADD COLUMN counted_requests integer NOT NULL DEFAULT 0;
`;
