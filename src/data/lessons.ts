// Which classifiers are taught, and by the images of which dataset: decisions that outlive the process and that replicas share.
import { z } from 'zod';
import type { Database, Unlisten } from './database/database.js';
import { findDataset } from './datasets/datasets.js';

const channel = 'taxon_lesson';

const lessonSchema = z.object({ classifier: z.string(), dataset: z.string(), promoteAfter: z.int().nullable() });
/** `promoteAfter`: images since the last training that start the next one; null: none does. */
export type Lesson = z.infer<typeof lessonSchema>;

const imageSchema = z.object({ id: z.int(), sha256: z.string(), label: z.string(), createdAt: z.date() });
/** An image of the dataset that teaches. */
export type LessonImage = z.infer<typeof imageSchema>;

const selectLessons = `SELECT classifier, d.name AS dataset, promote_after AS "promoteAfter"
  FROM lessons l JOIN datasets d ON d.id = l.dataset_id`;

export class Lessons {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** undefined: the classifier is not taught. */
  async find(classifier: string): Promise<Lesson | undefined> {
    return (await this.#database.query(lessonSchema, `${selectLessons} WHERE classifier = $1`, [classifier]))[0];
  }

  list(): Promise<Lesson[]> {
    return this.#database.query(lessonSchema, `${selectLessons} ORDER BY classifier`);
  }

  /** Has the classifier taught by the dataset, unless another one does already. Throws AppError unknown_dataset. */
  async begin(classifier: string, dataset: string): Promise<void> {
    const { id } = await findDataset(this.#database, dataset);
    await this.#database.run('INSERT INTO lessons (classifier, dataset_id) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
      classifier,
      id,
    ]);
  }

  async setPromoteAfter(classifier: string, count: number | null): Promise<void> {
    await this.#database.run('UPDATE lessons SET promote_after = $2 WHERE classifier = $1', [classifier, count]);
  }

  /** All images of classes of the dataset that teaches `classifier`, the newest first. */
  images(classifier: string): Promise<LessonImage[]> {
    return this.#database.query(
      imageSchema,
      `SELECT i.id, sha256, label, i.created_at AS "createdAt"
       FROM dataset_images i JOIN lessons USING (dataset_id) JOIN datasets d ON d.id = dataset_id
       WHERE classifier = $1 AND label IS DISTINCT FROM negatives ORDER BY i.id DESC`,
      [classifier],
    );
  }

  /** Calls `onChange` with the classifier whose lesson changed, in this process or another; undefined: it may be any. */
  onChange(onChange: (classifier: string | undefined) => void): Promise<Unlisten> {
    return this.#database.listen(channel, onChange);
  }
}
