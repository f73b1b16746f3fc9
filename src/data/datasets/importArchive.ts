// An archive of class folders, or of images with a list of their labels, into a dataset: received to disk whatever its size, then added image by image.
import { createWriteStream } from 'node:fs';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { withUnfinished } from '../../durableFiles.js';
import { AppError } from '../../errors.js';
import { diskError } from '../../files/directoryStore.js';
import { addImage, type AddImageDeps } from './addImage.js';
import { readArchive, type ArchiveFile, type ArchiveLimits } from './archive.js';
import { takeAttributions } from './archiveAttributions.js';
import { readListedPath, readPath, type PathMeaning } from './archivePaths.js';
import { findDataset, type DatasetRow } from './datasets.js';
import { findListed, labelListName, readLabelList, type ListedLabels } from './labelList.js';
import { splitSchema, type NewImage } from './schemas.js';

export interface ArchiveImportDeps extends AddImageDeps {
  /** Where archives are kept while their images are added. */
  readonly uploadsDir: string;
  readonly maxArchiveBytes: number;
  readonly maxImageBytes: number;
  /** Images added at the same time. */
  readonly concurrency: number;
}

/** What became of one file of an upload. */
export const fileResultSchema = z.union([
  z.object({
    filename: z.string(),
    outcome: z.enum(['added', 'duplicate']),
    id: z.int(),
    sha256: z.string(),
    label: z.string(),
    split: splitSchema,
    nearDuplicateOf: z.int().nullable(),
  }),
  z.object({
    filename: z.string(),
    outcome: z.literal('failed'),
    error: z.object({ code: z.string(), detail: z.string() }),
  }),
]);
export type FileResult = z.infer<typeof fileResultSchema>;

/** Images are compressed already, so an archive that unpacks to many times its size is a bomb. */
const maxExpansion = 20;
const expansionAllowance = 64 * 2 ** 20;
const maxFiles = 500_000;
const maxNameLength = 255;

/**
 * One result for each image, in the order of the archive; other files are skipped, but for an attribution.csv that says who made them. What was added stays, even when the
 * archive turns out damaged further on, which the last result then says. Throws AppError `unknown_dataset`,
 * `body_too_large`, `storage_full`, `database_unavailable`, and `invalid_archive` when nothing could be taken from it.
 */
export async function importArchive(deps: ArchiveImportDeps, dataset: string, body: Readable): Promise<FileResult[]> {
  const row = await findDataset(deps.database, dataset);
  return withUnfinished(deps.uploadsDir, async (path) => {
    const received = await receive(body, path, deps.maxArchiveBytes);
    const results = await importFile(deps, row, path, received);
    const unread = await takeAttributions(deps.database, path, results, limitsOf(received));
    return unread === undefined ? results : [...results, failed(unread.path, unread.error)];
  });
}

/** Gives the number of bytes written to `path`. */
async function receive(body: Readable, path: string, maxBytes: number): Promise<number> {
  let received = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      if (received > maxBytes)
        done(new AppError('body_too_large', `The limit is ${maxBytes} bytes an archive; send it in parts.`));
      else done(null, chunk);
    },
  });
  try {
    await pipeline(body, count, createWriteStream(path, { flags: 'wx' }));
    return received;
  } catch (error) {
    throw diskError(error);
  }
}

const limitsOf = (received: number) => ({ maxUnpackedBytes: received * maxExpansion + expansionAllowance, maxFiles });

/** What the paths of an archive say. */
type Meaning = (path: string) => PathMeaning;

async function importFile(
  deps: ArchiveImportDeps,
  { name: dataset, task }: DatasetRow,
  path: string,
  received: number,
): Promise<FileResult[]> {
  const limits = {
    ...limitsOf(received),
    maxFileBytes: deps.maxImageBytes,
  };
  const list = task === 'multi-label' ? await findLabelList(path, limits) : undefined;
  const meaningOf = list ? listedMeaning(list) : readPath;
  const files = readArchive(path, { ...limits, wanted: (name) => meaningOf(name).kind === 'image' });
  const results = await takeAll(deps, dataset, files, meaningOf);
  if (results.length > 0) return results;
  const forms = 'class/image.jpg, or train/class/image.jpg with train, validation and test';
  throw new AppError(
    'invalid_archive',
    task === 'multi-label'
      ? `The archive holds neither a ${labelListName} with images beside it nor images in class folders: ${forms}.`
      : `The archive holds no images in class folders: ${forms}.`,
  );
}

