// Which classifier is the default, which version of each is active, which were before, and which have other names: decisions that outlive
// the process and that replicas share.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../errors.js';
import { groupBy } from '../../groupBy.js';
import type { Database, Queries, Unlisten } from '../database/database.js';
import { isNeeded } from '../trainings/trainings.js';
import { enqueueEvent } from '../webhooks/events.js';
import {
  endRollout,
  needsVersion,
  putRollout,
  settleRollout,
  type Ending,
  type PutRollout,
  type Rollout,
} from './rollouts.js';

/** Notifies of versions that were added, removed or activated, and of another default; the payload names the process that did it. */
const channel = 'taxon_classifier';
const tellAll = 'SELECT pg_notify($1, $2)';

const nameSchema = z.object({ name: z.string() });

/** What answers a request to delete the default classifier. */
export const isDefault = (name: string): AppError =>
  new AppError(
    'conflict',
    `"${name}" is the default classifier: choose another with PUT /v1/admin/default-model first.`,
  );

/** A version to which a rollback returns. */
const earlierSchema = z.object({ activation: z.int(), version: z.int() });
export type EarlierVersion = z.infer<typeof earlierSchema>;

const aliasSchema = z.object({ alias: z.string(), version: z.int() });

/** The versions of one classifier that have other names, by those, in alphabetical order. */
export type VersionAliases = ReadonlyMap<string, number>;

const aliasesOf = (rows: ReadonlyArray<z.infer<typeof aliasSchema>>): VersionAliases =>
  new Map(rows.map(({ alias, version }): [string, number] => [alias, version]).sort(([a], [b]) => (a < b ? -1 : 1)));

const thresholdSchema = z.object({ version: z.int(), unknownAbove: z.number() });

/** What versions of one classifier call unknown, where that was set, by their numbers: 0 to 1. */
export type VersionThresholds = ReadonlyMap<number, number>;

const thresholdsOf = (rows: ReadonlyArray<z.infer<typeof thresholdSchema>>): VersionThresholds =>
  new Map(rows.map(({ version, unknownAbove }) => [version, unknownAbove]));

/** Why a version was activated. */
export type ActivationReason = 'first' | 'request' | 'training' | 'rollout';

export class Classifiers {
  readonly #database: Database;
  /** Identifies this process, which ignores notifications of its own. */
  readonly #origin = randomUUID();

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

  /** Whether anything was ever decided about `name`, or recorded of it. */
  async isKnown(name: string): Promise<boolean> {
    return (await this.#database.query(nameSchema, 'SELECT name FROM classifiers WHERE name = $1', [name])).length > 0;
  }

  /**
   * Makes the choice durable. `previous`, the version in service until now, is recorded first when none was ever chosen,
   * so that a rollback finds it. Nothing is changed when `guard` rejects.
   */
  activate(
    name: string,
    version: number,
    reason: ActivationReason,
    previous?: number,
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<void> {
    return this.#choose(name, version, async (tx, before) => {
      await guard?.(tx);
      if (before === null && previous !== undefined && previous !== version) await record(tx, name, previous, 'first');
      await record(tx, name, version, reason);
      await enqueueEvent(tx, 'version.activated', {
        model: name,
        version,
        previous: before ?? previous ?? null,
        reason,
      });
    });
  }

