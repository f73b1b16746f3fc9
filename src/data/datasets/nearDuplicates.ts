// Near duplicates within a dataset, found in memory: its hashes are read once, and then only those that others have added.
import { z } from 'zod';
import type { Queries } from '../database/database.js';
import { nearDuplicateBits } from '../images/perceptualHash.js';
import { HashIndex } from './hashIndex.js';
import { splitSchema } from './schemas.js';

/** An image of the dataset that shows the same. */
const relativeSchema = z.object({ id: z.int(), groupKey: z.string(), split: splitSchema });
export type Relative = z.infer<typeof relativeSchema>;

const hashSchema = z.object({ id: z.int(), dhash: z.string() });

interface DatasetHashes {
  readonly index: HashIndex;
  /** The greatest id that was read. Ids of a dataset are given under its lock, so none below it can appear later. */
  lastId: number;
}

/** Rows read at a time: a few megabytes as text. */
const pageSize = 2_000;
/** Hashes kept in memory for datasets that are not in use: about 175 MB. The dataset in use is always kept, whatever its size. */
const maxKept = 500_000;

/** Images met by one search that are no longer in the dataset. */
const maxDeletedMet = 20;

export class NearDuplicates {
  /** By the dataset's id, the one used last at the end. */
  readonly #datasets = new Map<number, DatasetHashes>();

  /** Reads the dataset's hashes unless they are known, so that a transaction that then calls `find` is short. */
  async prepare(queries: Queries, datasetId: number): Promise<void> {
    if (!this.#datasets.has(datasetId)) await readNew(queries, datasetId, this.#use(datasetId));
  }

  /**
   * The image of the dataset that looks most like the one with these hashes, if one is a near duplicate: the same bytes
   * before all others, then the fewest different bits, then the lowest id. `tx` must hold the dataset's lock.
   */
  async find(tx: Queries, datasetId: number, sha256: string, dhash: string): Promise<Relative | undefined> {
    for (let deleted = 0; ; deleted++) {
      // Each costs a statement: after this many, the whole dataset is read again.
      if (deleted === maxDeletedMet) this.#datasets.delete(datasetId);
      const hashes = this.#use(datasetId);
      await readNew(tx, datasetId, hashes);
      const neighbour = hashes.index.nearest(dhash);
      const relative = await readRelative(tx, datasetId, { sha256, dhash, neighbour: neighbour?.id });
      if (relative || !neighbour) return relative;
      // It was deleted from the dataset since it was read.
      hashes.index.remove(neighbour);
    }
  }

  /** The next search reads the dataset again: an image with an id of before is back. */
  forget(datasetId: number): void {
    this.#datasets.delete(datasetId);
  }

  #use(datasetId: number): DatasetHashes {
    const hashes = this.#datasets.get(datasetId) ?? { index: new HashIndex(nearDuplicateBits), lastId: 0 };
    this.#datasets.delete(datasetId);
    let kept = hashes.index.size;
    for (const { index } of this.#datasets.values()) kept += index.size;
    for (const [id, { index }] of this.#datasets) {
      if (kept <= maxKept) break;
      this.#datasets.delete(id);
      kept -= index.size;
    }
    this.#datasets.set(datasetId, hashes);
    return hashes;
  }
}

/** Several may read at the same time: each row is taken in once. */
async function readNew(queries: Queries, datasetId: number, hashes: DatasetHashes): Promise<void> {
  for (let full = true; full;) {
    const rows = await queries.query(
      hashSchema,
      'SELECT id, dhash::text AS dhash FROM dataset_images WHERE dataset_id = $1 AND id > $2 ORDER BY id LIMIT $3',
      [datasetId, hashes.lastId, pageSize],
    );
    for (const { id, dhash } of rows) {
      if (id <= hashes.lastId) continue;
      hashes.index.add(id, dhash);
      hashes.lastId = id;
    }
    full = rows.length === pageSize;
  }
}

async function readRelative(
  tx: Queries,
  datasetId: number,
  { sha256, dhash, neighbour }: { sha256: string; dhash: string; neighbour: number | undefined },
): Promise<Relative | undefined> {
  const distance = 'bit_count(dhash # $3::bit(512))';
  const [relative] = await tx.query(
    relativeSchema,
    `SELECT id, group_key AS "groupKey", split FROM (
       (SELECT id, group_key, split, 1 AS choice FROM dataset_images
        WHERE dataset_id = $1 AND sha256 = $2 AND ${distance} <= $4 ORDER BY ${distance}, id LIMIT 1)
       UNION ALL
       (SELECT id, group_key, split, 2 FROM dataset_images WHERE id = $5 AND dataset_id = $1 AND ${distance} <= $4)
     ) AS found ORDER BY choice LIMIT 1`,
    [datasetId, sha256, dhash, nearDuplicateBits, neighbour ?? null],
  );
  return relative;
}
