// Images of other datasets: examples of what is of none of the classes of one.
import { z } from 'zod';
import type { Queries } from '../database/database.js';

/** Of those that are found, not all have embeddings. */
const mostListed = 2_000;

/**
 * Images of datasets that have no class in common with `dataset`, whatever the case of its name, and that it does not have itself; always
 * the same ones first, those of each dataset among them as far as it has many. No dataset of that name: all images may be.
 */
export const listForeignImages = (queries: Queries, dataset: string): Promise<Array<{ sha256: string }>> =>
  queries.query(
    z.object({ sha256: z.string() }),
    `WITH own AS (
       SELECT sha256, lower(label) AS label FROM dataset_images i JOIN datasets d ON d.id = dataset_id WHERE name = $1
     ), strangers AS (
       SELECT id, negatives FROM datasets d WHERE name <> $1 AND NOT EXISTS (
         SELECT FROM dataset_images i WHERE dataset_id = d.id AND lower(i.label) IN (SELECT label FROM own))
     )
     SELECT DISTINCT sha256 FROM dataset_images i JOIN strangers s ON s.id = i.dataset_id
     WHERE i.label IS DISTINCT FROM s.negatives AND sha256 NOT IN (SELECT sha256 FROM own) ORDER BY sha256 LIMIT $2`,
    [dataset, mostListed],
  );
