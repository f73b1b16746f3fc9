// A backup of everything, while the server answers and trains: the rows of one moment, and links to the files that they name, which stay when the files
// themselves are removed. The tar is read from the links as fast as whoever asked for it takes it.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pack, type Pack } from 'tar-stream';
import { z } from 'zod';
import { isDiskFull, makeDirectory, unfinishedPath } from '../../durableFiles.js';
import { AppError } from '../../errors.js';
import type { Database, Queries } from '../database/database.js';
import { holdImageFiles } from '../images/garbage.js';
import type { ImageStore } from '../images/imageStore.js';
import { headName, sumsName, type BackupHead } from './format.js';
import { dumpTable, listTables } from './tables.js';

export interface BackupSources {
  readonly database: Database;
  readonly images: Pick<ImageStore, 'pathOf'>;
  readonly dataDir: string;
  /** Of the classifiers that were trained or imported here. */
  readonly modelsDir: string;
  /** Of Taxon. */
  readonly release: string;
}

/** An image can be removed between the moment of the rows and the links, when its collection waited for the lock. */
const attempts = 3;

/**
 * Gives the tar. Destroying it, or reading it to its end, removes what was made for it. Throws AppError `conflict` when images keep being removed
 * meanwhile, `storage_full`.
 */
export async function openBackup(sources: BackupSources): Promise<Readable> {
  const exports = join(sources.dataDir, 'exports');
  await makeDirectory(exports);
  await makeDirectory(sources.modelsDir);
  const folders = { own: unfinishedPath(exports), models: unfinishedPath(sources.modelsDir) };
  const clear = async (): Promise<void> => {
    for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
  };
  try {
    const head = await gather(sources, folders);
    const tar = pack();
    tar.once('close', () => void clear());
    void writeTar(tar, head, folders).catch((error: unknown) => tar.destroy(error as Error));
    return tar as unknown as Readable;
  } catch (error) {
    await clear();
    if (!isDiskFull(error)) throw error;
    throw new AppError(
      'storage_full',
      'There is no room left for the backup. Free disk space under DATA_DIR and ask for it again.',
      { cause: error },
    );
  }
}

interface Folders {
  /** With database, images and trainings in it. */
  readonly own: string;
  /** On the file system of the models. */
  readonly models: string;
}

async function gather(sources: BackupSources, { own, models }: Folders): Promise<BackupHead> {
  const head = await gatherRows(sources, own);
  await linkTree(sources.modelsDir, models);
  await linkTree(join(sources.dataDir, 'trainings'), join(own, 'trainings'));
  return head;
}

async function gatherRows(sources: BackupSources, own: string): Promise<BackupHead> {
  for (let attempt = 1; ; attempt++) {
    await rm(own, { recursive: true, force: true });
    await mkdir(join(own, 'database'), { recursive: true });
    try {
      return await sources.database.transaction((tx) => gatherMoment(tx, sources, own));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      if (attempt === attempts)
        throw new AppError('conflict', 'Images are being removed while the backup is made; ask for it again.', {
          cause: error,
        });
    }
  }
}

/** All rows as they are at one moment, and links to the images that they name. */
async function gatherMoment(tx: Queries, sources: BackupSources, own: string): Promise<BackupHead> {
  await tx.run('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await holdImageFiles(tx);
  const [version] = await tx.query(
    z.object({ schema: z.int() }),
    'SELECT max(version)::int AS schema FROM schema_version',
  );
  const tables = await listTables(tx);
  for (const [index, table] of tables.entries()) {
    const file = await open(join(own, 'database', `${String(index).padStart(3, '0')}-${table}.jsonl`), 'wx');
    try {
      for await (const rows of dumpTable(tx, table)) {
        await file.writeFile(rows.join('\n') + '\n');
        if (table === 'images') await linkImages(rows, sources, own);
      }
    } finally {
      await file.close();
    }
  }
  return {
    format: 'taxon-backup/1',
    release: sources.release,
    schema: version!.schema,
    createdAt: new Date().toISOString(),
  };
}

const imageSchema = z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });

async function linkImages(rows: readonly string[], { images, dataDir }: BackupSources, own: string): Promise<void> {
  for (const row of rows) {
    const path = images.pathOf(imageSchema.parse(JSON.parse(row)).sha256);
    const target = join(own, relative(dataDir, path));
    await mkdir(dirname(target), { recursive: true });
    await linkOrCopy(path, target);
  }
}

/** Some file systems have no links. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (
      !['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EMLINK', 'ENOSYS'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    )
      throw error;
    await copyFile(from, to);
  }
}

/** All files below `from`; what others have not finished is left out, and what is removed meanwhile. */
async function linkTree(from: string, to: string): Promise<void> {
  const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith('.unfinished-')) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else if (entry.isFile()) {
      await mkdir(to, { recursive: true });
      await linkOrCopy(source, target).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
  }
}

async function writeTar(tar: Pack, head: BackupHead, { own, models }: Folders): Promise<void> {
  const gone = new AbortController();
  tar.once('close', () => gone.abort());
  const left = once(gone.signal, 'abort').then(() => gone.signal.throwIfAborted());
  left.catch(() => undefined);
  const sums: string[] = [];
  const add = async (
    name: string,
    size: number,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<void> => {
    const hash = createHash('sha256');
    // Its stream is not Node.js's own, which neither pipeline nor finished understand.
    let entry: unknown;
    const written = new Promise<void>((resolve, reject) => {
      const header = { name, size, mode: 0o600 };
      entry = tar.entry(header, (error) => (error ? reject(error) : resolve()));
    });
    const sink = entry as Writable;
    for await (const chunk of content) {
      gone.signal.throwIfAborted();
      hash.update(chunk);
      if (!sink.write(chunk)) await once(sink, 'drain', { signal: gone.signal });
    }
    sink.end();
    await Promise.race([written, left]);
    sums.push(`${hash.digest('hex')}  ${name}\n`);
  };
  const text = (value: string): [number, Uint8Array[]] => [Buffer.byteLength(value), [Buffer.from(value)]];
  await add(headName, ...text(JSON.stringify(head, null, 2)));
  for await (const { path, name } of filesOf(own, '')) await add(name, (await stat(path)).size, createReadStream(path));
  for await (const { path, name } of filesOf(models, 'models/'))
    await add(name, (await stat(path)).size, createReadStream(path));
  await add(sumsName, ...text(sums.join('')));
  tar.finalize();
}

async function* filesOf(
  folder: string,
  prefix: string,
  below = folder,
): AsyncGenerator<{ path: string; name: string }> {
  const entries = await readdir(below, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) yield* filesOf(folder, prefix, path);
    else yield { path, name: prefix + relative(folder, path).split(sep).join('/') };
  }
}
