// The rows of all tables as lines of JSON, which embedded and served databases write and read alike.
import { z } from 'zod';
import type { Queries } from '../database/database.js';

/** What is not kept: the migrations make the first, and the others are of processes that will not be there. */
const left: ReadonlySet<string> = new Set(['schema_version', 'processes', 'idempotent_requests']);

const pageRows = 500;

const nameSchema = z.object({ name: z.string().regex(/^[a-z_][a-z0-9_]*$/) });
const referenceSchema = z.object({ child: z.string(), parent: z.string() });

/** The tables that are kept, each after those that its rows refer to. */
export async function listTables(queries: Queries): Promise<string[]> {
  const tables = await queries.query(
    nameSchema,
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace ORDER BY relname`,
  );
  const references = await queries.query(
    referenceSchema,
    `SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint
     JOIN pg_class AS child ON child.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
     WHERE contype = 'f' AND child.relnamespace = current_schema()::regnamespace AND conrelid <> confrelid`,
  );
  const ordered: string[] = [];
  const visit = (table: string): void => {
    if (ordered.includes(table)) return;
    for (const { child, parent } of references) if (child === table) visit(parent);
    ordered.push(table);
  };
  for (const { name } of tables) visit(name);
  return ordered.filter((table) => !left.has(table));
}

const rowSchema = z.object({ row: z.string() });

/** Its rows, an object of JSON each, some hundred at a time. `tx` is a transaction. */
export async function* dumpTable(tx: Queries, table: string): AsyncGenerator<string[]> {
  await tx.run(`DECLARE backup_rows NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM "${table}" AS t`);
  for (;;) {
    const rows = await tx.query(rowSchema, `FETCH ${pageRows} FROM backup_rows`);
    if (rows.length === 0) break;
    yield rows.map(({ row }) => row);
  }
  await tx.run('CLOSE backup_rows');
}

/** Columns that can be written. */
async function columnsOf(queries: Queries, table: string): Promise<string> {
  const columns = await queries.query(
    nameSchema,
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
     ORDER BY attnum`,
    [`"${table}"`],
  );
  return columns.map(({ name }) => `"${name}"`).join(', ');
}

/** Empties `tables` and keeps their triggers from doing again what they did when the rows were written, until resumeTriggers. */
export async function prepareTables(tx: Queries, tables: readonly string[]): Promise<void> {
  await tx.run(`TRUNCATE ${tables.map((table) => `"${table}"`).join(', ')} CASCADE`);
  for (const table of tables) await tx.run(`ALTER TABLE "${table}" DISABLE TRIGGER USER`);
}

export async function resumeTriggers(tx: Queries, tables: readonly string[]): Promise<void> {
  for (const table of tables) await tx.run(`ALTER TABLE "${table}" ENABLE TRIGGER USER`);
}

/** Puts rows of dumpTable back; gives their number. `openLines` is called when the lines are read: readline loses those that come before. */
export async function loadTable(tx: Queries, table: string, openLines: () => AsyncIterable<string>): Promise<number> {
  const columns = await columnsOf(tx, table);
  let [count, page]: [number, string[]] = [0, []];
  const insert = async (): Promise<void> => {
    if (page.length === 0) return;
    await tx.run(
      `INSERT INTO "${table}" (${columns}) OVERRIDING SYSTEM VALUE
       SELECT ${columns} FROM jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`,
      [`[${page.join(',')}]`],
    );
    count += page.length;
    page = [];
  };
  for await (const line of openLines()) {
    page.push(line);
    if (page.length === pageRows) await insert();
  }
  await insert();
  await continueCounting(tx, table);
  return count;
}

/** New rows get numbers after those of the rows that were put back. */
async function continueCounting(tx: Queries, table: string): Promise<void> {
  const counted = await tx.query(
    nameSchema,
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attidentity <> ''`,
    [`"${table}"`],
  );
  for (const { name } of counted)
    await tx.run(
      `SELECT setval(pg_get_serial_sequence('"${table}"', '${name}'), COALESCE(max("${name}"), 1), max("${name}") IS NOT NULL) FROM "${table}"`,
    );
}
