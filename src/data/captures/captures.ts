// Images of requests that wait for review, with what was answered, and those that were accepted. All within the rule of their classifier.
import { z } from 'zod';
import { AppError } from '../../errors.js';
import type { ImageDecoder } from '../../image/decoder.js';
import type { Database, Queries } from '../database/database.js';
import { holdImageFiles } from '../images/garbage.js';
import type { ImageStore } from '../images/imageStore.js';
import { inspectImage, type ImageDescription } from '../images/inspectImage.js';
import { lockReviewQueue, takeReviewed, type AddToDataset, type Taken } from '../review.js';
import { enqueueReviewQueue } from '../webhooks/events.js';
import { findRule } from './captureRules.js';
import {
  captureSchema,
  type Capture,
  type CapturedAnswer,
  type CapturedImage,
  type CaptureOrder,
  type CaptureRule,
  type CaptureState,
} from './schemas.js';

export interface CapturesDeps {
  readonly database: Database;
  readonly images: ImageStore;
  readonly decoder: ImageDecoder;
  readonly addToDataset: AddToDataset;
  /** Takes back what addToDataset added. */
  readonly removeFromDataset: (dataset: string, imageId: number) => Promise<void>;
  /** Removes those images that nothing refers to any more. */
  readonly collectImages: (sha256s: readonly string[]) => Promise<void>;
}

export interface CaptureFilter {
  readonly classifier?: string | undefined;
  readonly state: CaptureState;
  readonly order: CaptureOrder;
  /** `next` of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** What is kept of one classifier. */
const summarySchema = z.object({
  images: z.int(),
  bytes: z.int(),
  accepted: z.int(),
  oldestAt: z.date().nullable(),
});
export type CaptureSummary = z.output<typeof summarySchema>;

/** Of one classifier that wait: images may be tiny, and rows are not free. */
export const maxWaiting = 50_000;

/** For this long after a request was forgotten, nothing more of it is kept. */
const forgottenHours = 1;

const columns = `c.id, c.request_id AS "requestId", c.position, c.key_id AS "keyId", c.classifier, c.version, c.label, c.probability,
  c.known, c.sha256, c.bytes, c.state, c.captured_at AS "capturedAt",
  (SELECT json_build_object('dataset', d.name, 'label', i.label) FROM dataset_images i JOIN datasets d ON d.id = i.dataset_id
   WHERE i.id = c.dataset_image_id) AS accepted`;

const imageSchema = z.object({ sha256: z.string(), width: z.int(), height: z.int(), format: z.string() });
/** As the store describes it. */
export type StoredCapture = z.output<typeof imageSchema>;

export class Captures {
  readonly #deps: CapturesDeps;

  constructor(deps: CapturesDeps) {
    this.#deps = deps;
  }

  /**
   * Keeps the image for those of its answers whose classifier has a rule, as long as its key consents and its request was not forgotten.
   * What is past a size goes, the oldest first. Gives the number of rows. Durable when it resolves. Throws what ImageDecoder throws, AppError `storage_full`, `database_unavailable`.
   */
  async keep({ bytes, answers, ...request }: CapturedImage): Promise<number> {
    const { database, images, decoder, collectImages } = this.#deps;
    const described = await inspectImage(decoder, bytes, undefined, 'background');
    const { sha256 } = await images.put(bytes);
    const { kept, surplus } = await database.transaction(async (tx) => {
      await holdImageFiles(tx);
      // It may have been collected as garbage before the hold.
      if (!(await images.has(sha256))) await images.put(bytes);
      await lockReviewQueue(tx);
      if (!(await mayKeep(tx, request))) return { kept: 0, surplus: [] };
      await insertFile(tx, bytes.byteLength, { ...described, sha256 });
      const surplus: string[] = [];
      let kept = 0;
      for (const answer of answers) {
        const rule = await findRule(tx, answer.classifier, 'lock');
        if (rule === undefined || (request.keyId === undefined && !rule.withoutKey)) continue;
        await insertCapture(tx, { ...request, ...answer, sha256, bytes: bytes.byteLength });
        surplus.push(...(await removeSurplus(tx, answer.classifier, rule)));
        kept++;
      }
      await enqueueReviewQueue(tx);
      return { kept, surplus };
    });
    await collectImages(kept === 0 ? [sha256] : surplus);
    return kept;
  }

