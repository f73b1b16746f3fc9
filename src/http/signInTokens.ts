// The token of the link that signs a person in: at most one at a time, kept as its hash, of use once and for a quarter of an hour.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Long enough to read the log and open a browser. */
export const tokenMinutes = 15;

interface Issued {
  readonly hash: Buffer;
  readonly endsAt: number;
}

const digest = (token: string): Buffer => createHash('sha256').update(token).digest();

export class SignInTokens {
  readonly #now: () => number;
  #issued: Issued | undefined;

  /** `now` in milliseconds, of a clock that never goes back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Of 256 random bits; the one before is of no use any more. */
  issue(): string {
    const token = randomBytes(32).toString('base64url');
    this.#issued = { hash: digest(token), endsAt: this.#now() + tokenMinutes * 60_000 };
    return token;
  }

  /** Does `work` if `token` is the one that was issued, which is then used up, unless `work` fails. Undefined for any other. */
  async redeem<T>(token: string, work: () => Promise<T>): Promise<T | undefined> {
    const issued = this.#issued;
    if (issued === undefined || this.#now() >= issued.endsAt || !timingSafeEqual(digest(token), issued.hash))
      return undefined;
    this.#issued = undefined;
    try {
      return await work();
    } catch (error) {
      this.#issued ??= issued;
      throw error;
    }
  }
}
