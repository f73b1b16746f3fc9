// The images that a training could not use, as its record lists them: which, from which file, and why.
import type { Database } from '../data/database/database.js';
import type { SnapshotItem } from '../data/datasets/schemas.js';
import { readFileNames } from '../data/datasets/snapshot.js';
import type { LeftOutImage } from '../data/trainings/schemas.js';
import type { BrokenImage } from './embedding/embedder.js';

/** One entry for each labelled image of `items` whose file is `broken`: an image under two labels is there twice. */
export async function describeLeftOut(
  database: Database,
  items: readonly SnapshotItem[],
  broken: readonly BrokenImage[],
  stage: LeftOutImage['stage'],
): Promise<LeftOutImage[]> {
  const reasons = new Map(broken.map(({ image, reason }) => [image, reason]));
  const left = items.filter(({ sha256 }) => reasons.has(sha256));
  const names = await readFileNames(
    database,
    left.map(({ imageId }) => imageId),
  );
  return left.map(({ imageId, sha256, label }) => ({
    imageId,
    image: sha256,
    label,
    fileName: names.get(imageId) ?? null,
    stage,
    reason: reasons.get(sha256)!,
  }));
}
