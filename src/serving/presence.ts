// This process among those that share the database: it says every few seconds that it lives and which active versions it cannot serve,
// tries those again, and knows what the others said.
import type { Database, Log } from '../data/database/database.js';
import { Processes, type ProcessSelf, type SeenProcess } from '../data/processes.js';
import { repeat } from '../data/repeatedTask.js';
import type { ClassifierRegistry } from './registry.js';

export interface PresenceDeps {
  readonly database: Database;
  readonly registry: Pick<ClassifierRegistry, 'shortfalls'>;
  readonly self: ProcessSelf;
  /** Reads the models directories again and loads what is active. */
  readonly synchronise: () => Promise<unknown>;
  readonly logger: Log;
  /** Default: 5 s. */
  readonly everyMs?: number;
}

/** Signs of life between two tries to serve what could not be served. */
const signsPerTry = 3;

export class Presence {
  readonly #deps: PresenceDeps;
  readonly #processes: Processes;
  readonly #startedAt = new Date();
  #living: readonly SeenProcess[] = [];
  #signs = 0;
  #stop = async (): Promise<void> => undefined;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
    this.#processes = new Processes(deps.database);
  }

  /** The embedded database has one process, which needs nobody to know of it. */
  start(): void {
    const { database, everyMs = 5_000, logger } = this.#deps;
    if (database.kind === 'embedded') return;
    this.#stop = repeat(() => this.#sign(), { everyMs, logger, onFailure: 'no sign of life could be given' });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const { database, self } = this.#deps;
    await this.#stop();
    // A database that is away forgets it by itself.
    if (database.kind !== 'embedded') await this.#processes.leave(self.id).catch(() => undefined);
  }

  async #sign(): Promise<void> {
    const { registry, self, synchronise } = this.#deps;
    if (registry.shortfalls.length > 0 && ++this.#signs % signsPerTry === 0) await synchronise();
    await this.#processes.sign(self, registry.shortfalls);
    this.#living = await this.#processes.living();
  }

  /** All that live, this one among them, as far as the last sign of life could see. */
  get living(): readonly SeenProcess[] {
    const { self, registry } = this.#deps;
    const own = { ...self, startedAt: this.#startedAt, seenAt: new Date(), behind: [...registry.shortfalls] };
    return [own, ...this.#living.filter(({ id }) => id !== self.id)];
  }

  /** Trainings that all of them run at a time. */
  get trainers(): number {
    return this.living.reduce((sum, { trainers }) => sum + trainers, 0);
  }

  /**
   * Why requests had better go to another process: it serves an active version that this one cannot. Undefined where no other
   * does: an older version that answers is better than none.
   */
  whyOthersServe(): string | undefined {
    const others = this.living.filter(({ id, role }) => id !== this.#deps.self.id && role !== 'trainer');
    const behind = this.#deps.registry.shortfalls.find(({ model, version }) =>
      others.some((other) => !other.behind.some((theirs) => theirs.model === model && theirs.version === version)),
    );
    if (behind === undefined) return undefined;
    const { model, version, answers, reason } = behind;
    const instead = answers === null ? 'nothing answers' : `version ${answers} answers`;
    return `version ${version} of "${model}" is active, and this process cannot serve it, so that ${instead} in its place: ${reason}`;
  }
}
