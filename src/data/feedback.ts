// Corrections that users send: the image, what it was taken for, what it is. Kept until somebody reviews them.
import { z } from 'zod';
import { AppError } from '../errors.js';
import type { ImageDecoder } from '../image/decoder.js';
import type { Database, Queries } from './database/database.js';
import { holdImageFiles } from './images/garbage.js';
import type { ImageStore } from './images/imageStore.js';
import { inspectImage } from './images/inspectImage.js';

export const feedbackStateSchema = z.enum(['new', 'accepted', 'rejected']);
export type FeedbackState = z.infer<typeof feedbackStateSchema>;

export const feedbackSchema = z.object({
  id: z.int().positive(),
  sha256: z.string(),
  classifier: z.string(),
  version: z.int().nullable(),
  label: z.string().meta({ description: 'What it is, as the user says' }),
  state: feedbackStateSchema,
  createdAt: z.date(),
});
export type Feedback = z.infer<typeof feedbackSchema>;

export interface NewFeedback {
  readonly bytes: Uint8Array;
  readonly classifier: string;
  readonly version?: number | undefined;
  readonly label: string;
}

export interface FeedbackDeps {
  readonly database: Database;
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  /** Takes an accepted image into a dataset under its label. */
  readonly addToDataset: (
    dataset: string,
    filename: string,
    image: { readonly bytes: Uint8Array; readonly label: string },
  ) => Promise<unknown>;
}

const columns = 'id, sha256, classifier, version, label, state, created_at AS "createdAt"';

export class FeedbackBox {
  readonly #deps: FeedbackDeps;

  constructor(deps: FeedbackDeps) {
    this.#deps = deps;
  }

  /** Durable when it resolves. Throws what ImageDecoder throws, AppError `storage_full`, `database_unavailable`. */
  async submit({ bytes, classifier, version, label }: NewFeedback): Promise<Feedback> {
    const { database, images, decoder } = this.#deps;
    const { width, height, format, dhash } = await inspectImage(decoder, bytes);
    return database.transaction(async (tx) => {
      await holdImageFiles(tx);
      const { sha256 } = await images.put(bytes);
      await tx.run(
        'INSERT INTO images (sha256, bytes, width, height, format, dhash) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
        [sha256, bytes.byteLength, width, height, format, dhash],
      );
      const sql = `INSERT INTO feedback (sha256, classifier, version, label) VALUES ($1, $2, $3, $4) RETURNING ${columns}`;
      const [row] = await tx.query(feedbackSchema, sql, [sha256, classifier, version ?? null, label]);
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

  /** Adds the image to `dataset`, under `label` or the one that the user gave. Throws AppError `not_found`, `unknown_dataset`. */
  async accept(id: number, dataset: string, label?: string): Promise<Feedback> {
    const feedback = await getFeedback(this.#deps.database, id);
    const bytes = await this.#deps.images.read(feedback.sha256);
    await this.#deps.addToDataset(dataset, `feedback-${id}.${feedback.sha256.slice(0, 8)}`, {
      bytes,
      label: label ?? feedback.label,
    });
    return this.#decide(id, 'accepted');
  }

  /** Throws AppError `not_found`. */
  reject(id: number): Promise<Feedback> {
    return this.#decide(id, 'rejected');
  }

  async #decide(id: number, state: FeedbackState): Promise<Feedback> {
    await this.#deps.database.run('UPDATE feedback SET state = $2 WHERE id = $1', [id, state]);
    return getFeedback(this.#deps.database, id);
  }
}

/** Throws AppError `not_found`. */
async function getFeedback(queries: Queries, id: number): Promise<Feedback> {
  const [feedback] = await queries.query(feedbackSchema, `SELECT ${columns} FROM feedback WHERE id = $1`, [id]);
  if (!feedback) throw new AppError('not_found', `There is no feedback with the id ${id}.`);
  return feedback;
}
