// What waits for a reviewer, in whatever queue: nobody else changes how much that is meanwhile, and what is accepted enters a dataset.
import { AppError, type ErrorCode } from '../errors.js';
import type { Queries } from './database/database.js';
import type { FileResult } from './datasets/importArchive.js';

/** Takes an image into a dataset under its label; see addFile. */
export type AddToDataset = (
  dataset: string,
  filename: string,
  image: { readonly bytes: Uint8Array; readonly label: string },
) => Promise<FileResult>;

/** An image that is in a dataset now; `duplicate`: it was there under the same label before. */
export type Taken = Exclude<FileResult, { readonly outcome: 'failed' }>;

/**
 * Every image that a reviewer has labelled enters its dataset here. Throws AppError `unknown_dataset`, and what addImage throws when the
 * dataset does not take it.
 */
export async function takeReviewed(
  add: AddToDataset,
  dataset: string,
  filename: string,
  image: { readonly bytes: Uint8Array; readonly label: string },
): Promise<Taken> {
  const added = await add(dataset, filename, image);
  // addFile reports the codes of AppErrors.
  if (added.outcome === 'failed') throw new AppError(added.error.code as ErrorCode, added.error.detail);
  return added;
}

/** Any fixed number that nothing else in this database locks. */
const queueLock = 7_461_006;

/** Until the transaction ends, nobody else changes what waits for review. */
export async function lockReviewQueue(tx: Queries): Promise<void> {
  await tx.run('SELECT pg_advisory_xact_lock($1)', [queueLock]);
}
