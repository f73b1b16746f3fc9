// What the process under test does to its database: seeded steps, each acknowledged before the next, and the state after each.
import { z } from 'zod';
import type { Database } from '../../../src/data/database/database.js';
import type { Random } from '../../../src/training/random.js';

/** Rows of the tables `kept` and `twin`, which one transaction changes alike, by their ids; and the tables that steps make. */
export interface State {
  readonly rows: ReadonlyMap<number, string>;
  readonly tables: ReadonlySet<string>;
}

export const noRows: State = { rows: new Map(), tables: new Set() };

export const stateToJson = ({ rows, tables }: State): string =>
  JSON.stringify({ rows: [...rows], tables: [...tables] });

const stateSchema = z.object({ rows: z.array(z.tuple([z.number(), z.string()])), tables: z.array(z.string()) });

export function stateFromJson(json: string): State {
  const { rows, tables } = stateSchema.parse(JSON.parse(json));
  return { rows: new Map(rows), tables: new Set(tables) };
}

export interface Step {
  readonly run: (database: Database) => Promise<unknown>;
  readonly after: State;
}

/** Before the first step. */
export const schema = `
CREATE TABLE kept (id integer PRIMARY KEY, value text NOT NULL);
CREATE INDEX ON kept (md5(value));
CREATE TABLE twin (id integer PRIMARY KEY, value text NOT NULL);
`;

/** A value of up to 60 KB: longer ones go to a table of their own. */
function newValue(random: Random): string {
  let text = '';
  const parts = random.next() < 0.1 ? 6_000 : 1 + random.below(40);
  for (let part = 0; part < parts; part++) text += random.next().toString(36).slice(2);
  return text;
}

/** The step number `step` of a process that found `before`. */
export function stepFrom(before: State, step: number, random: Random): Step {
  const { rows, tables } = before;
  const ids = [...rows.keys()];
  const id = ids.length > 0 ? ids[random.below(ids.length)]! : undefined;
  const chance = random.next();
  if (chance < 0.06) return { after: before, run: (database) => database.run('CHECKPOINT') };
  if (chance < 0.1) return { after: before, run: (database) => database.run('VACUUM kept') };
  if (chance < 0.13) return { after: before, run: (database) => database.rows('SELECT pg_switch_wal()') };
  if (chance < 0.2) return makeTable(before, `made_${step}`);
  if (chance < 0.25 && tables.size > 0) return dropTable(before, [...tables][random.below(tables.size)]!);
  if (chance < 0.28) return changeRows(before, ['TRUNCATE kept, twin'], [], new Map());
  if (chance < 0.4 && id !== undefined) {
    const sql = ['DELETE FROM kept WHERE id = $1', 'DELETE FROM twin WHERE id = $1'];
    return changeRows(
      before,
      sql,
      [id],
      new Map(ids.filter((other) => other !== id).map((other) => [other, rows.get(other)!])),
    );
  }
  const value = newValue(random);
  if (chance < 0.6 && id !== undefined) {
    const sql = ['UPDATE kept SET value = $2 WHERE id = $1', 'UPDATE twin SET value = $2 WHERE id = $1'];
    return changeRows(before, sql, [id, value], new Map([...rows, [id, value]]));
  }
  const sql = ['INSERT INTO kept VALUES ($1, $2)', 'INSERT INTO twin VALUES ($1, $2)'];
  return changeRows(before, sql, [step, value], new Map([...rows, [step, value]]));
}

function changeRows(
  { tables }: State,
  statements: readonly string[],
  parameters: readonly (string | number)[],
  rows: ReadonlyMap<number, string>,
): Step {
  return {
    after: { rows, tables },
    run: (database) =>
      database.transaction(async (tx) => {
        for (const sql of statements) await tx.run(sql, parameters);
      }),
  };
}

function makeTable({ rows, tables }: State, name: string): Step {
  return {
    after: { rows, tables: new Set([...tables, name]) },
    run: (database) =>
      database.rows(
        `BEGIN; CREATE TABLE ${name} (n integer PRIMARY KEY); INSERT INTO ${name} SELECT generate_series(1, 500); COMMIT`,
      ),
  };
}

function dropTable({ rows, tables }: State, name: string): Step {
  return {
    after: { rows, tables: new Set([...tables].filter((other) => other !== name)) },
    run: (database) => database.run(`DROP TABLE ${name}`),
  };
}
