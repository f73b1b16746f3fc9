// Which version was active when, as the database knows it, and whether an answer came from one that was.
import pg from 'pg';
import type { Answer } from './traffic.js';

/** Longest time in which an activation must have reached every replica. */
const reachedAfterMs = 2_000;

export interface Activation {
  readonly version: number;
  /** Milliseconds of the clock that requests are timed by too. */
  readonly at: number;
}

/** In the order in which they happened. */
export async function followActivations(databaseUrl: string, classifier: string): Promise<Activation[]> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: number; activated_at: Date }>(
      'SELECT version, activated_at FROM activations WHERE classifier = $1 ORDER BY id',
      [classifier],
    );
    return rows.map(({ version, activated_at: at }) => ({ version, at: at.getTime() }));
  } finally {
    await client.end();
  }
}

/** Whether the version that answered was at no time active between 2 s before the request and its answer. */
export function isStale({ outcome, version, sentAt, endedAt }: Answer, activations: readonly Activation[]): boolean {
  if (outcome !== 'answered') return false;
  return !activations.some(
    (activation, i) =>
      activation.version === version &&
      activation.at <= endedAt &&
      (activations[i + 1]?.at ?? Infinity) >= sentAt - reachedAfterMs,
  );
}
