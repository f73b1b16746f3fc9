// Which processes share the database, what each is for, and which active versions it cannot serve: each says so itself, every few seconds.
import { z } from 'zod';
import type { Database } from './database/database.js';

/** api: serves and never trains; trainer: trains and answers only those who watch it. */
export const roleSchema = z.enum(['all', 'api', 'trainer']);
export type Role = z.infer<typeof roleSchema>;

export const shortfallSchema = z.object({
  model: z.string(),
  /** The active version, which this process cannot serve. */
  version: z.int(),
  /** What answers in its place; null: nothing does. */
  answers: z.int().nullable(),
  reason: z.string(),
});
export type Shortfall = z.infer<typeof shortfallSchema>;

export interface ProcessSelf {
  /** A UUID, of this run of the process. */
  readonly id: string;
  readonly role: Role;
  readonly host: string;
  /** Of Taxon. */
  readonly release: string;
  /** Trainings that it runs at a time. */
  readonly trainers: number;
}

/** A process without a sign of life for this long counts as gone. */
export const goneAfterSeconds = 20;

const processSchema = z.object({
  id: z.string(),
  role: roleSchema,
  host: z.string(),
  release: z.string(),
  trainers: z.int(),
  startedAt: z.date(),
  seenAt: z.date(),
  behind: z.array(shortfallSchema),
});
export type SeenProcess = z.infer<typeof processSchema>;

export class Processes {
  constructor(private readonly database: Database) {}

  /** A sign of life; takes the others off the list whose last is a day old. */
  async sign(self: ProcessSelf, behind: readonly Shortfall[]): Promise<void> {
    const { id, role, host, release, trainers } = self;
    await this.database.run(
      `WITH old AS (DELETE FROM processes WHERE seen_at < now() - interval '1 day')
       INSERT INTO processes (id, role, host, release, trainers, behind) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
       ON CONFLICT (id) DO UPDATE SET seen_at = now(), behind = EXCLUDED.behind`,
      [id, role, host, release, trainers, JSON.stringify(behind)],
    );
  }

  /** Those that live, the oldest first. */
  living(): Promise<SeenProcess[]> {
    return this.database.query(
      processSchema,
      `SELECT id, role, host, release, trainers, started_at AS "startedAt", seen_at AS "seenAt", behind FROM processes
       WHERE seen_at > now() - interval '${goneAfterSeconds} seconds' ORDER BY started_at, id`,
      [],
    );
  }

  /** Takes a process off the list that ends. Idempotent. */
  async leave(id: string): Promise<void> {
    await this.database.run('DELETE FROM processes WHERE id = $1', [id]);
  }
}
