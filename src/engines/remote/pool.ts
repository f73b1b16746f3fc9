// The endpoints together: which of them is asked, what is done when one fails, and whether anyone can compute at all.
import { AppError } from '../../errors.js';
import type { EngineNotices, RemoteOptions } from '../engine.js';
import { askInTurn } from './attempts.js';
import { Endpoint } from './endpoint.js';
import { ExtraRequests } from './extraRequests.js';
import { Latencies } from './latencies.js';
import type { CheckedBackbone } from './selfCheck.js';
import { messageOf, type ServerDescription } from './transport.js';

export class EndpointPool {
  readonly #endpoints: readonly Endpoint[];
  /** By loaded id. */
  readonly #backbones = new Map<string, CheckedBackbone>();
  readonly #latencies = new Map<string, Latencies>();
  readonly #extra = new ExtraRequests();
  readonly #timer: NodeJS.Timeout;
  #outage: string | undefined;

  constructor(
    private readonly options: RemoteOptions,
    private readonly notices: EngineNotices,
  ) {
    const events = { onChange: () => this.#judge(), onWarning: notices.onWarning };
    this.#endpoints = options.endpoints.map((url) => new Endpoint(new URL(url), events));
    this.#timer = setInterval(() => void this.#lookAll(), options.checkEveryMs).unref();
  }

  get outage(): string | undefined {
    return this.#outage;
  }

  /** Of those that answer. Throws AppError engine_unavailable with the reason of each when none does. */
  async describeServers(): Promise<ReadonlyArray<ServerDescription & { readonly address: string }>> {
    const found = await Promise.allSettled(
      this.#endpoints.map(async (endpoint) => ({
        address: endpoint.address,
        ...(await endpoint.describeServer(this.#limit())),
      })),
    );
    const answers = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    if (answers.length > 0) return answers;
    const reasons = found.map((one, i) => `${this.#endpoints[i]!.address}: ${reasonOf(one)}`);
    throw new AppError('engine_unavailable', `no endpoint of the remote engine answers: ${reasons.join('; ')}`);
  }

