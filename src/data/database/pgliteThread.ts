// One life of the worker thread that runs PGlite: requests out, replies matched by id, its death reported to everyone who waits.
import { Worker } from 'node:worker_threads';
import type { PgliteReply, PgliteRequest, PgliteWorkerData, StatementResult } from './pgliteProtocol.js';
import { DatabaseGoneError, StatementError } from './databaseErrors.js';

/** The log of PostgreSQL needs a new file now and then; without room for it PostgreSQL gives up. */
const diskFullMessage = /No space left on device/;

/**
 * In MiB. V8 collects the garbage of a heap without a bound when four times as much has gathered as is in use, which a thread that
 * does little reaches in an hour or a day: until then its memory grows with every statement. A heap with a bound is collected from about
 * half as much again, and what a statement gives must fit in it: a result of a gigabyte ends the thread, which is started again.
 */
const heapLimits = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 12 };

type WithoutId<T> = T extends unknown ? Omit<T, 'id'> : never;

interface Waiting {
  readonly resolve: (result: StatementResult) => void;
  readonly reject: (reason: Error) => void;
}

export class PgliteThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #onNotification: (channel: string, payload: string) => void;
  readonly ready: Promise<void>;
  readonly exited: Promise<void>;
  #nextId = 1;
  #dead: DatabaseGoneError | undefined;

  constructor(workerData: PgliteWorkerData, onNotification: (channel: string, payload: string) => void) {
    this.#onNotification = onNotification;
    this.#worker = new Worker(new URL('./pgliteWorker.js', import.meta.url), {
      workerData,
      resourceLimits: heapLimits,
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on('message', (reply: PgliteReply) => (reply.kind === 'ready' ? resolve() : this.#take(reply)));
      this.#worker.once('error', (error) => this.#die(error));
      this.#worker.once('exit', () => {
        this.#die();
        reject(this.#dead!);
      });
    });
    this.exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
    this.ready.catch(() => undefined);
  }

  /** Sends one request; its id names the transaction that a `begin` opens. */
  send(request: WithoutId<PgliteRequest>): { id: number; result: Promise<StatementResult> } {
    const id = this.#nextId++;
    const result = new Promise<StatementResult>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      if (this.#dead) this.#die();
      else this.#worker.postMessage({ ...request, id });
    });
    return { id, result };
  }

  /** Closes PGlite properly, then ends the thread. */
  async close(): Promise<void> {
    await this.send({ kind: 'close' }).result.catch(() => undefined);
    await this.#worker.terminate();
  }

  /** Ends the thread as it is. */
  async kill(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(reply: Exclude<PgliteReply, { kind: 'ready' }>): void {
    if (reply.kind === 'notification') {
      this.#onNotification(reply.channel, reply.payload);
      return;
    }
    if (reply.kind === 'panic') {
      this.#dead ??= new DatabaseGoneError(`the embedded database stopped: ${reply.message}`, {
        diskFull: diskFullMessage.test(reply.message),
      });
      return;
    }
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.kind === 'done') waiting?.resolve(reply.result);
    else waiting?.reject(new StatementError(reply.message, reply.code));
  }

  #die(cause?: unknown): void {
    this.#dead ??= new DatabaseGoneError('the embedded database stopped', { cause });
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}
