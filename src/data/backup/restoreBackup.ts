// Puts a backup into directories and a database that are empty. Nothing is moved to its place before all of it has been read and is what it was.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { extract } from 'tar-stream';
import { z } from 'zod';
import { makeDirectory, moveDirectory, syncDirectory, unfinishedPath } from '../../durableFiles.js';
import { AppError } from '../../errors.js';
import type { Database, Log } from '../database/database.js';
import { migrateWithin, newestSchema } from '../database/migrate.js';
import { connect } from '../database/openDatabase.js';
import { headName, headSchema, kindOf, sumsName, type BackupHead } from './format.js';
import { loadTable, prepareTables, resumeTriggers } from './tables.js';

export interface RestoreTarget {
  readonly file: string;
  readonly dataDir: string;
  readonly modelsDir: string;
  /** postgres://… ; absent: embedded under `dataDir`. */
  readonly databaseUrl?: string | undefined;
  readonly logger: Log;
}

export interface Restored extends BackupHead {
  readonly files: number;
  readonly rows: number;
}

const damaged = (what: string): AppError =>
  new AppError('invalid_archive', `The backup is damaged or cut short: ${what}.`);

/**
 * Throws AppError `conflict` for a place that is not empty and a backup of a newer release, `invalid_archive` for a damaged one; then the place
 * is as it was.
 */
export async function restoreBackup(target: RestoreTarget): Promise<Restored> {
  const { file, dataDir, modelsDir, databaseUrl, logger } = target;
  for (const directory of [dataDir, modelsDir]) await refuseFilled(directory);
  await makeDirectory(resolve(dataDir));
  await makeDirectory(resolve(modelsDir));
  const staging = { own: unfinishedPath(dataDir), models: unfinishedPath(modelsDir) };
  try {
    const { head, files } = await unpack(file, staging);
    const database = await connect({ databaseUrl, dataDir: staging.own, logger });
    let rows: number;
    try {
      await refuseUsed(database);
      // A served database is the last to be filled: it is not undone when the files cannot be moved.
      if (databaseUrl !== undefined) await moveFiles(target, staging);
      rows = await loadRows(database, head.schema, join(staging.own, 'database'));
    } finally {
      await database.close();
    }
    if (databaseUrl === undefined) {
      await moveFiles(target, staging);
      await moveDirectory(join(staging.own, 'db'), join(dataDir, 'db'));
    }
    return { ...head, files, rows };
  } finally {
    for (const folder of Object.values(staging)) await rm(folder, { recursive: true, force: true });
  }
}

/** A disk's own folder is no content. */
async function refuseFilled(directory: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter((name) => name !== 'lost+found');
  if (names.length > 0)
    throw new AppError(
      'conflict',
      `${resolve(directory)} is not empty: a backup is restored into an empty folder. Move what is there away first.`,
    );
}

async function refuseUsed(database: Database): Promise<void> {
  const tables = await database.query(
    z.object({ count: z.int() }),
    `SELECT count(*)::int AS count FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace`,
  );
  if (tables[0]!.count > 0)
    throw new AppError('conflict', 'The database has tables: a backup is restored into an empty one.');
}

interface Staging {
  readonly own: string;
  readonly models: string;
}

/** Everything into `staging`, checked against its hash. */
async function unpack(file: string, staging: Staging): Promise<{ readonly head: BackupHead; readonly files: number }> {
  const found = new Map<string, string>();
  let sums: string | undefined;
  const entries = extract();
  const source = createReadStream(file).once('error', (error) => entries.destroy(error));
  source.pipe(entries);
  try {
    for await (const entry of entries) {
      const { name } = entry.header;
      if (sums !== undefined) throw damaged(`${name} comes after ${sumsName}`);
      if (name === sumsName) sums = await textOf(entry as AsyncIterable<Uint8Array>);
      else found.set(name, await unpackEntry(name, entry as AsyncIterable<Uint8Array>, staging));
    }
  } catch (error) {
    if (error instanceof AppError || (error as NodeJS.ErrnoException).path === file) throw error;
    if ((error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw damaged((error as Error).message);
  } finally {
    source.destroy();
  }
  if (sums === undefined) throw damaged(`there is no ${sumsName} at its end`);
  const expected = new Map(
    sums
      .split('\n')
      .filter(Boolean)
      .map((line) => [line.slice(66), line.slice(0, 64)]),
  );
  for (const name of new Set([...expected.keys(), ...found.keys()]))
    if (expected.get(name) !== found.get(name)) throw damaged(`${name} is not what it was`);
  return { head: await readHead(staging.own), files: found.size };
}

async function textOf(entry: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Gives the SHA-256 of its bytes. */
async function unpackEntry(name: string, entry: AsyncIterable<Uint8Array>, staging: Staging): Promise<string> {
  const kind = kindOf(name);
  if (kind === undefined && name !== headName) throw damaged(`it has an entry "${name}", which no backup has`);
  const path = kind === 'models' ? join(staging.models, name.slice('models/'.length)) : join(staging.own, name);
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  const file = await open(path, 'wx');
  try {
    for await (const chunk of entry) {
      hash.update(chunk);
      await file.writeFile(chunk);
    }
  } finally {
    await file.close();
  }
  return hash.digest('hex');
}

async function readHead(directory: string): Promise<BackupHead> {
  const text = await readFile(join(directory, headName), 'utf8').catch(() => '');
  const head = text === '' ? undefined : headSchema.safeParse(JSON.parse(text)).data;
  if (head === undefined)
    throw new AppError('invalid_archive', 'The file is no backup of Taxon, or one of a later format.');
  const known = await newestSchema();
  if (head.schema > known)
    throw new AppError(
      'conflict',
      `The backup is of a newer release of Taxon (${head.release}, schema ${head.schema}; this one knows ${known}): restore it with that release.`,
    );
  return head;
}

/** All of it, tables too, or nothing. */
async function loadRows(database: Database, schema: number, directory: string): Promise<number> {
  const files = (await readdir(directory)).sort();
  const tableOf = (file: string): string => file.replace(/^\d+-/, '').replace(/\.jsonl$/, '');
  const tables = files.map(tableOf);
  return database.transaction(async (tx) => {
    let rows = 0;
    await migrateWithin(tx, schema);
    await prepareTables(tx, tables);
    for (const file of files) {
      const openLines = () => createInterface({ input: createReadStream(join(directory, file)), crlfDelay: Infinity });
      rows += await loadTable(tx, tableOf(file), openLines);
    }
    await resumeTriggers(tx, tables);
    return rows;
  });
}

async function moveFiles({ dataDir, modelsDir }: RestoreTarget, { own, models }: Staging): Promise<void> {
  for (const kind of ['images', 'trainings']) await moveIfThere(join(own, kind), join(dataDir, kind));
  for (const name of await readdir(models).catch(() => [])) {
    // A backbone and a classifier are folders; anything else that lies there is a file.
    if (!(await moveIfThere(join(models, name), join(modelsDir, name))))
      await rename(join(models, name), join(modelsDir, name));
  }
  await syncDirectory(modelsDir);
}

/** Whether there is such a folder, which is at `to` now. */
async function moveIfThere(from: string, to: string): Promise<boolean> {
  try {
    await readdir(from);
  } catch {
    return false;
  }
  return moveDirectory(from, to);
}
