// The files of the embedding cache, DATA_DIR/embeddings/<backbone>/ab/<sha256 of the image>-<view>.f32: where they are, and which go.
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Queries } from './database/database.js';

/** `view` identifies the augmented view of the image that was embedded (see viewKey). */
export const embeddingPath = (backboneDirectory: string, image: string, view: string): string =>
  join(backboneDirectory, image.slice(0, 2), `${image}-${view}.f32`);

const namePattern = /^([0-9a-f]{64})-.+\.f32$/;
const batchSize = 500;
const msPerMinute = 60_000;

export interface EmbeddingFilesDeps {
  readonly queries: Queries;
  readonly directory: string;
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
  for await (const { path, use } of listEmbeddings(deps)) {
    const file = await stat(path).catch(() => undefined);
    if (file === undefined) continue;
    if (use === 'none') {
      await rm(path, { force: true });
      removed += 1;
      continue;
    }
    total += file.size;
    const minute = minuteOf(file.mtimeMs);
    if (use === 'dataset') bytesByMinute.set(minute, (bytesByMinute.get(minute) ?? 0) + file.size);
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
  for await (const { path, use } of listEmbeddings(deps)) {
    if (freed >= surplus) break;
    if (use === 'training') continue;
    const file = await stat(path).catch(() => undefined);
    if (file === undefined || minuteOf(file.mtimeMs) > lastMinute) continue;
    await rm(path, { force: true });
    removed += 1;
    freed += file.size;
  }
  return removed;
}

/** Who needs an image's embeddings; `none` also for any other file that lies there. */
type Use = 'training' | 'dataset' | 'none';

async function* listEmbeddings(deps: EmbeddingFilesDeps): AsyncGenerator<{ path: string; use: Use }> {
  for (const backbone of await foldersIn(deps.directory))
    for (const prefix of await foldersIn(join(deps.directory, backbone))) {
      const folder = join(deps.directory, backbone, prefix);
      const names = await readdir(folder).catch(() => []);
      for (let first = 0; first < names.length; first += batchSize) {
        const batch = names.slice(first, first + batchSize);
        const uses = await readUses(deps.queries, batch.map(imageOf));
        for (const name of batch) yield { path: join(folder, name), use: uses.get(imageOf(name)) ?? 'none' };
      }
    }
}

const imageOf = (name: string): string => namePattern.exec(name)?.[1] ?? '';

async function foldersIn(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name);
}

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