  /** `next`: for the page that follows; null: this is the last one. */
  async list({ classifier, state, order, after, limit }: CaptureFilter): Promise<{
    readonly captures: Capture[];
    readonly next: string | null;
  }> {
    const place = after === undefined ? undefined : placeOf(after);
    const doubt = order === 'newest' ? '0::float8' : 'c.doubt';
    const rows = await this.#deps.database.query(
      captureSchema.extend({ doubt: z.number() }),
      `SELECT ${columns}, ${doubt} AS doubt FROM captures c
       WHERE c.state = $1 AND ($2::text IS NULL OR c.classifier = $2)
         AND ($4::bigint IS NULL OR (${doubt}, c.id) < ($3::float8, $4::bigint))
       ORDER BY ${doubt} DESC, c.id DESC LIMIT $5`,
      [state, classifier ?? null, place?.doubt ?? null, place?.id ?? null, limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      captures: page.map((row) => captureSchema.parse(row)),
      next: last === undefined ? null : `${last.doubt}_${last.id}`,
    };
  }

  /** Throws AppError `not_found`. */
  async get(id: number): Promise<Capture> {
    const sql = `SELECT ${columns} FROM captures c WHERE id = $1`;
    const [capture] = await this.#deps.database.query(captureSchema, sql, [id]);
    return capture ?? noCapture(id);
  }

  /** Throws AppError `not_found`. */
  async image(id: number): Promise<StoredCapture> {
    const sql = 'SELECT sha256, width, height, format FROM captures c JOIN images i USING (sha256) WHERE c.id = $1';
    return (await this.#deps.database.query(imageSchema, sql, [id]))[0] ?? noCapture(id);
  }

  /**
   * Adds the image to `dataset`, under `label` or the one that was answered. Throws AppError `not_found`, `conflict` for one that was
   * accepted before, and what takeReviewed throws: it then waits as before.
   */
  async accept(id: number, dataset: string, label?: string): Promise<Capture> {
    const { images, addToDataset, removeFromDataset } = this.#deps;
    const capture = await this.#waiting(id);
    const taken = await takeReviewed(addToDataset, dataset, `capture-${id}.${capture.sha256.slice(0, 8)}`, {
      bytes: await images.read(capture.sha256),
      label: label ?? capture.label,
    });
    if (await this.#noteAccepted(id, taken)) return this.get(id);
    // It was decided or forgotten meanwhile.
    if (taken.outcome === 'added') await removeFromDataset(dataset, taken.id);
    await this.#waiting(id);
    return noCapture(id);
  }

  /** It goes, and its image, unless something else refers to that. Throws AppError `not_found`, `conflict` for one that was accepted. */
  async reject(id: number): Promise<void> {
    const { sha256 } = await this.#waiting(id);
    await this.#deps.database.transaction(async (tx) => {
      await lockReviewQueue(tx);
      await tx.run("DELETE FROM captures WHERE id = $1 AND state = 'new'", [id]);
      await enqueueReviewQueue(tx);
    });
    await this.#deps.collectImages([sha256]);
  }

  async summary(classifier: string): Promise<CaptureSummary> {
    const [summary] = await this.#deps.database.query(
      summarySchema,
      `SELECT count(*) FILTER (WHERE state = 'new')::int AS images, COALESCE(sum(bytes) FILTER (WHERE state = 'new'), 0)::bigint AS bytes,
         count(*) FILTER (WHERE state = 'accepted')::int AS accepted, min(captured_at) FILTER (WHERE state = 'new') AS "oldestAt"
       FROM captures WHERE classifier = $1`,
      [classifier],
    );
    return summary!;
  }

