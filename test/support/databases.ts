// Fresh databases for tests: PGlite always, PostgreSQL where it is installed. One suite runs on both.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { cp, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, type TestContext } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { pino } from 'pino';
import { z } from 'zod';
import type { Database } from '../../src/data/database/database.js';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { findPrograms, PostgresCluster } from './postgres.js';

export const silent = pino({ level: 'silent' });

export interface DatabaseKind {
  readonly name: 'PGlite' | 'PostgreSQL';
  /** Prepares `dataDir` for an empty database and gives what openDatabase needs besides. */
  prepare(dataDir: string): Promise<{ databaseUrl?: string }>;
}

/** A folder that is removed when the test ends. */
export async function newDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  // Hooks run in the order of their making: what uses it may end a moment later.
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return directory;
}

function temporaryDirectory(): Promise<string> {
  const directory = mkdtemp(join(tmpdir(), 'taxon-test-'));
  directory.then((path) => process.once('exit', () => rmSync(path, { recursive: true, force: true })));
  return directory;
}

/** An empty PGlite folder, made once on a machine: making one takes seconds of arithmetic, copying it none. */
const template = join(tmpdir(), `taxon-pglite-${pgliteVersion()}`);

function pgliteVersion(): string {
  const file = readFileSync(new URL('../package.json', import.meta.resolve('@electric-sql/pglite')), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}

async function makeTemplate(): Promise<void> {
  const directory = join(await temporaryDirectory(), 'db');
  const pglite = await PGlite.create(directory);
  await pglite.close();
  // Another test process may have been faster.
  await rename(directory, template).catch(() => undefined);
}

export const pglite: DatabaseKind = {
  name: 'PGlite',
  prepare: async (dataDir) => {
    if (!existsSync(template)) await makeTemplate();
    await cp(template, join(dataDir, 'db'), { recursive: true });
    return {};
  },
};

/** Declares `suite` once for each kind of database; skipped aloud where PostgreSQL is not installed. */
export async function onBothDatabases(title: string, suite: (kind: DatabaseKind) => void): Promise<void> {
  describe(`${title} on PGlite`, () => suite(pglite));
  const programs = await findPrograms();
  const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
  if (skip) console.error(`SKIPPED: ${title} on PostgreSQL: ${skip}`);
  describe(`${title} on PostgreSQL`, { skip }, () => {
    let cluster: Promise<PostgresCluster> | undefined;
    const start = (): Promise<PostgresCluster> => (cluster ??= PostgresCluster.create(programs!));
    after(() => cluster?.then((running) => running.remove()));
    suite({ name: 'PostgreSQL', prepare: async () => ({ databaseUrl: await (await start()).newDatabase() }) });
  });
}

/** Gives one open database to the tests of a suite, one after the other, emptied each time: opening takes longer. */
export function shareDatabase(kind: DatabaseKind): () => Promise<Database> {
  let open: Promise<Database> | undefined;
  const start = async (): Promise<Database> => {
    const dataDir = await temporaryDirectory();
    return openDatabase({ dataDir, logger: silent, ...(await kind.prepare(dataDir)) });
  };
  after(() => open?.then((database) => database.close()));
  return async () => {
    const database = await (open ??= start());
    await empty(database);
    return database;
  };
}

async function empty(database: Database): Promise<void> {
  const tables = await database.query(
    z.object({ name: z.string() }),
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'",
  );
  await database.run(`TRUNCATE ${tables.map(({ name }) => name).join(', ')} RESTART IDENTITY CASCADE`);
}
