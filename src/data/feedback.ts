// Corrections that users send: the image, what it was taken for, what it is. Kept until somebody reviews them, within limits.
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { Database, Queries } from './database/database.js';
import { holdImageFiles } from './images/garbage.js';
import type { ImageStore } from './images/imageStore.js';
import { inspectImage } from './images/inspectImage.js';
import { lockReviewQueue, takeReviewed, type AddToDataset } from './review.js';
import { enqueueReviewQueue } from './webhooks/events.js';

export const feedbackStateSchema = z.enum(['new', 'accepted', 'rejected']);
export type FeedbackState = z.infer<typeof feedbackStateSchema>;

export const feedbackSchema = z
  .object({
    id: z.int().positive(),
    sha256: z.string(),
    classifier: z.string(),
    version: z.int().nullable(),
    label: z.string().meta({ description: 'What it is, as the user says' }),
    state: feedbackStateSchema,
    createdAt: z.date(),
  })
  .meta({ id: 'Feedback' });
export type Feedback = z.infer<typeof feedbackSchema>;

const storedImageSchema = z.object({ sha256: z.string(), width: z.int(), height: z.int(), format: z.string() });
/** The image of a correction, as the store describes it. */
export type FeedbackImage = z.infer<typeof storedImageSchema>;

export interface NewFeedback {
  readonly bytes: Uint8Array;
  readonly classifier: string;
  readonly version?: number | undefined;
  readonly label: string;
}

export interface FeedbackLimits {
  /** Most corrections that wait for review. */
  readonly maxItems: number;
  /** Bytes of their images together. */
  readonly maxBytes: number;
  /** After this many days a correction is removed, reviewed or not. */
  readonly maxAgeDays: number;
}

export interface FeedbackDeps {
  readonly database: Database;
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly limits: FeedbackLimits;
  readonly addToDataset: AddToDataset;
  /** Removes those images that nothing refers to any more. */
  readonly collectImages: (sha256s: readonly string[]) => Promise<void>;
}

const columns = 'id, sha256, classifier, version, label, state, created_at AS "createdAt"';

export class FeedbackBox {
  readonly #deps: FeedbackDeps;

  constructor(deps: FeedbackDeps) {
    this.#deps = deps;
  }

  /** Durable when it resolves. Throws what ImageDecoder throws, AppError `feedback_full`, `storage_full`, `database_unavailable`. */
  async submit({ bytes, classifier, version, label }: NewFeedback): Promise<Feedback> {
    const { database, images, decoder, limits } = this.#deps;
    // Refused before it costs a decoding; the check in the transaction is the one that counts.
    await checkRoom(database, limits, bytes.byteLength);
    const { width, height, format, dhash } = await inspectImage(decoder, bytes);
    return database.transaction(async (tx) => {
      await holdImageFiles(tx);
      await lockReviewQueue(tx);
      await checkRoom(tx, limits, bytes.byteLength);
      const { sha256 } = await images.put(bytes);
      await tx.run(
        'INSERT INTO images (sha256, bytes, width, height, format, dhash) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
        [sha256, bytes.byteLength, width, height, format, dhash],
      );
      const sql = `INSERT INTO feedback (sha256, classifier, version, label) VALUES ($1, $2, $3, $4) RETURNING ${columns}`;
      const [row] = await tx.query(feedbackSchema, sql, [sha256, classifier, version ?? null, label]);
      await enqueueReviewQueue(tx);
      return row!;
    });
  }

  /** In order of arrival, after the id `after`. */
  list(state: FeedbackState, after: number, limit: number): Promise<Feedback[]> {
    return this.#deps.database.query(
      feedbackSchema,
      `SELECT ${columns} FROM feedback WHERE state = $1 AND id > $2 ORDER BY id LIMIT $3`,
      [state, after, limit],
    );
  }

  /** Throws AppError `not_found` when there is no such correction, or its image is not kept any more. */
  async image(id: number): Promise<FeedbackImage> {
    const [image] = await this.#deps.database.query(
      storedImageSchema,
      'SELECT sha256, width, height, format FROM feedback f JOIN images i USING (sha256) WHERE f.id = $1',
      [id],
    );
    if (image) return image;
    const { state } = await getFeedback(this.#deps.database, id);
    throw new AppError('not_found', `The image of feedback ${id} is not kept any more: it was ${state}.`);
  }

  /**
   * Adds the image to `dataset`, under `label` or the one that the user gave. Throws AppError `not_found`,
   * `unknown_dataset`, and what addImage throws when the dataset does not take it: the correction then stays as it is.
   */
  async accept(id: number, dataset: string, label?: string): Promise<Feedback> {
    const feedback = await getFeedback(this.#deps.database, id);
    const bytes = await this.#deps.images.read((await this.image(id)).sha256);
    await takeReviewed(this.#deps.addToDataset, dataset, `feedback-${id}.${feedback.sha256.slice(0, 8)}`, {
      bytes,
      label: label ?? feedback.label,
    });
    return decide(this.#deps.database, id, 'accepted');
  }

  /** Its image goes, unless something else refers to it. Throws AppError `not_found`. */
  async reject(id: number): Promise<Feedback> {
    const feedback = await decide(this.#deps.database, id, 'rejected');
    await this.#deps.collectImages([feedback.sha256]);
    return feedback;
  }

  /** Removes corrections past their age; their images go with the next garbage collection. Gives their number. */
  removeExpired(): Promise<number> {
    const { database, limits } = this.#deps;
    return database.transaction(async (tx) => {
      await lockReviewQueue(tx);
      const sql = 'DELETE FROM feedback WHERE created_at < now() - make_interval(days => $1)';
      const removed = await tx.run(sql, [limits.maxAgeDays]);
      if (removed > 0) await enqueueReviewQueue(tx);
      return removed;
    });
  }
}

const heldSchema = z.object({ items: z.int(), bytes: z.int() });

async function checkRoom(queries: Queries, { maxItems, maxBytes }: FeedbackLimits, bytes: number): Promise<void> {
  const [held] = await queries.query(
    heldSchema,
    `SELECT count(*)::int AS items, COALESCE(sum(i.bytes), 0)::bigint AS bytes
     FROM feedback f JOIN images i USING (sha256) WHERE f.state = 'new'`,
  );
  if (held!.items < maxItems && held!.bytes + bytes <= maxBytes) return;
  throw new AppError(
    'feedback_full',
    `${held!.items} corrections of ${held!.bytes} bytes wait for review; the limits are ${maxItems} and ${maxBytes}. Review some, or send it later.`,
  );
}

async function decide(database: Database, id: number, state: FeedbackState): Promise<Feedback> {
  return database.transaction(async (tx) => {
    await lockReviewQueue(tx);
    await tx.run('UPDATE feedback SET state = $2 WHERE id = $1', [id, state]);
    await enqueueReviewQueue(tx);
    return getFeedback(tx, id);
  });
}

/** Throws AppError `not_found`. */
async function getFeedback(queries: Queries, id: number): Promise<Feedback> {
  const [feedback] = await queries.query(feedbackSchema, `SELECT ${columns} FROM feedback WHERE id = $1`, [id]);
  if (!feedback) throw new AppError('not_found', `There is no feedback with the id ${id}.`);
  return feedback;
}
