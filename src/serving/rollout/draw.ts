// Which version answers a request that names none: the canary's share of them, the same for one client every time.
import { createHash } from 'node:crypto';
import type { Plan } from '../../data/classifiers/rollouts.js';

/** Who asks. */
export interface Client {
  /** Of the API key that was verified; undefined where none is asked for. */
  readonly keyId: string | undefined;
  /** What tells this client from others, the same each time; undefined: nothing does. */
  readonly stableId: string | undefined;
}

/**
 * Whether the canary answers. Clients keep their place while the percentage grows; another version, other clients first. `random` gives
 * the place, 0 to below 1, of a client that cannot be told from others.
 */
export function isDrawn(
  classifier: string,
  { version, percent, keys }: Pick<Plan, 'version' | 'percent' | 'keys'>,
  { keyId, stableId }: Client,
  random: () => number,
): boolean {
  if (keyId !== undefined && keys.includes(keyId)) return true;
  const place = stableId === undefined ? random() : placeOf(classifier, version, stableId);
  return place * 100 < percent;
}

/** 0 to below 1, evenly over all clients: the first 48 bits of a SHA-256. */
export const placeOf = (...words: ReadonlyArray<string | number>): number =>
  createHash('sha256').update(JSON.stringify(words)).digest().readUIntBE(0, 6) / 2 ** 48;
