// Lets calls in before their messages are read: the key, the limits, the time and the memory that there are for them, as over HTTP.
import type { VerifiedKey } from '../data/keys/keyVerifier.js';
import type { Scope } from '../data/keys/schemas.js';
import { AppError } from '../errors.js';
import { admitExchange } from '../http/admission.js';
import { checkScope, keyOf, verifyKey } from '../http/auth.js';
import { clientAddress } from '../http/clientAddress.js';
import { Exchange } from '../http/exchange.js';
import type { KeyGuesses } from '../http/keyGuesses.js';
import { requestIdOf } from '../http/requestIds.js';
import { RequestWindows } from '../http/requestWindows.js';
import { createGate, type Gate } from '../image/gate.js';
import type { Admission, Admitted } from '../serving/admission.js';
import type { Costs } from '../serving/costs.js';

export interface CallAdmissionDeps {
  readonly keys: Pick<KeyGuesses, 'verify'>;
  /** Counts a request of a key for its day. Throws AppError quota_exceeded. */
  readonly countDaily: (key: VerifiedKey) => void;
  /** Of a key without a limit of its own, or of an address; 0: no limit. */
  readonly requestsPerMinute: number;
  /** Whether calls that are not the administrator's need a key. */
  readonly isKeyRequired: boolean;
  readonly admission: Admission;
  readonly costs: Costs;
  /** Of one message, and of all that are held, in bytes. */
  readonly maxMessageBytes: number;
  readonly maxInflightBytes: number;
}

/** What a method asks of its callers. */
export interface MethodRules {
  /** `open`: no key, ever. */
  readonly scope: Scope | 'open';
  /** Whether it waits for the engine. */
  readonly isInference: boolean;
}

export interface Caller {
  /** An address, without its port. */
  readonly ip: string | undefined;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One call, from its arrival to its end. */
export class Call {
  readonly exchange = new Exchange();
  readonly id: string;
  key: VerifiedKey | undefined;
  /** Of inference alone. */
  admitted!: Admitted;
  /** Ends the reservation for a message that has not arrived yet. */
  stopReceiving: () => void = () => undefined;

  constructor(
    readonly rules: MethodRules,
    readonly caller: Caller,
  ) {
    this.id = requestIdOf(caller.headers);
  }

  get headers(): Caller['headers'] {
    return this.caller.headers;
  }
}

const minuteMs = 60_000;
/** Estimates for calls of unknown size are of one kind. */
const kind = 'application/grpc';
const anySize = 1;
/** A message that asks for something is shorter. */
const maxQueryBytes = 64 * 2 ** 10;

export class CallAdmission {
  readonly #windows = new RequestWindows();
  /** A message may be of any length until it is there, so that only so many arrive at a time: others wait, unread. */
  readonly #receiving: Record<'inference' | 'query', Gate>;
  #heldBytes = 0;

  constructor(private readonly deps: CallAdmissionDeps) {
    const places = Math.max(1, Math.floor(deps.maxInflightBytes / deps.maxMessageBytes));
    this.#receiving = { inference: createGate(places, Infinity), query: createGate(places, Infinity) };
  }

  /**
   * Resolves when the message of `call` may be read. Throws AppError unauthorized, forbidden, rate_limited, quota_exceeded, overloaded,
   * client_closed, database_unavailable.
   */
  async letIn(call: Call): Promise<void> {
    const { rules, exchange } = call;
    const address = clientAddress(call.caller);
    await this.#checkKey(call, address);
    if (rules.scope !== 'open') this.#checkLimits(call, address);
    if (exchange.isOver) throw closed();
    if (rules.isInference) this.#admit(call, address);
    await this.#enter(call);
  }

  /** The message of `call` has arrived. Throws AppError overloaded, body_too_large. */
  arrived({ rules, exchange, stopReceiving }: Call, bytes: number): void {
    stopReceiving();
    if (!rules.isInference && bytes > maxQueryBytes)
      throw new AppError('body_too_large', `the message has ${bytes} bytes, at most ${maxQueryBytes} are accepted`);
    if (this.#heldBytes > 0 && this.#heldBytes + bytes > this.deps.maxInflightBytes) {
      this.deps.admission.noteRefusal();
      throw new AppError(
        'overloaded',
        'the messages of all calls together have grown too large; try again in a moment',
      );
    }
    this.#heldBytes += bytes;
    exchange.onceOver(() => (this.#heldBytes -= bytes));
  }

  async #checkKey(call: Call, address: string): Promise<void> {
    const { scope } = call.rules;
    if (scope === 'open' || (scope === 'classify' && !this.deps.isKeyRequired)) return;
    call.key = await verifyKey(this.deps.keys, keyOf(call.caller.headers), address);
    checkScope(call.key, scope);
  }

  #checkLimits({ key }: Call, address: string): void {
    const max = key?.requestsPerMinute ?? this.deps.requestsPerMinute;
    if (max > 0) {
      const { current, ttl } = this.#windows.count(key?.id ?? address, minuteMs);
      if (current > max)
        throw new AppError('rate_limited', `at most ${max} requests a minute`, { retryAfterS: Math.ceil(ttl / 1000) });
    }
    if (key !== undefined) this.deps.countDaily(key);
  }

  #admit(call: Call, address: string): void {
    const caller = call.key?.id ?? address;
    call.admitted = admitExchange(call.exchange, this.deps, { caller, kind, bytes: anySize });
  }

  async #enter(call: Call): Promise<void> {
    const controller = new AbortController();
    const forget = call.exchange.onceOver(() => controller.abort(closed()));
    const leave = await this.#receiving[call.rules.isInference ? 'inference' : 'query'].enter(
      'request',
      controller.signal,
    );
    forget();
    let isReceiving = true;
    call.stopReceiving = () => {
      if (isReceiving) leave();
      isReceiving = false;
    };
    call.exchange.onceOver(call.stopReceiving);
  }
}

const closed = (): AppError => new AppError('client_closed', 'the call ended before it was let in');