interface LabelList {
  /** Where it lies, with a slash behind; empty: at the top. */
  readonly folder: string;
  readonly labels: ReadonlyMap<string, ListedLabels>;
}

/** The list of labels at the top of the archive or in a folder there; undefined: there is none. Throws AppError invalid_archive. */
async function findLabelList(path: string, limits: Omit<ArchiveLimits, 'wanted'>): Promise<LabelList | undefined> {
  const pattern = new RegExp(`^(?:\\./)?((?:[^/]+/)?)${labelListName}$`, 'i');
  for await (const file of readArchive(path, { ...limits, wanted: (name) => pattern.test(name) })) {
    const folder = pattern.exec(file.path)?.[1];
    if (folder === undefined) continue;
    if (file.error) throw file.error;
    return { folder, labels: readLabelList(file.bytes!) };
  }
  return undefined;
}

const listedMeaning =
  ({ folder, labels }: LabelList): Meaning =>
  (path) =>
    readListedPath(path, (name) => findListed(labels, name.startsWith(folder) ? name.slice(folder.length) : name));

async function takeAll(
  deps: ArchiveImportDeps,
  dataset: string,
  files: AsyncIterable<ArchiveFile>,
  meaningOf: Meaning,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  try {
    const { concurrency } = deps;
    // Which near duplicate comes first decides how chains of them are grouped: the same archive gives the same groups.
    let before: Promise<unknown> = Promise.resolve();
    const takeInTurn = (file: ArchiveFile): Promise<FileResult | undefined> => {
      const taken = takeOne(deps, dataset, file, meaningOf(file.path), before);
      before = Promise.allSettled([before, taken]);
      return taken;
    };
    for await (const result of pMapIterable(files, takeInTurn, { concurrency })) if (result) results.push(result);
  } catch (error) {
    if (results.length === 0 || !(error instanceof AppError) || error.code !== 'invalid_archive') throw error;
    results.push(failed('', error));
  }
  return results;
}

async function takeOne(
  deps: ArchiveImportDeps,
  dataset: string,
  { path, bytes, error }: ArchiveFile,
  meaning: PathMeaning,
  turn: Promise<unknown>,
): Promise<FileResult | undefined> {
  if (meaning.kind === 'ignored') return undefined;
  if (meaning.kind === 'refused')
    return failed(path, new AppError('invalid_archive', `Not taken from the archive: ${meaning.reason}.`));
  if (error) return failed(path, error);
  return addFile(deps, dataset, path, { bytes: bytes!, label: meaning.label, split: meaning.split }, turn);
}

/** An image's own fault becomes its result; a fault of the server's is thrown. `turn`: see addImage. */
export async function addFile(
  deps: AddImageDeps,
  dataset: string,
  filename: string,
  image: Omit<NewImage, 'fileName'>,
  turn?: Promise<unknown>,
): Promise<FileResult> {
  try {
    const named = { ...image, fileName: storableName(filename) };
    const { outcome, id, sha256, label, split, nearDuplicateOf } = await addImage(deps, dataset, named, { turn });
    return { filename, outcome, id, sha256, label, split, nearDuplicateOf };
  } catch (error) {
    if (error instanceof AppError && (error.status === 413 || error.status === 415 || error.status === 422))
      return failed(filename, error);
    throw error;
  }
}

/** Names come from anywhere: PostgreSQL refuses NUL, and of a long path only the end is of use. */
const storableName = (filename: string): string => filename.replaceAll(/\p{Cc}/gu, '\ufffd').slice(-maxNameLength);

export const failed = (filename: string, { code, detail }: AppError): FileResult => ({
  filename,
  outcome: 'failed',
  error: { code, detail },
});
