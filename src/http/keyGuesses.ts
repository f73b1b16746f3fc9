// Slows the guessing of keys: an address that sent several wrong keys is refused without asking the database. A key that was valid
// from that address before still passes, so that a guesser cannot lock out others behind the same address; from elsewhere it does not,
// so that guessing a key in use is as slow.
import { createHash } from 'node:crypto';
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import { AppError } from '../errors.js';
import { RecentMap } from '../recentMap.js';

const windowMs = 60_000;
const maxAddresses = 10_000;
const maxPairs = 10_000;

/** What came from one address. Keys are kept as hashes with their address. */
interface Guesses<Verified> {
  readonly endsAt: number;
  /** A key counts once: a client that keeps sending an old one is not guessing. */
  readonly wrong: Set<string>;
  readonly checks: Map<string, Promise<Verified | undefined>>;
}

export interface KeyGuessesDeps<Verified> {
  readonly verify: (key: string) => Promise<Verified | undefined>;
  /** Wrong keys of one address in a minute; 0: any number. */
  readonly limit: number;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number;
}

/** `Verified`: what a right key is found to be. */
export class KeyGuesses<Verified = VerifiedKey> {
  readonly #deps: Required<KeyGuessesDeps<Verified>>;
  readonly #guesses = new RecentMap<string, Guesses<Verified>>(maxAddresses);
  /** Keys and the addresses from where they were valid. */
  readonly #trusted = new RecentMap<string, true>(maxPairs);

  constructor({ verify, limit, now = () => performance.now() }: KeyGuessesDeps<Verified>) {
    this.#deps = { verify, limit: limit === 0 ? Infinity : limit, now };
  }

  /**
   * As `verify` of the deps. Throws AppError `rate_limited` after `limit` wrong keys from `address`, and what `verify` throws.
   * A key that was wrong is wrong for the rest of the minute.
   */
  async verify(key: string, address: string): Promise<Verified | undefined> {
    const pair = createHash('sha256').update(`${address} ${key}`).digest('base64');
    for (;;) {
      const guesses = this.#guessesOf(address);
      if (this.#trusted.get(pair)) return this.#check(key, pair, guesses);
      if (guesses.wrong.has(pair)) return undefined;
      const running = guesses.checks.get(pair);
      if (running !== undefined) return running;
      this.#refuseGuesser(guesses);
      if (guesses.wrong.size + guesses.checks.size < this.#deps.limit) return this.#checkNew(key, pair, guesses);
      // If all that are being checked are wrong, this one is refused: many at once gain nothing.
      await Promise.race(guesses.checks.values());
    }
  }

  #guessesOf(address: string): Guesses<Verified> {
    const now = this.#deps.now();
    const present = this.#guesses.get(address);
    if (present && now < present.endsAt) return present;
    const fresh = { endsAt: now + windowMs, wrong: new Set<string>(), checks: present?.checks ?? new Map() };
    this.#guesses.set(address, fresh);
    return fresh;
  }

  #refuseGuesser({ wrong, endsAt }: Guesses<Verified>): void {
    const { limit, now } = this.#deps;
    if (wrong.size < limit) return;
    const detail = `${limit} different keys from this address were not valid; try again in a minute`;
    throw new AppError('rate_limited', detail, { retryAfterS: Math.ceil((endsAt - now()) / 1000) });
  }

  /** Notes the check, so that the same key is not checked twice at a time. */
  async #checkNew(key: string, pair: string, guesses: Guesses<Verified>): Promise<Verified | undefined> {
    const check = this.#check(key, pair, guesses).finally(() => guesses.checks.delete(pair));
    guesses.checks.set(pair, check);
    return check;
  }

  async #check(key: string, pair: string, { wrong }: Guesses<Verified>): Promise<Verified | undefined> {
    const verified = await this.#deps.verify(key);
    if (verified) this.#trusted.set(pair, true);
    else {
      this.#trusted.delete(pair);
      wrong.add(pair);
    }
    return verified;
  }
}
