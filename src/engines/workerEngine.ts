// Owns the engine worker: passes calls to it, notices its death, starts the next one and has it load the same again.
import { setTimeout } from 'node:timers/promises';
import { SHARE_ENV, Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { AppError } from '../errors.js';
import {
  EngineLostError,
  loadedIdOf,
  type BackboneArtifact,
  type EmbeddingBatch,
  type Engine,
  type EngineBatch,
  type EngineInfo,
  type EngineOutput,
  type HeadArtifact,
  type EngineOptions,
} from './engine.js';
import { RestartDelays } from './restartDelays.js';
import {
  fromPlainError,
  toPlainError,
  type EngineCall,
  type EngineMethod,
  type EngineReply,
} from './workerProtocol.js';

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export interface WorkerEngineDeps {
  readonly logger: Logger;
  /** Called at each restart, for the metrics. */
  readonly onRestart?: () => void;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
  /** Another worker script, for tests of its death. */
  readonly workerUrl?: URL;
}

/**
 * Starts a worker with the first of `candidates` that is available, and says in one log line which and why. Rejects
 * with AppError engine_unavailable and the reason of each when none is.
 */
export async function startWorkerEngine(candidates: readonly EngineOptions[], deps: WorkerEngineDeps): Promise<Engine> {
  const engine = new WorkerEngine(candidates, deps);
  await engine.start();
  return engine;
}

class WorkerEngine implements Engine {
  #info: EngineInfo | undefined;
  #worker: Worker | undefined;
  #pending = new Map<number, PendingCall>();
  #nextId = 1;
  #closing: Promise<void> | undefined;
  /** Resolved while a worker answers; a new promise from its death until the next one has everything loaded again. */
  #ready: Promise<void> = Promise.resolve();
  #restarting = false;
  #outage: string | undefined;
  /** What the engine in the worker says of itself. */
  #reported: string | undefined;
  readonly #delays: RestartDelays;
  /** Ends the wait for the next start. */
  readonly #stop = new AbortController();
  readonly #backbones = new Map<string, BackboneArtifact>();
  readonly #heads = new Map<string, HeadArtifact>();

  constructor(
    private candidates: readonly EngineOptions[],
    private readonly deps: WorkerEngineDeps,
  ) {
    this.#delays = new RestartDelays(deps.now);
  }

  get info(): EngineInfo {
    if (this.#info === undefined) throw new Error('the engine has not been started');
    return this.#info;
  }

  get outage(): string | undefined {
    return this.#outage ?? this.#reported;
  }

  /** Resolves when the worker has reported its engine. */
  start(): Promise<void> {
    const url = this.deps.workerUrl ?? new URL('./worker.js', import.meta.url);
    // Native libraries read the process's environment: a worker's own copy, where tfjs/environment.ts would write, never reaches them.
    const worker = new Worker(url, { workerData: this.candidates, env: SHARE_ENV });
    this.#worker = worker;
    return new Promise((resolve, reject) => {
      worker.on('message', (message: EngineReply) => {
        if (message.type === 'ready') {
          this.#onReady(message);
          resolve();
        } else if (message.type === 'failed') reject(fromPlainError(message.error));
        else if (message.type === 'outage') this.#report(message.reason);
        else if (message.type === 'warning') this.deps.logger.warn(message.text);
        else this.#settle(message);
      });
      worker.on('error', (error) => this.deps.logger.error({ err: error }, 'the engine worker failed'));
      worker.once('exit', (code) => {
        reject(new AppError('engine_unavailable', `the engine worker ended at its start with code ${code}`));
        this.#onExit(code);
      });
    });
  }

  #onReady({ info, refused }: Extract<EngineReply, { type: 'ready' }>): void {
    this.#info = info;
    // A restart must not end up on another engine than the one whose results clients have seen.
    this.candidates = this.candidates.filter(({ engine, device }) => engine === info.engine && device === info.device);
    this.deps.logger.info(
      { ...info, ...(refused.length > 0 && { refused }) },
      `engine: ${info.engine} on ${info.device}`,
    );
  }

  #report(reason: string | undefined): void {
    this.#reported = reason;
    if (reason === undefined) this.deps.logger.info('the inference engine is available again');
    else this.deps.logger.error(`the inference engine is not available: ${reason}`);
  }

  async loadBackbone(backbone: BackboneArtifact): Promise<void> {
    await this.#call('loadBackbone', [backbone]);
    this.#backbones.set(loadedIdOf(backbone), backbone);
  }

  async unloadBackbone(id: string): Promise<void> {
    this.#backbones.delete(id);
    await this.#call('unloadBackbone', [id]).catch(unlessLost);
  }

  async loadHead(head: HeadArtifact): Promise<void> {
    await this.#call('loadHead', [head]);
    this.#heads.set(head.id, head);
  }

  async unloadHead(id: string): Promise<void> {
    this.#heads.delete(id);
    await this.#call('unloadHead', [id]).catch(unlessLost);
  }

  async run(batch: EngineBatch): Promise<EngineOutput> {
    const { buffer } = batch.pixels;
    return (await this.#call('run', [batch], buffer instanceof ArrayBuffer ? [buffer] : [])) as EngineOutput;
  }

  async runHeads(batch: EmbeddingBatch): Promise<ReadonlyMap<string, Float32Array>> {
    return (await this.#call('runHeads', [batch])) as ReadonlyMap<string, Float32Array>;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    // Calls made before this one wait here too, and are sent first.
    await this.#ready.catch(() => undefined);
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    await this.#send('close', []).catch(() => undefined);
    await exited;
  }

  async #call(method: EngineMethod, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#closing !== undefined) throw shuttingDown();
    await this.#ready;
    return this.#send(method, args, transfer);
  }

  #send(method: EngineMethod, args: readonly unknown[], transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new EngineLostError('the engine worker is not running'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies EngineCall, transfer);
    });
  }

  #settle(message: Extract<EngineReply, { id: number }>): void {
    const call = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === 'done') call?.resolve(message.result);
    else call?.reject(fromPlainError(message.error));
  }

  #onExit(code: number): void {
    this.#worker = undefined;
    this.#reported = undefined;
    const lost = new EngineLostError(`the engine worker ended with code ${code}`);
    for (const call of this.#pending.values()) call.reject(lost);
    this.#pending.clear();
    const diedInService = this.#info !== undefined && this.#closing === undefined && !this.#restarting;
    if (!diedInService) return;
    this.deps.logger.error({ code }, 'the engine worker died; starting another');
    this.#restarting = true;
    this.#outage = `the inference engine stopped with code ${code} and is being started again`;
    this.#ready = this.#restart().finally(() => (this.#restarting = false));
    // Callers wait on it; with none, a shutdown during the restart must not be an unhandled rejection.
    this.#ready.catch(() => undefined);
  }

  /** Until a worker has everything loaded again or the engine is closed. */
  async #restart(): Promise<void> {
    for (;;) {
      await setTimeout(this.#delays.next(), undefined, { signal: this.#stop.signal }).catch(() => {
        throw shuttingDown();
      });
      try {
        await this.#startWithEverything();
        this.#delays.started();
        this.#outage = undefined;
        return;
      } catch (error) {
        // One that started and could not load what the last one had.
        await this.#worker?.terminate();
        if (this.#closing !== undefined) throw shuttingDown();
        this.deps.logger.error({ err: error }, 'the engine worker could not be started again');
        this.#outage = `the inference engine stopped and could not be started again: ${toPlainError(error).message}`;
      }
    }
  }

  async #startWithEverything(): Promise<void> {
    this.deps.onRestart?.();
    await this.start();
    for (const backbone of this.#backbones.values()) await this.#send('loadBackbone', [backbone]);
    for (const head of this.#heads.values()) await this.#send('loadHead', [head]);
  }
}

/** For unloading: what a dead worker held is unloaded, and its successor is not given it. */
function unlessLost(error: unknown): void {
  if (!(error instanceof EngineLostError)) throw error;
}

const shuttingDown = (): AppError => new AppError('engine_unavailable', 'the server is shutting down');
