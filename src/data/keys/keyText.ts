// A key itself: made from 256 random bits, shown once, kept as its hash.
import { createHash, randomBytes } from 'node:crypto';

/** The prefix lets secret scanners recognise a key that was published by mistake. */
export const newKeyText = (): string => `taxon_${randomBytes(32).toString('base64url')}`;

/**
 * SHA-256 in hex. Keys are looked up by it: how long a comparison takes tells at most about the hash of a guess, from which nothing
 * follows for the next guess.
 */
export const hashOf = (key: string): string => createHash('sha256').update(key).digest('hex');
