// Splits are drawn when an image arrives and settled by the first training that uses it; a snapshot knows which images are near duplicates.

/** SQL of this migration. A published migration never changes: write the next one. */
export const generateSql = (): string => `
-- Once true, the image keeps its split: a version may have learnt from it, or been measured on it.
ALTER TABLE dataset_images ADD COLUMN split_settled boolean NOT NULL DEFAULT false;
-- Earlier trainings may have used any image of their datasets.
UPDATE dataset_images SET split_settled = true
WHERE dataset_id IN (SELECT id FROM datasets WHERE name IN (SELECT dataset FROM trainings));

-- Snapshots of before hold no groups: there each image is one of its own.
ALTER TABLE training_images ADD COLUMN group_key text;
UPDATE training_images SET group_key = sha256;
ALTER TABLE training_images ALTER COLUMN group_key SET NOT NULL;
`;
