// Counts of what versions were asked, by hour and in all processes together, and which of them have drifted from their training.
import { z } from 'zod';
import type { Database } from '../database/database.js';
import { enqueueEvent } from '../webhooks/events.js';

/** What is looked back on. */
export const driftHours = 24;

/** A version with the baseline that its images are counted by. */
export interface CountedVersion {
  readonly name: string;
  readonly version: number;
  /** Id of the baseline. */
  readonly baseline: string;
}

const stateSchema = z.object({ drifted: z.boolean(), changedAt: z.date() });
/** `changedAt`: when it began, or ended. */
export type DriftState = z.output<typeof stateSchema>;

const ofVersion = 'classifier = $1 AND version = $2 AND baseline = $3';

export class DriftCounts {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds what a process has seen in this hour. Several may add to the same. */
  async add({ name, version, baseline }: CountedVersion, counts: readonly number[]): Promise<void> {
    await this.#database.run(
      `INSERT INTO drift_counts (classifier, version, baseline, hour, counts)
       VALUES ($1, $2, $3, date_trunc('hour', now()), $4::int[])
       ON CONFLICT (classifier, version, baseline, hour) DO UPDATE SET counts = (
         SELECT array_agg(known + new ORDER BY place)
         FROM unnest(drift_counts.counts, EXCLUDED.counts) WITH ORDINALITY AS both_counts (known, new, place))`,
      [name, version, baseline, counts],
    );
  }

  /** The sum of this hour and the 23 before it; undefined: nothing was counted. */
  async lastDay({ name, version, baseline }: CountedVersion): Promise<number[] | undefined> {
    const rows = await this.#database.query(
      z.object({ counts: z.array(z.int()) }),
      `SELECT counts FROM drift_counts
       WHERE ${ofVersion} AND hour > date_trunc('hour', now()) - make_interval(hours => $4)`,
      [name, version, baseline, driftHours],
    );
    return rows
      .map(({ counts }) => counts)
      .reduce<number[] | undefined>(
        (sum, counts) => (sum ? sum.map((value, i) => value + counts[i]!) : counts),
        undefined,
      );
  }

  /** undefined: it never was judged. */
  async state({ name, version, baseline }: CountedVersion): Promise<DriftState | undefined> {
    const sql = `SELECT drifted, changed_at AS "changedAt" FROM drift_states WHERE ${ofVersion}`;
    return (await this.#database.query(stateSchema, sql, [name, version, baseline]))[0];
  }

  /**
   * Records whether a version has drifted, and tells webhooks where it has and had not: once, whoever of several processes is first.
   * `figures` go with the event. Gives whether it is not as it was.
   */
  async judge(
    { name, version, baseline }: CountedVersion,
    drifted: boolean,
    figures: Readonly<Record<string, number | null>>,
  ): Promise<boolean> {
    return this.#database.transaction(async (tx) => {
      const of = [name, version, baseline];
      await tx.run(
        'INSERT INTO drift_states (classifier, version, baseline) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        of,
      );
      const changed = await tx.run(
        `UPDATE drift_states SET drifted = $4, changed_at = now() WHERE ${ofVersion} AND drifted <> $4`,
        [...of, drifted],
      );
      if (changed > 0 && drifted) await enqueueEvent(tx, 'classifier.drifted', { model: name, version, ...figures });
      return changed > 0;
    });
  }

  /** Removes what is older than anything that is looked at. */
  async removeOld(): Promise<void> {
    await this.#database.run('DELETE FROM drift_counts WHERE hour < now() - make_interval(hours => $1)', [
      2 * driftHours,
    ]);
    await this.#database.run(
      `DELETE FROM drift_states s WHERE changed_at < now() - make_interval(hours => $1) AND NOT EXISTS (
         SELECT FROM drift_counts c
         WHERE c.classifier = s.classifier AND c.version = s.version AND c.baseline = s.baseline)`,
      [2 * driftHours],
    );
  }
}
