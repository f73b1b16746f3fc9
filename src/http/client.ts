// Who asks, as far as it decides which version of a classifier answers while one is rolled out.
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import type { Client } from '../serving/rollout/draw.js';
import { keyOf } from './auth.js';

/** Tells the users of one key, or of none, from one another. */
export const clientHeader = 'x-client-id';

/** By the header, within a key; else by the key. A key that nobody asked for is not verified, and tells clients apart all the same. */
export function clientOf({
  key,
  headers,
}: {
  readonly key?: VerifiedKey | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}): Client {
  const ofKey = key?.id ?? keyOf(headers);
  const own = headers[clientHeader];
  const isNamed = typeof own === 'string' && own !== '';
  return { keyId: key?.id, stableId: isNamed ? JSON.stringify([ofKey, own]) : ofKey };
}
