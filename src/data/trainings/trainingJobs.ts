// The jobs of pg-boss behind trainings: durable, first come first served, one row for each training under the training's id.
// Its own worker loop is not used: it drops the promise that reports a job's end, which a lost database would turn into a crash.
import PgBoss from 'pg-boss';
import type { Database, Log, Queries } from '../database/database.js';

const queue = 'training';
/** pg-boss hands a job out again after this long, in case every process that could have noticed its death is gone. */
const expireInHours = 23;
/** Starts are limited by the training's own record, which knows headway from failure. */
const retryLimit = 1_000_000;
const postponeSeconds = 2;

const executor = (queries: Queries): PgBoss.Db => ({
  executeSql: async (text, values?: unknown[]) => ({ rows: await queries.rows(text, values) }),
});

export class TrainingJobs {
  readonly #boss: PgBoss;

  private constructor(boss: PgBoss) {
    this.#boss = boss;
  }

  static async open(database: Database, logger: Log): Promise<TrainingJobs> {
    const boss = new PgBoss({ db: executor(database), schedule: false });
    boss.on('error', (error) => logger.warn({ err: error }, 'job upkeep failed; it is tried again'));
    await boss.start();
    await boss.createQueue(queue, { name: queue, retryLimit });
    return new TrainingJobs(boss);
  }

  /** Joins the transaction that records the training: both are there, or neither. `again` puts it at the head of the line. */
  async add(tx: Queries, trainingId: string, turn: 'new' | 'again' = 'new'): Promise<void> {
    const db = executor(tx);
    if (turn === 'again') await this.#boss.deleteJob(queue, trainingId, { db });
    await this.#boss.send(
      queue,
      {},
      {
        id: trainingId,
        priority: turn === 'again' ? 1 : 0,
        expireInHours,
        retryLimit,
        retryDelay: postponeSeconds,
        db,
      },
    );
  }

  /** The training that waits longest; taken if the transaction commits. Undefined when none waits. */
  async take(tx: Queries): Promise<string | undefined> {
    const [job] = await this.#boss.fetch(queue, { db: executor(tx) });
    return job?.id;
  }

  /** Lets a taken job wait a little, and others go first. */
  async postpone(tx: Queries, trainingId: string): Promise<void> {
    await this.#boss.fail(queue, trainingId, {}, { db: executor(tx) });
  }

  /** The job is done with, taken or waiting. */
  async remove(tx: Queries, trainingId: string): Promise<void> {
    await this.#boss.deleteJob(queue, trainingId, { db: executor(tx) });
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false });
  }
}
