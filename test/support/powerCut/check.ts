// Opens what a power cut left, finds the state in it, and looks for damage.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { amcheck } from '@electric-sql/pglite/contrib/amcheck';
import { openPglite } from '../../../src/data/database/openPglite.js';
import { stateToJson, type State } from './steps.js';

let wasmModule: Promise<WebAssembly.Module> | undefined;

const compile = async (): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))));

/** Gives the state that the database in `directory` is in: one of `possible`, with nothing damaged. */
export async function checkDatabase(directory: string, possible: readonly State[]): Promise<State> {
  const pglite = await openPglite(directory, {
    pgliteWasmModule: await (wasmModule ??= compile()),
    extensions: { amcheck },
    onPanic: (message) => {
      throw new Error(message);
    },
  });
  try {
    const select = async (sql: string): Promise<unknown[][]> =>
      (await pglite.query<unknown[]>(sql, [], { rowMode: 'array' })).rows;
    const kept = (await select('SELECT id, value FROM kept ORDER BY id')) as [number, string][];
    const twin = await select('SELECT id, value FROM twin ORDER BY id');
    assert.deepEqual(twin, kept, 'a transaction is there in part');
    const tables = (
      await select("SELECT relname FROM pg_class WHERE relname LIKE 'made%' AND relkind = 'r'")
    ).flat() as string[];
    for (const table of tables)
      assert.deepEqual(await select(`SELECT count(*)::int, sum(n)::int FROM ${table}`), [[500, 125_250]]);
    const found = textOf({ rows: new Map(kept), tables: new Set(tables) });
    const state = possible.find((candidate) => textOf(candidate) === found);
    assert.ok(state, 'the database is in none of the states that it may be in: acknowledged writes are missing');
    await checkDamage(select);
    // It takes writes, too.
    await pglite.exec("INSERT INTO twin VALUES (-1, 'x'); CREATE TABLE more AS SELECT * FROM kept; CHECKPOINT;");
    return state;
  } finally {
    await pglite.close();
  }
}

/** PostgreSQL's own check of every table and index, catalogues too: each row is sound, and found by its indexes. */
async function checkDamage(select: (sql: string) => Promise<unknown[][]>): Promise<void> {
  await select('CREATE EXTENSION IF NOT EXISTS amcheck');
  await select(`SELECT bt_index_check(pg_class.oid, heapallindexed => true) FROM pg_class JOIN pg_am ON pg_am.oid = relam
    WHERE amname = 'btree' AND relkind = 'i' AND relpersistence = 'p'`);
  const damage = await select(`SELECT relname, msg FROM pg_class, verify_heapam(pg_class.oid)
    WHERE relkind IN ('r', 't', 'm') AND relpersistence = 'p'`);
  assert.deepEqual(damage, []);
}

function textOf({ rows, tables }: State): string {
  return stateToJson({ rows: new Map([...rows].sort(([a], [b]) => a - b)), tables: new Set([...tables].sort()) });
}