  /** Records `version`, in service though nobody chose it, as the active one. Changes nothing when one was chosen. */
  async keep(name: string, version: number): Promise<void> {
    await this.#database.transaction(async (tx) => {
      if ((await lockClassifier(tx, name)) !== null) return;
      await record(tx, name, version, 'first');
      await setActive(tx, name, version);
    });
  }

  /**
   * Goes back to an earlier version: what was activated after it is undone, and no later rollback returns to it. `guard` throws in the
   * transaction to change nothing.
   */
  rollBack(
    name: string,
    { activation, version }: EarlierVersion,
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<void> {
    return this.#choose(name, version, async (tx, before) => {
      await guard?.(tx);
      await tx.run('UPDATE activations SET undone = true WHERE classifier = $1 AND id > $2', [name, activation]);
      await enqueueEvent(tx, 'version.rolled_back', { model: name, version, previous: before });
    });
  }

  /** The version that was active before `active`, of those that are still `present`; undefined when there is none. */
  async findEarlier(name: string, active: number, present: readonly number[]): Promise<EarlierVersion | undefined> {
    const [found] = await this.#database.query(
      earlierSchema,
      `SELECT id::int AS activation, version FROM activations
       WHERE classifier = $1 AND NOT undone AND version <> $2 AND version = ANY($3) ORDER BY id DESC LIMIT 1`,
      [name, active, present],
    );
    return found;
  }

  /** The versions that aliases name, by classifier and alias. */
  async aliases(): Promise<Map<string, VersionAliases>> {
    const schema = aliasSchema.extend({ classifier: z.string() });
    const rows = await this.#database.query(schema, 'SELECT classifier, alias, version FROM version_aliases');
    return new Map(
      [...groupBy(rows, ({ classifier }) => classifier)].map(([classifier, own]) => [classifier, aliasesOf(own)]),
    );
  }

  /** Has `alias` name `version`, whatever it named before; gives all aliases of the classifier. */
  setAlias(name: string, alias: string, version: number): Promise<VersionAliases> {
    return this.#changeAliases(name, (tx) =>
      tx.run(
        `INSERT INTO version_aliases (classifier, alias, version) VALUES ($1, $2, $3)
         ON CONFLICT (classifier, alias) DO UPDATE SET version = EXCLUDED.version`,
        [name, alias, version],
      ),
    );
  }

  /** Gives the aliases of the classifier that are left. */
  removeAlias(name: string, alias: string): Promise<VersionAliases> {
    return this.#changeAliases(name, (tx) =>
      tx.run('DELETE FROM version_aliases WHERE classifier = $1 AND alias = $2', [name, alias]),
    );
  }

  #changeAliases(name: string, change: (tx: Queries) => Promise<unknown>): Promise<VersionAliases> {
    return this.#database.transaction(async (tx) => {
      await lockClassifier(tx, name);
      await change(tx);
      await tx.run(tellAll, [channel, this.#origin]);
      return aliasesOf(
        await tx.query(aliasSchema, 'SELECT alias, version FROM version_aliases WHERE classifier = $1', [name]),
      );
    });
  }

  /** By classifier. */
  async unknownThresholds(): Promise<Map<string, VersionThresholds>> {
    const rows = await this.#database.query(
      thresholdSchema.extend({ classifier: z.string() }),
      'SELECT classifier, version, unknown_above AS "unknownAbove" FROM version_thresholds',
    );
    return new Map(
      [...groupBy(rows, ({ classifier }) => classifier)].map(([classifier, own]) => [classifier, thresholdsOf(own)]),
    );
  }

  /** null: none of its own. Gives all thresholds of the classifier. */
  setUnknownAbove(name: string, version: number, unknownAbove: number | null): Promise<VersionThresholds> {
    return this.#database.transaction(async (tx) => {
      await lockClassifier(tx, name);
      await tx.run('DELETE FROM version_thresholds WHERE classifier = $1 AND version = $2', [name, version]);
      if (unknownAbove !== null)
        await tx.run('INSERT INTO version_thresholds (classifier, version, unknown_above) VALUES ($1, $2, $3)', [
          name,
          version,
          unknownAbove,
        ]);
      await tx.run(tellAll, [channel, this.#origin]);
      return thresholdsOf(
        await tx.query(
          thresholdSchema,
          'SELECT version, unknown_above AS "unknownAbove" FROM version_thresholds WHERE classifier = $1',
          [name],
        ),
      );
    });
  }

  /** Starts the rollout of a classifier, or changes the one that runs when it is of the same canary. */
  putRollout(name: string, wanted: PutRollout): Promise<Rollout> {
    return this.#changeRollout(name, async (tx) => {
      const rollout = await putRollout(tx, name, wanted);
      await wanted.record?.(tx, rollout);
      return rollout;
    });
  }

  /** Gives whether one was running; of the number `id`, where that is given. */
  endRollout(name: string, ending: Ending, reason: string, id?: number): Promise<boolean> {
    return this.#changeRollout(name, (tx) => endRollout(tx, name, ending, reason, id));
  }

  /** Whether the rollout that runs needs `version`. */
  isRolledOut(name: string, version: number): Promise<boolean> {
    return needsVersion(this.#database, name, version);
  }

  #changeRollout<T>(name: string, change: (tx: Queries) => Promise<T>): Promise<T> {
    return this.#database.transaction(async (tx) => {
      await lockClassifier(tx, name);
      const changed = await change(tx);
      await tx.run(tellAll, [channel, this.#origin]);
      return changed;
    });
  }

  /** Forgets that a removed version was ever active, had an alias or a threshold: its number may be used again. */
  async forget(name: string, version: number): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.run('DELETE FROM version_aliases WHERE classifier = $1 AND version = $2', [name, version]);
      await tx.run('DELETE FROM version_thresholds WHERE classifier = $1 AND version = $2', [name, version]);
      await tx.run('UPDATE activations SET undone = true WHERE classifier = $1 AND version = $2', [name, version]);
      await tx.run(tellAll, [channel, this.#origin]);
    });
  }

  /**
   * Forgets a classifier. `disappear`, which takes its files away, is the last step before the commit. Throws AppError conflict,
   * and calls nothing, when a training that is not over needs the classifier, or it was chosen as the default and the
   * configuration names no other.
   */
  async remove(
    name: string,
    { disappear, isDefaultFixed }: { readonly disappear: () => Promise<void>; readonly isDefaultFixed: boolean },
  ): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await lockClassifier(tx, name);
      // Locked: nobody makes it the default until this is over.
      const [chosen] = await tx.query(nameSchema, 'SELECT name FROM default_classifier FOR UPDATE');
      if (chosen?.name === name && !isDefaultFixed) throw isDefault(name);
      if (await isNeeded(tx, name))
        throw new AppError('conflict', `A training that is not over needs "${name}": cancel it, or wait for its end.`);
      await tx.run('DELETE FROM default_classifier WHERE name = $1', [name]);
      await tx.run('DELETE FROM lessons WHERE classifier = $1', [name]);
      await tx.run('DELETE FROM auto_retrains WHERE classifier = $1', [name]);
      await tx.run('DELETE FROM capture_rules WHERE classifier = $1', [name]);
      await tx.run('DELETE FROM classifiers WHERE name = $1', [name]);
      await tx.run(tellAll, [channel, this.#origin]);
      await disappear();
    });
  }

  /** The classifier that was chosen to answer when none is named; undefined while none was. */
  async findDefault(): Promise<string | undefined> {
    return (await this.#database.query(nameSchema, 'SELECT name FROM default_classifier'))[0]?.name;
  }

  /** Chooses `name` unless one was chosen already; gives the one that is. */
  async keepDefault(name: string): Promise<string> {
    await this.#database.run('INSERT INTO default_classifier (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    return (await this.findDefault()) ?? name;
  }

  async chooseDefault(name: string): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await tx.run(
        'INSERT INTO default_classifier (name) VALUES ($1) ON CONFLICT (singleton) DO UPDATE SET name = EXCLUDED.name',
        [name],
      );
      await tx.run(tellAll, [channel, this.#origin]);
    });
  }

  /** Tells the other processes that a version was published. */
  announce(): Promise<void> {
    return this.#database.notify(channel, this.#origin);
  }

  /** Calls `onChange` when another process changed something, or may have while the connection was lost. */
  onChange(onChange: () => void): Promise<Unlisten> {
    return this.#database.listen(channel, (origin) => {
      if (origin !== this.#origin) onChange();
    });
  }

  /** `write` gets the version chosen until now. */
  async #choose(
    name: string,
    version: number,
    write: (tx: Queries, before: number | null) => Promise<void>,
  ): Promise<void> {
    await this.#database.transaction(async (tx) => {
      await write(tx, await lockClassifier(tx, name));
      await setActive(tx, name, version);
      await settleRollout(tx, name, version);
      await tx.run(tellAll, [channel, this.#origin]);
    });
  }
}

/** The version chosen until now; the row is there afterwards, locked until the transaction ends. */
async function lockClassifier(tx: Queries, name: string): Promise<number | null> {
  await tx.run('INSERT INTO classifiers (name) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
  const schema = z.object({ version: z.int().nullable() });
  const [row] = await tx.query(schema, 'SELECT active_version AS version FROM classifiers WHERE name = $1 FOR UPDATE', [
    name,
  ]);
  return row!.version;
}

async function setActive(tx: Queries, name: string, version: number): Promise<void> {
  await tx.run('UPDATE classifiers SET active_version = $2 WHERE name = $1', [name, version]);
}

async function record(tx: Queries, name: string, version: number, reason: ActivationReason): Promise<void> {
  await tx.run('INSERT INTO activations (classifier, version, reason) VALUES ($1, $2, $3)', [name, version, reason]);
}
