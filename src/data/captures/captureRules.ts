// Which classifiers keep images of requests, and by which rule: decisions that outlive the process and that replicas share.
import { z } from 'zod';
import type { Database, Queries, Unlisten } from '../database/database.js';
import { captureRuleSchema, type CaptureRule } from './schemas.js';

const channel = 'taxon_capture';

const columns = `share, max_bytes AS "maxBytes", max_age_days AS "maxAgeDays", uncertain_below AS "uncertainBelow",
  without_key AS "withoutKey"`;

export class CaptureRules {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** undefined: nothing of the classifier is kept. */
  find(classifier: string): Promise<CaptureRule | undefined> {
    return findRule(this.#database, classifier);
  }

  /** By classifier. */
  async list(): Promise<Map<string, CaptureRule>> {
    const rows = await this.#database.query(
      captureRuleSchema.extend({ classifier: z.string() }),
      `SELECT classifier, ${columns} FROM capture_rules`,
    );
    return new Map(rows.map(({ classifier, ...rule }) => [classifier, rule]));
  }

  async put(classifier: string, rule: CaptureRule): Promise<void> {
    const { share, maxBytes, maxAgeDays, uncertainBelow, withoutKey } = rule;
    await this.#database.run(
      `INSERT INTO capture_rules (classifier, share, max_bytes, max_age_days, uncertain_below, without_key)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (classifier) DO UPDATE
       SET share = $2, max_bytes = $3, max_age_days = $4, uncertain_below = $5, without_key = $6`,
      [classifier, share, maxBytes, maxAgeDays, uncertainBelow, withoutKey],
    );
  }

  /** Calls `onChange` when any rule was changed, in this process or another. */
  onChange(onChange: () => void): Promise<Unlisten> {
    return this.#database.listen(channel, onChange);
  }
}

/** With `lock`, it stays as it is until the transaction ends. */
export async function findRule(
  queries: Queries,
  classifier: string,
  lock: 'lock' | 'free' = 'free',
): Promise<CaptureRule | undefined> {
  const sql = `SELECT ${columns} FROM capture_rules WHERE classifier = $1 ${lock === 'lock' ? 'FOR SHARE' : ''}`;
  return (await queries.query(captureRuleSchema, sql, [classifier]))[0];
}
