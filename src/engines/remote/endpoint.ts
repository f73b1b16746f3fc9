// One server that runs backbones: whether it answers, which backbones it has been shown to have, and how fast it is.
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
} from 'cockatiel';
import { openTransport } from './openTransport.js';
import { differenceFrom, mismatch, type CheckedBackbone } from './selfCheck.js';
import { EndpointError, messageOf, type ServerDescription, type Transport } from './transport.js';

/** Failures in a row after which it is asked nothing but whether it is back. */
const mostFailures = 3;
/** Until it is first asked whether it is back, and at most, in milliseconds. */
const [firstPauseMs, longestPauseMs] = [500, 10_000];
/** Weight of the latest request in how fast it is. */
const latestShare = 0.2;
/** A backbone is compared again in so many looks: somebody may have put another file in its place. */
const looksBetweenComparisons = 30;

/** Of a message beside its tensor. */
const overheadBytes = 65_536;

export interface EndpointEvents {
  /** It may answer less, or more, than before. */
  readonly onChange: () => void;
  readonly onWarning: (text: string) => void;
}

const isFailure = (error: Error): boolean => error instanceof EndpointError && error.kind !== 'refused';

export class Endpoint {
  /** Requests that it has now. */
  inFlight = 0;
  readonly #transport: Transport;
  readonly #breaker = circuitBreaker(handleWhen(isFailure), {
    breaker: new ConsecutiveBreaker(mostFailures),
    halfOpenAfter: new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: longestPauseMs }),
  });
  /** Backbones that it was seen to give the right values for, since it was last seen to be another or gone. */
  readonly #accepted = new Set<string>();
  /** Why it does not serve a backbone, by its loaded id. */
  readonly #refusals = new Map<string, string>();
  /** Backbones of which it was seen to give other values, likewise. */
  readonly #others = new Set<string>();
  /** Counts how often what is at the other end may have become another program. */
  #generation = 0;
  #failure: string | undefined;
  #msPerImage = 0;
  #looks = 0;
  #looking: Promise<void> | undefined;

  constructor(
    url: URL,
    private readonly events: EndpointEvents,
  ) {
    this.#transport = openTransport({ url, onDisconnect: () => this.#distrust() });
    this.#breaker.onBreak(() => {
      this.#distrust();
      events.onWarning(`the endpoint ${this.address} is left out until it is back: ${this.#failure ?? 'it failed'}`);
    });
    this.#breaker.onReset(() => events.onWarning(`the endpoint ${this.address} is back`));
  }

  get address(): string {
    return this.#transport.address;
  }

  /** Whether it may be asked to compute with the backbone. */
  serves(id: string): boolean {
    return this.#breaker.state === CircuitState.Closed && this.#accepted.has(id);
  }

  /** Whether it was there when it was last asked something. */
  get answers(): boolean {
    return this.#breaker.state === CircuitState.Closed && this.#failure === undefined;
  }

  /** Why it does not serve the backbone now; `isRefusal`: it is there, and would say so again. */
  whyNot(id: string): { readonly reason: string; readonly isRefusal: boolean } {
    const refusal = this.#refusals.get(id);
    if (this.#failure === undefined && refusal !== undefined) return { reason: refusal, isRefusal: true };
    return { reason: this.#failure ?? 'it is being looked at', isRefusal: false };
  }

  /** Expected milliseconds until one more image is done. */
  get expectedMs(): number {
    return (this.inFlight + 1) * this.#msPerImage;
  }

  /** Rejects with EndpointError. */
  describeServer(signal: AbortSignal): Promise<ServerDescription> {
    return this.#guarded(() => inTime(this.#transport.describeServer(signal)));
  }

  /**
   * [count, valuesPerImage] of pixels [count, height, width, 3]. Rejects with EndpointError; with the signal's reason, which is a failure of the
   * endpoint where it `isLate`.
   */
  async infer(
    backbone: CheckedBackbone,
    pixels: Uint8Array,
    count: number,
    { signal, isLate }: { readonly signal: AbortSignal; readonly isLate: () => boolean },
  ): Promise<Float32Array> {
    this.inFlight += 1;
    const startedAt = performance.now();
    try {
      const values = await this.#guarded(() =>
        this.#ofOneProgram(() => this.#infer(backbone, pixels, count, signal)).catch((error: unknown) => {
          throw isLate() && !(error instanceof EndpointError)
            ? new EndpointError('failed', 'it did not answer in time')
            : error;
        }),
      );
      this.#learn((performance.now() - startedAt) / count);
      return values;
    } catch (error) {
      // It may have another model now than the one that was compared.
      if (error instanceof EndpointError && error.kind !== 'failed') this.#accepted.delete(backbone.id);
      this.events.onChange();
      throw error;
    } finally {
      this.inFlight -= 1;
    }
  }

  /**
   * Looks whether it is there, and compares the backbones that it was not yet seen to have; from time to time, all. Never rejects. Calls at the same
   * time share a look, unless `again` asks for one that begins after this call.
   */
  async look(backbones: () => readonly CheckedBackbone[], signal: () => AbortSignal, again = false): Promise<void> {
    if (again) await this.#looking;
    this.#looking ??= this.#look(backbones(), signal()).finally(() => {
      this.#looking = undefined;
      this.events.onChange();
    });
    await this.#looking;
  }

  forget(id: string): void {
    this.#accepted.delete(id);
    this.#others.delete(id);
    this.#refusals.delete(id);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #look(backbones: readonly CheckedBackbone[], signal: AbortSignal): Promise<void> {
    const isThorough = this.#looks++ % looksBetweenComparisons === 0;
    try {
      await this.#guarded(async () => {
        if (backbones.length === 0) await inTime(this.#transport.describeServer(signal));
        for (const backbone of backbones) {
          // What it computes with has not changed, and the comparison would take its time from requests.
          if (!isThorough && this.#others.has(backbone.id)) continue;
          const isKnown = !isThorough && this.#accepted.has(backbone.id);
          this.#note(
            backbone,
            await inTime(
              this.#ofOneProgram(() =>
                isKnown ? this.#whyNotReady(backbone, signal) : this.#whyOther(backbone, signal),
              ),
            ),
          );
        }
      });
    } catch (error) {
      this.#failure = messageOf(error);
    }
  }

  /** `reason`: why it does not serve the backbone; undefined: it does. */
  #note(backbone: CheckedBackbone, reason: string | undefined): void {
    if (reason === undefined) {
      this.#refusals.delete(backbone.id);
      this.#accepted.add(backbone.id);
      return;
    }
    this.#accepted.delete(backbone.id);
    if (this.#refusals.get(backbone.id) === reason) return;
    this.#refusals.set(backbone.id, reason);
    this.events.onWarning(`the endpoint ${this.address} is not asked for the model ${backbone.model}: ${reason}`);
  }

  #whyNotReady({ model }: CheckedBackbone, signal: AbortSignal): Promise<string | undefined> {
    return this.#transport.checkReady(model, signal).then(() => undefined, refusalOf);
  }

  async #whyOther(backbone: CheckedBackbone, signal: AbortSignal): Promise<string | undefined> {
    try {
      const wrong = mismatch(backbone, await this.#transport.describeModel(backbone.model, signal));
      if (wrong !== undefined) return wrong;
      const different = differenceFrom(backbone, await this.#inferDrawn(backbone, signal));
      if (different === undefined) this.#others.delete(backbone.id);
      else this.#others.add(backbone.id);
      return different;
    } catch (error) {
      return refusalOf(error);
    }
  }

  async #inferDrawn(backbone: CheckedBackbone, signal: AbortSignal): Promise<Float32Array> {
    const { drawn, imagesPerRequest, valuesPerImage } = backbone;
    const values = new Float32Array(drawn.count * valuesPerImage);
    const size = drawn.pixels.length / drawn.count;
    for (let from = 0; from < drawn.count; from += imagesPerRequest) {
      const to = Math.min(from + imagesPerRequest, drawn.count);
      const part = drawn.pixels.subarray(from * size, to * size);
      const startedAt = performance.now();
      values.set(await this.#infer(backbone, part, to - from, signal), from * valuesPerImage);
      this.#learn((performance.now() - startedAt) / (to - from));
    }
    return values;
  }

  async #infer(
    { model, height, width, output, valuesPerImage }: CheckedBackbone,
    pixels: Uint8Array,
    count: number,
    signal: AbortSignal,
  ): Promise<Float32Array> {
    const wanted = count * valuesPerImage;
    const values = await this.#transport.infer(
      // As JSON a number has up to 25 characters.
      { model, shape: [count, height, width, 3], pixels, output, maxBytes: overheadBytes + wanted * 25 },
      signal,
    );
    if (values.length !== wanted)
      throw new EndpointError('wrong', `it gave ${values.length} values where ${count} images have ${wanted}`);
    if (values.every(Number.isFinite)) return values;
    throw new EndpointError('wrong', 'it gave values that are not finite');
  }

  async #guarded<T>(call: () => Promise<T>): Promise<T> {
    try {
      const result = await this.#breaker.execute(async () => {
        try {
          return await call();
        } catch (error) {
          if (error instanceof EndpointError) this.#failure = error.message;
          throw error;
        }
      });
      this.#failure = undefined;
      return result;
    } catch (error) {
      if (error instanceof BrokenCircuitError)
        throw new EndpointError('failed', this.#failure ?? error.message, { cause: error });
      throw error;
    }
  }

  #learn(msPerImage: number): void {
    this.#msPerImage =
      this.#msPerImage === 0 ? msPerImage : this.#msPerImage + latestShare * (msPerImage - this.#msPerImage);
  }

  /** What came of `call`, unless the connection was lost meanwhile: its answer may be of a program that was never compared. */
  async #ofOneProgram<T>(call: () => Promise<T>): Promise<T> {
    const generation = this.#generation;
    const result = await call();
    if (generation !== this.#generation) throw new EndpointError('failed', 'its connection was lost meanwhile');
    return result;
  }

  /** What is at the other end next may be another program. */
  #distrust(): void {
    this.#generation += 1;
    this.#accepted.clear();
    this.#others.clear();
    this.events.onChange();
  }
}

/** For calls whose signal is a time limit alone: that it has passed is a failure of the endpoint. */
const inTime = <T>(call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw error instanceof EndpointError ? error : new EndpointError('failed', 'it did not answer in time');
  });

/** What a refusal says. Throws any other error. */
function refusalOf(error: unknown): string {
  if (error instanceof EndpointError && error.kind === 'refused') return error.message;
  throw error;
}