  /**
   * Removes what has waited for longer than the rule of its classifier allows or has none any more, and what is known of accepted images that are in no
   * dataset any more. Files go with the next garbage collection. Gives the number of captures.
   */
  removeExpired(): Promise<number> {
    return this.#deps.database.transaction(async (tx) => {
      await lockReviewQueue(tx);
      await tx.run('DELETE FROM forgotten_requests WHERE forgotten_at < now() - make_interval(hours => $1)', [
        forgottenHours,
      ]);
      const removed = await tx.run(
        `DELETE FROM captures c WHERE c.state = 'new' AND NOT EXISTS (
           SELECT FROM capture_rules r
           WHERE r.classifier = c.classifier AND c.captured_at >= now() - make_interval(days => r.max_age_days))`,
      );
      if (removed > 0) await enqueueReviewQueue(tx);
      const left = await tx.run(
        `DELETE FROM captures c WHERE c.state = 'accepted'
           AND NOT EXISTS (SELECT FROM dataset_images i WHERE i.id = c.dataset_image_id)
           AND NOT EXISTS (SELECT FROM removed_images i WHERE i.id = c.dataset_image_id)
           AND NOT EXISTS (SELECT FROM dataset_version_images i WHERE i.id = c.dataset_image_id)`,
      );
      return removed + left;
    });
  }

  async #waiting(id: number): Promise<Capture> {
    const capture = await this.get(id);
    if (capture.state === 'new') return capture;
    throw new AppError('conflict', `Captured image ${id} was accepted already: change or remove it in its dataset.`);
  }

  /** Gives whether it was still waiting. */
  #noteAccepted(id: number, { id: imageId, outcome }: Taken): Promise<boolean> {
    return this.#deps.database.transaction(async (tx) => {
      await lockReviewQueue(tx);
      const changed = await tx.run(
        `UPDATE captures SET state = 'accepted', decided_at = now(), dataset_image_id = $2, dataset_image_added = $3
         WHERE id = $1 AND state = 'new'`,
        [id, imageId, outcome === 'added'],
      );
      await enqueueReviewQueue(tx);
      return changed > 0;
    });
  }
}

function noCapture(id: number): never {
  throw new AppError(
    'not_found',
    `There is no captured image with the id ${id}; it may have been rejected or forgotten.`,
  );
}

/** Of a captureCursorSchema. */
function placeOf(after: string): { readonly doubt: number; readonly id: number } {
  const [doubt, id] = after.split('_').map(Number) as [number, number];
  return { doubt, id };
}

type OfRequest = Omit<CapturedImage, 'bytes' | 'answers'>;

async function mayKeep(tx: Queries, { requestId, keyId }: OfRequest): Promise<boolean> {
  const [row] = await tx.query(
    z.object({ forgotten: z.boolean(), consents: z.boolean() }),
    `SELECT EXISTS (SELECT FROM forgotten_requests WHERE request_id = $1) AS forgotten,
       $2::uuid IS NULL OR EXISTS (SELECT FROM api_keys WHERE id = $2 AND capture) AS consents`,
    [requestId, keyId ?? null],
  );
  return !row!.forgotten && row!.consents;
}

async function insertFile(
  tx: Queries,
  bytes: number,
  { sha256, width, height, format, dhash }: ImageDescription & { readonly sha256: string },
): Promise<void> {
  await tx.run(
    'INSERT INTO images (sha256, bytes, width, height, format, dhash) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING',
    [sha256, bytes, width, height, format, dhash],
  );
}

type NewCapture = OfRequest & CapturedAnswer & { readonly sha256: string; readonly bytes: number };

async function insertCapture(tx: Queries, capture: NewCapture): Promise<void> {
  const { requestId, position, keyId, classifier, version, label, probability, known, sha256, bytes } = capture;
  await tx.run(
    `INSERT INTO captures (request_id, position, key_id, classifier, version, label, probability, known, sha256, bytes)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [requestId, position, keyId ?? null, classifier, version, label, probability, known ?? null, sha256, bytes],
  );
}

/** The oldest of a classifier, until the others fit; gives their images. One file that is there several times counts each time. */
async function removeSurplus(tx: Queries, classifier: string, { maxBytes }: CaptureRule): Promise<string[]> {
  const gone = await tx.query(
    z.object({ sha256: z.string() }),
    `DELETE FROM captures WHERE id IN (
       SELECT id FROM (
         SELECT id, sum(bytes) OVER later AS total, count(*) OVER later AS number
         FROM captures WHERE classifier = $1 AND state = 'new' WINDOW later AS (ORDER BY id DESC)
       ) AS waiting WHERE total > $2 OR number > $3)
     RETURNING sha256`,
    [classifier, maxBytes, maxWaiting],
  );
  return gone.map(({ sha256 }) => sha256);
}