  /**
   * Has every endpoint compared with the backbone. Throws AppError when none serves it: invalid_model with the reason of each when some endpoint says
   * so, engine_unavailable when none could be asked.
   */
  async load(backbone: CheckedBackbone): Promise<void> {
    const { id } = backbone;
    this.#backbones.set(id, backbone);
    this.#latencies.set(id, new Latencies());
    await Promise.all(this.#endpoints.map((endpoint) => this.#look(endpoint, true)));
    if (this.#endpoints.some((endpoint) => endpoint.serves(id))) return;
    const reasons = this.#endpoints.map((endpoint) => ({ address: endpoint.address, ...endpoint.whyNot(id) }));
    this.unload(id);
    throw new AppError(
      reasons.some(({ isRefusal }) => isRefusal) ? 'invalid_model' : 'engine_unavailable',
      `no endpoint of the remote engine serves the model ${backbone.model}: ${reasons.map(({ address, reason }) => `${address}: ${reason}`).join('; ')}; write it with taxon export --triton or --ovms`,
    );
  }

  unload(id: string): void {
    this.#backbones.delete(id);
    this.#latencies.delete(id);
    for (const endpoint of this.#endpoints) endpoint.forget(id);
    this.#judge();
  }

  /**
   * [count, valuesPerImage] of pixels [count, height, width, 3], divided among the endpoints. Rejects with AppError engine_unavailable when they do
   * not answer in time, or none is there.
   */
  async run(id: string, pixels: Uint8Array, count: number): Promise<Float32Array> {
    const backbone = this.#backbones.get(id);
    if (backbone === undefined) throw new Error(`backbone ${id} is not loaded`);
    const { imagesPerRequest, valuesPerImage } = backbone;
    const size = pixels.length / count;
    const values = new Float32Array(count * valuesPerImage);
    const deadline = this.#limit();
    const ask = async (from: number): Promise<void> => {
      const to = Math.min(from + imagesPerRequest, count);
      const part = pixels.subarray(from * size, to * size);
      values.set(await this.#ask(backbone, part, to - from, deadline), from * valuesPerImage);
    };
    const starts = Array.from({ length: Math.ceil(count / imagesPerRequest) }, (_, i) => i * imagesPerRequest);
    await Promise.all(starts.map(ask));
    return values;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#endpoints.map((endpoint) => endpoint.close()));
  }

  async #ask(
    backbone: CheckedBackbone,
    pixels: Uint8Array,
    count: number,
    deadline: AbortSignal,
  ): Promise<Float32Array> {
    // Twice: an endpoint that was started again is compared anew, and then asked once more.
    for (let round = 0; round < 2 && !deadline.aborted; round++) {
      if (this.#best(backbone.id, new Set()) === undefined) await this.#find(backbone.id);
      if (this.#best(backbone.id, new Set()) === undefined) break;
      try {
        return await this.#askBest(backbone, pixels, count, deadline);
      } catch {
        // What is wrong with an endpoint is in the log once it is left out.
      }
    }
    throw this.#unavailable(backbone, deadline);
  }

  async #askBest(
    backbone: CheckedBackbone,
    pixels: Uint8Array,
    count: number,
    deadline: AbortSignal,
  ): Promise<Float32Array> {
    const latencies = this.#latencies.get(backbone.id);
    const startedAt = performance.now();
    this.#extra.earn();
    const values = await askInTurn<Endpoint, Float32Array>({
      next: (tried) => this.#best(backbone.id, tried),
      attempt: (endpoint, signal) =>
        endpoint.infer(backbone, pixels, count, { signal, isLate: () => deadline.aborted }),
      mayAdd: () => this.#extra.take(),
      hedgeAfterMs: latencies?.usual(count),
      deadline,
    });
    latencies?.add(count, performance.now() - startedAt);
    return values;
  }

  /** Of those that serve the backbone, the one that will be done first. */
  #best(id: string, tried: ReadonlySet<Endpoint>): Endpoint | undefined {
    return this.#endpoints
      .filter((endpoint) => endpoint.serves(id) && !tried.has(endpoint))
      .sort((a, b) => a.expectedMs - b.expectedMs)[0];
  }

  /** Looks at all endpoints, until one serves the backbone or all have been looked at. */
  async #find(id: string): Promise<void> {
    const looks = this.#endpoints.map(async (endpoint) => {
      await this.#look(endpoint, true);
      if (!endpoint.serves(id)) throw new Error(endpoint.whyNot(id).reason);
    });
    await Promise.any(looks).catch(() => undefined);
  }

  async #lookAll(): Promise<void> {
    await Promise.all(this.#endpoints.map((endpoint) => this.#look(endpoint)));
  }

  #look(endpoint: Endpoint, again = false): Promise<void> {
    return endpoint.look(
      () => [...this.#backbones.values()],
      () => this.#limit(),
      again,
    );
  }

  #limit(): AbortSignal {
    return AbortSignal.timeout(this.options.timeoutMs);
  }

  #unavailable({ model }: CheckedBackbone, deadline: AbortSignal): AppError {
    const why = deadline.aborted
      ? `did not answer within ${this.options.timeoutMs} ms`
      : `cannot compute with the model ${model} now`;
    return new AppError('engine_unavailable', `the remote engine ${why}; try again in a moment`, { retryAfterS: 1 });
  }

  /** Tells of an outage that begins or ends: no endpoint serves any of the backbones. */
  #judge(): void {
    const ids = [...this.#backbones.keys()];
    const isOut =
      ids.length === 0
        ? !this.#endpoints.some((endpoint) => endpoint.answers)
        : !ids.some((id) => this.#endpoints.some((endpoint) => endpoint.serves(id)));
    if (isOut === (this.#outage !== undefined)) return;
    this.#outage = isOut ? 'no endpoint of the remote engine can compute' : undefined;
    this.notices.onOutage(this.#outage);
  }
}

const reasonOf = (one: PromiseSettledResult<unknown>): string =>
  one.status === 'rejected' ? messageOf(one.reason) : '';
