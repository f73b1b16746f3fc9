// What versions say of images, kept so that a dataset can be filtered and ordered by it. Knows nothing of how it is found out.
import { z } from 'zod';
import type { Queries } from '../database/database.js';

export interface StoredPrediction {
  readonly sha256: string;
  /** The most probable class, calibrated; null: the image cannot be decoded. */
  readonly predicted: string | null;
  readonly probability: number | null;
}

/** Those of heads that nobody asked for in this time are forgotten. */
const keptDays = 7;

const idSchema = z.object({ id: z.int() });

/** The set of the predictions of `head`, a hash of all that decides them; made when there is none. */
export async function openPredictionSet(queries: Queries, head: string): Promise<number> {
  const [row] = await queries.query(
    idSchema,
    `INSERT INTO prediction_sets (head) VALUES ($1) ON CONFLICT (head) DO UPDATE SET used_at = now() RETURNING id`,
    [head],
  );
  return row!.id;
}

/** Up to `limit` images of the dataset of which the set says nothing yet. */
export async function listUnpredicted(
  queries: Queries,
  setId: number,
  datasetId: number,
  limit: number,
): Promise<string[]> {
  const rows = await queries.query(
    z.object({ sha256: z.string() }),
    `SELECT DISTINCT i.sha256 FROM dataset_images i
     WHERE i.dataset_id = $2 AND NOT EXISTS (SELECT FROM image_predictions p WHERE p.set_id = $1 AND p.sha256 = i.sha256)
     LIMIT $3`,
    [setId, datasetId, limit],
  );
  return rows.map(({ sha256 }) => sha256);
}

/** Of images that are still there; what the set has already stays. */
export async function storePredictions(
  queries: Queries,
  setId: number,
  predictions: readonly StoredPrediction[],
): Promise<void> {
  await queries.run(
    `INSERT INTO image_predictions (set_id, sha256, predicted, probability)
     SELECT $1, p.sha256, p.predicted, p.probability
     FROM jsonb_to_recordset($2::jsonb) AS p (sha256 text, predicted text, probability double precision)
     JOIN images USING (sha256) ON CONFLICT DO NOTHING`,
    [setId, JSON.stringify(predictions)],
  );
}

/** Gives the number of sets. */
export const forgetUnusedPredictions = (queries: Queries): Promise<number> =>
  queries.run('DELETE FROM prediction_sets WHERE used_at < now() - make_interval(days => $1)', [keptDays]);
