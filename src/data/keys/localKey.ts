// A key of one process, which no database knows: it ends with the process.
import { randomUUID } from 'node:crypto';
import { hashOf, newKeyText } from './keyText.js';
import type { VerifiedKey } from './keyVerifier.js';
import { includedScopes } from './schemas.js';

export interface LocalKey {
  readonly key: string;
  /** Undefined for every other key. */
  verify(key: string): VerifiedKey | undefined;
}

/** With the scope admin and without limits of its own. */
export function createLocalKey(): LocalKey {
  const key = newKeyText();
  const hash = hashOf(key);
  const verified: VerifiedKey = {
    id: randomUUID(),
    scopes: new Set(includedScopes.admin),
    requestsPerMinute: null,
    requestsPerDay: null,
    capture: false,
    requestsToday: 0,
    dayEndsAt: Infinity,
  };
  return { key, verify: (given) => (hashOf(given) === hash ? verified : undefined) };
}
