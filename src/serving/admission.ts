// Which requests are let in: only those that the machine can answer within their deadline, known from what it has promised already
// and how fast it works that off. The rest are refused before their bodies are read.
import { AppError } from '../errors.js';
import { SharedRoom } from './sharedRoom.js';

export interface AdmissionOptions {
  /** From the last byte of a request to its answer, in milliseconds. */
  readonly deadlineMs: number;
  /** Requests let in at a time, whatever they take. */
  readonly maxRequests: number;
  /** Cost that the machine works off per millisecond. */
  readonly drainPerMs: () => number;
  /** In milliseconds, of a clock that only goes forward. */
  readonly now?: () => number;
}

/** A request that was let in. */
export interface Admitted {
  readonly caller: string;
  /**
   * Replaces the estimate, once the body is there. Throws AppError overloaded when the request does not fit after all,
   * client_closed when it has left.
   */
  revise(cost: number): void;
  /** Idempotent: the request is answered. */
  leave(): void;
}

/**
 * This share of the deadline is promised to those who hold something already, and `reserve` times as much in all, so that there is some left for who
 * holds nothing.
 */
const promisedShare = 0.4;
const reserve = 1.5;

/**
 * An image that has waited for this share of the deadline goes before all younger ones (FairLine). No more than the promised share
 * is before it then: whatever the order until now, it is in time.
 */
export const agedShare = 1 - promisedShare * reserve;

/** So long after a refusal, others are taken to be waiting for room: longer than a stalled body is given (http/uploads.ts). */
const pressedMs = 5000;

export class Admission {
  readonly #room: SharedRoom;
  readonly #places: SharedRoom;
  readonly #now: () => number;
  #refused = 0;
  #lastRefusalAt = -Infinity;

  constructor(private readonly options: AdmissionOptions) {
    this.#now = options.now ?? (() => performance.now());
    this.#room = new SharedRoom(() => options.drainPerMs() * options.deadlineMs * promisedShare, reserve);
    this.#places = new SharedRoom(() => options.maxRequests);
  }

  /** Milliseconds until what has been promised is done. */
  get promisedMs(): number {
    return this.#room.taken / this.options.drainPerMs();
  }

  /** Requests refused so far. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether requests have been refused in the last five seconds. */
  get isPressed(): boolean {
    return this.#now() - this.#lastRefusalAt < pressedMs;
  }

  /** Lets in a request of the estimated `cost`, or throws AppError overloaded. */
  admit(caller: string, cost: number): Admitted {
    if (!this.#places.take(caller, 1)) throw this.#refusal();
    if (!this.#room.take(caller, cost)) {
      this.#places.giveBack(caller, 1);
      throw this.#refusal();
    }
    let held = cost;
    let left = false;
    return {
      caller,
      revise: (revised) => {
        if (left) throw new AppError('client_closed', 'the connection closed before the images were read');
        this.#room.giveBack(caller, held);
        held = 0;
        if (!this.#room.take(caller, revised)) throw this.#refusal();
        held = revised;
      },
      leave: () => {
        if (left) return;
        left = true;
        this.#places.giveBack(caller, 1);
        this.#room.giveBack(caller, held);
      },
    };
  }

  /** Counts a refusal for another reason than time, such as memory. */
  noteRefusal(): void {
    this.#refused += 1;
    this.#lastRefusalAt = this.#now();
  }

  #refusal(): AppError {
    this.noteRefusal();
    const waitS = Math.max(1, Math.ceil(this.promisedMs / 1000));
    return new AppError(
      'overloaded',
      `the server has promised the work of the next ${waitS} s to others; try again in ${waitS} s`,
      { retryAfterS: waitS },
    );
  }
}
