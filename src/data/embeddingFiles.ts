// The files of the embedding cache, <backbone>/ab/<sha256 of the image>-<view>.f32 in their store: where they are, and which go.
import { z } from 'zod';
import type { FileEntry, FileStore } from '../files/fileStore.js';
import type { Queries } from './database/database.js';

/** A key, or a path where `backboneDirectory` is one. `view` identifies the augmented view of the image that was embedded (see viewKey). */
export const embeddingPath = (backboneDirectory: string, image: string, view: string): string =>
  `${backboneDirectory}/${image.slice(0, 2)}/${image}-${view}.f32`;

const namePattern = /^[^/]+\/[^/]+\/([0-9a-f]{64})-.+\.f32$/;
const batchSize = 500;
const msPerMinute = 60_000;

export interface EmbeddingFilesDeps {
  readonly queries: Queries;
  readonly files: FileStore;
  /** All files together. Those that unfinished trainings need stay, even when they alone exceed it. */
  readonly maxBytes: number;
}

/**
 * Removes the embeddings of images that no dataset has any more, then those that were not used for the longest time, to
 * the minute, until the others fit. Gives the number of files removed.
 */
export async function cleanEmbeddings(deps: EmbeddingFilesDeps): Promise<number> {
  let [removed, total] = [0, 0];
  const bytesByMinute = new Map<number, number>();
  for await (const { file, use } of listEmbeddings(deps)) {
    if (use === 'none') {
      await deps.files.remove([file.key]);
      removed += 1;
      continue;
    }
    total += file.bytes;
    const minute = minuteOf(file.modifiedMs);
    if (use === 'dataset') bytesByMinute.set(minute, (bytesByMinute.get(minute) ?? 0) + file.bytes);
  }
  const surplus = total - deps.maxBytes;
  return surplus > 0 ? removed + (await removeOldest(deps, surplus, lastMinuteToGo(bytesByMinute, surplus))) : removed;
}

const minuteOf = (timeMs: number): number => Math.floor(timeMs / msPerMinute);

/** To free `surplus` bytes, files last used in this minute or before must go. */
function lastMinuteToGo(bytesByMinute: ReadonlyMap<number, number>, surplus: number): number {
  let freed = 0;
  const minutes = [...bytesByMinute.keys()].sort((a, b) => a - b);
  for (const minute of minutes) {
    freed += bytesByMinute.get(minute)!;
    if (freed >= surplus) return minute;
  }
  return minutes.at(-1) ?? 0;
}

async function removeOldest(deps: EmbeddingFilesDeps, surplus: number, lastMinute: number): Promise<number> {
  let [removed, freed] = [0, 0];
  for await (const { file, use } of listEmbeddings(deps)) {
    if (freed >= surplus) break;
    if (use === 'training' || minuteOf(file.modifiedMs) > lastMinute) continue;
    await deps.files.remove([file.key]);
    removed += 1;
    freed += file.bytes;
  }
  return removed;
}

/** Who needs an image's embeddings; `none` also for any other file that lies there. */
type Use = 'training' | 'dataset' | 'none';

async function* listEmbeddings({ files, queries }: EmbeddingFilesDeps): AsyncGenerator<{ file: FileEntry; use: Use }> {
  let batch: FileEntry[] = [];
  for await (const file of files.list('')) {
    batch.push(file);
    if (batch.length < batchSize) continue;
    yield* withUses(queries, batch);
    batch = [];
  }
  yield* withUses(queries, batch);
}

async function* withUses(queries: Queries, batch: readonly FileEntry[]): AsyncGenerator<{ file: FileEntry; use: Use }> {
  const uses = await readUses(
    queries,
    batch.map(({ key }) => imageOf(key)),
  );
  for (const file of batch) yield { file, use: uses.get(imageOf(file.key)) ?? 'none' };
}

const imageOf = (key: string): string => namePattern.exec(key)?.[1] ?? '';

async function readUses(queries: Queries, images: readonly string[]): Promise<Map<string, Use>> {
  const rows = await queries.query(
    z.object({ sha256: z.string(), inTraining: z.boolean() }),
    `SELECT sha256, "inTraining" FROM (
       SELECT sha256,
         EXISTS (SELECT FROM dataset_images d WHERE d.sha256 = image.sha256) AS "inDataset",
         EXISTS (
           SELECT FROM training_images i JOIN trainings t ON t.id = i.training_id
           WHERE i.sha256 = image.sha256 AND t.state IN ('queued', 'running')) AS "inTraining"
       FROM unnest($1::text[]) AS image (sha256)
     ) AS used WHERE "inDataset" OR "inTraining"`,
    [[...new Set(images)]],
  );
  return new Map(rows.map(({ sha256, inTraining }) => [sha256, inTraining ? 'training' : 'dataset']));
}
