// The process that fine-tunes, as the server sees it: started for one training, asked one thing after the other, ended with it.
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { trainingFailed } from '../trainingErrors.js';
import type { FineTuningCall, FineTuningReply, FineTuningResults } from './task.js';

const entry = fileURLToPath(new URL('./process.js', import.meta.url));

/** What is kept of what the process printed, for the reason of its end. */
const keptCharacters = 2_000;

export type OnProgress = (progress: Extract<FineTuningReply, { type: 'progress' }>) => void;

interface Pending {
  readonly resolve: (result: FineTuningResults[keyof FineTuningResults]) => void;
  readonly reject: (reason: unknown) => void;
  readonly onProgress: OnProgress | undefined;
}

export class FineTuner {
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  #pending: Pending | undefined;
  #ended: Error | undefined;
  #printed = '';

  /** Starts the process. It ends with `signal`, with `close`, and when this process ends. */
  constructor(private readonly signal: AbortSignal) {
    this.#process = fork(entry, [], {
      serialization: 'advanced',
      execArgv: ['--enable-source-maps'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-keptCharacters);
    });
    this.#process.on('message', (reply) => this.#receive(reply as FineTuningReply));
    this.#process.on('error', (error) =>
      this.#end(trainingFailed(`Fine-tuning cannot start: ${error.message}`, error)),
    );
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', (code, killedBy) => {
        const said = this.#printed.trim() && ` It said: ${this.#printed.trim()}`;
        this.#end(trainingFailed(`The process that fine-tunes ended early (${killedBy ?? `code ${code}`}).${said}`));
        resolve();
      });
    });
    signal.addEventListener('abort', this.#abort, { once: true });
    if (signal.aborted) this.#abort();
  }

  /** One call at a time. Rejects with the signal's reason, and with AppError training_failed when the process fails or dies. */
  async call<Call extends FineTuningCall>(
    call: Call,
    onProgress?: OnProgress,
  ): Promise<FineTuningResults[Call['kind']]> {
    this.signal.throwIfAborted();
    if (this.#ended) throw this.#ended;
    const result = await new Promise<unknown>((resolve, reject) => {
      this.#pending = { resolve, reject, onProgress };
      this.#process.send(
        call,
        (error) => error && this.#end(trainingFailed('The process that fine-tunes is gone.', error)),
      );
    });
    return result as FineTuningResults[Call['kind']];
  }

  /** Ends the process at once. Idempotent. */
  async close(): Promise<void> {
    this.signal.removeEventListener('abort', this.#abort);
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  readonly #abort = (): void => {
    this.#pending?.reject(this.signal.reason);
    this.#pending = undefined;
    this.#process.kill('SIGKILL');
  };

  #receive(reply: FineTuningReply): void {
    if (reply.type === 'progress') return this.#pending?.onProgress?.(reply);
    const pending = this.#pending;
    this.#pending = undefined;
    if (reply.type === 'done') pending?.resolve(reply.result);
    else pending?.reject(trainingFailed(`Fine-tuning failed: ${reply.reason}`));
  }

  #end(reason: Error): void {
    this.#ended ??= reason;
    this.#pending?.reject(this.#ended);
    this.#pending = undefined;
  }
}
