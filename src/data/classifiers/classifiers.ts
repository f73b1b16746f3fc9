// Which version of each classifier is active, and which were before: the decision that outlives the process and that replicas share.
import { z } from 'zod';
import type { Database, Queries, Unlisten } from '../database/database.js';

/** Carries the name of a classifier whose versions or active version have changed. */
const channel = 'taxon_classifier';

export const activationSchema = z.object({
  version: z.int(),
  reason: z.string(),
  activatedAt: z.date(),
});
export type Activation = z.infer<typeof activationSchema>;

/** Why a version was activated; `rollback` takes the last of the others back. */
export type ActivationReason = 'first' | 'request' | 'training' | 'rollback';

export class Classifiers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The active version of each classifier for which one was ever chosen. */
  async activeVersions(): Promise<Map<string, number>> {
    const rows = await this.#database.query(
      z.object({ name: z.string(), version: z.int() }),
      'SELECT name, active_version AS version FROM classifiers WHERE active_version IS NOT NULL',
    );
    return new Map(rows.map(({ name, version }) => [name, version]));
  }

  /**
   * Makes the choice durable. `previous`, the version in service until now, is recorded first when none was ever chosen,
   * so that a rollback finds it.
   */
  async activate(name: string, version: number, reason: ActivationReason, previous?: number): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const before = await lockClassifier(tx, name);
      if (before === null && previous !== undefined && previous !== version) await record(tx, name, previous, 'first');
      await record(tx, name, version, reason);
      await tx.run('UPDATE classifiers SET active_version = $2 WHERE name = $1', [name, version]);
      await tx.run('SELECT pg_notify($1, $2)', [channel, name]);
    });
  }

  /** Tells every process that the classifier's versions have changed. */
  announce(name: string): Promise<void> {
    return this.#database.notify(channel, name);
  }

  /** Activations in order of time, the oldest first, `limit` at most of the newest. */
  async history(name: string, limit = 1_000): Promise<Activation[]> {
    const rows = await this.#database.query(
      activationSchema,
      `SELECT version, reason, activated_at AS "activatedAt" FROM activations WHERE classifier = $1 ORDER BY id DESC LIMIT $2`,
      [name, limit],
    );
    return rows.reverse();
  }

  /** Calls `onChange` with the name of a classifier that changed in any process; undefined: any may have. */
  onChange(onChange: (name: string | undefined) => void): Promise<Unlisten> {
    return this.#database.listen(channel, onChange);
  }
}

/** The version chosen until now; the row is there afterwards, locked until the transaction ends. */
async function lockClassifier(tx: Queries, name: string): Promise<number | null> {
  await tx.run('INSERT INTO classifiers (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
  const schema = z.object({ version: z.int().nullable() });
  const [row] = await tx.query(schema, 'SELECT active_version AS version FROM classifiers WHERE name = $1 FOR UPDATE', [name]);
  return row!.version;
}

async function record(tx: Queries, name: string, version: number, reason: ActivationReason): Promise<void> {
  await tx.run('INSERT INTO activations (classifier, version, reason) VALUES ($1, $2, $3)', [name, version, reason]);
}

/** The version that a rollback returns to: each rollback undoes the last activation not yet undone. Undefined when none is left. */
export function versionBefore(history: readonly Pick<Activation, 'version' | 'reason'>[]): number | undefined {
  const stack: number[] = [];
  for (const { version, reason } of history) {
    if (reason === 'rollback') stack.pop();
    else if (stack.at(-1) !== version) stack.push(version);
  }
  return stack.at(-2);
}
