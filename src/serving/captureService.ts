// Keeps a share of the images that are classified, after their answers have gone out: what is drawn waits in memory, and one at a time is
// written down.
import type { Logger } from 'pino';
import type { CaptureRules } from '../data/captures/captureRules.js';
import type { Captures } from '../data/captures/captures.js';
import type { CapturedAnswer, CapturedImage, CaptureRule } from '../data/captures/schemas.js';
import type { Unlisten } from '../data/database/database.js';
import type { AppError } from '../errors.js';
import type { ImageInput, ImageOutcome, ModelOutcome } from './classify.js';
import { placeOf } from './rollout/draw.js';
import type { UnknownThresholds } from './unknownThresholds.js';

/** A request that may be kept, by the consent of its key or, as far as its classifier's rule goes, without one. */
export interface Sender {
  readonly requestId: string;
  /** Of the key that was shown and consents; undefined: no key came. */
  readonly keyId: string | undefined;
}

export interface CaptureServiceDeps {
  readonly rules: Pick<CaptureRules, 'list' | 'onChange'>;
  readonly captures: Pick<Captures, 'keep'>;
  readonly unknownAbove: UnknownThresholds['of'];
  readonly logger: Logger;
  /** In memory at a time; what is drawn while they wait is dropped. Default: 256 images, 64 MiB. */
  readonly maxWaiting?: { readonly images: number; readonly bytes: number };
}

/** An image counts for each classifier. dropped: too many waited already. */
export interface CaptureCounts {
  readonly kept: number;
  readonly dropped: number;
  readonly failed: number;
}

/** What still waits when the process stops has this long. */
const stopMs = 5_000;

export class CaptureService {
  readonly #deps: CaptureServiceDeps;
  readonly #maxWaiting: { readonly images: number; readonly bytes: number };
  #rules: ReadonlyMap<string, CaptureRule> = new Map();
  #waiting: CapturedImage[] = [];
  #waitingBytes = 0;
  #work: Promise<void> | undefined;
  #counts = { kept: 0, dropped: 0, failed: 0 };
  #unlisten: Unlisten | undefined;

  constructor(deps: CaptureServiceDeps) {
    this.#deps = deps;
    this.#maxWaiting = deps.maxWaiting ?? { images: 256, bytes: 64 * 2 ** 20 };
  }

  /** Follows the rules, until stop. Throws AppError database_unavailable. */
  async start(): Promise<void> {
    const { rules, logger } = this.#deps;
    this.#unlisten = await rules.onChange(() => {
      this.refresh().catch((error: unknown) => logger.warn({ err: error }, 'rules of capture could not be read'));
    });
    await this.refresh();
  }

  /** Reads the rules; to be awaited by whoever has changed one. */
  async refresh(): Promise<void> {
    this.#rules = await this.#deps.rules.list();
  }

  /** What waits is written down first, if it takes no longer than seconds. Idempotent. */
  async stop(): Promise<void> {
    await this.#unlisten?.();
    const late = new Promise((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([this.settled(), late]);
    // The one that is being written down is waited for.
    for (const { answers } of this.#waiting.splice(1)) this.#counts.dropped += answers.length;
    await this.#work;
  }

  /** Resolves when nothing waits. */
  async settled(): Promise<void> {
    await this.#work;
  }

  /** Since the process started. */
  get counts(): CaptureCounts {
    return this.#counts;
  }

  /** Images that wait. */
  get depth(): number {
    return this.#waiting.length;
  }

  /**
   * Draws among the images of a request that has been answered, or is being answered: `whenAnswered` runs what it is given then. Costs the
   * answer nothing; never throws.
   */
  offer(
    sender: Sender | undefined,
    images: ReadonlyArray<ImageInput | AppError>,
    models: readonly ModelOutcome[],
    whenAnswered: (task: () => void) => void,
  ): void {
    if (sender === undefined || !models.some(({ manifest }) => this.#rules.has(manifest.name))) return;
    whenAnswered(() => setImmediate(() => images.forEach((image, index) => this.#draw(sender, image, index, models))));
  }

  #draw(sender: Sender, image: ImageInput | AppError, position: number, models: readonly ModelOutcome[]): void {
    // Pixels of a tensor are no file that could be kept.
    if (!(image instanceof Uint8Array)) return;
    const answers = models.flatMap((model) => this.#answerOf(sender, position, model) ?? []);
    if (answers.length === 0) return;
    if (this.#waiting.length >= this.#maxWaiting.images || this.#waitingBytes + image.length > this.#maxWaiting.bytes) {
      this.#counts.dropped += answers.length;
      return;
    }
    // A copy: the image may be a small part of a large body.
    this.#waiting.push({ ...sender, bytes: new Uint8Array(image), position, answers });
    this.#waitingBytes += image.length;
    this.#work ??= this.#writeDown().finally(() => (this.#work = undefined));
  }

  /** undefined: the classifier does not keep it. */
  #answerOf(sender: Sender, position: number, { manifest, images }: ModelOutcome): CapturedAnswer | undefined {
    const rule = this.#rules.get(manifest.name);
    const outcome = images[position];
    if (rule === undefined || outcome?.ok !== true) return undefined;
    if (sender.keyId === undefined && !rule.withoutKey) return undefined;
    if (placeOf('capture', manifest.name, sender.requestId, position) >= rule.share) return undefined;
    const { name: classifier, version, labels } = manifest;
    const answer = { classifier, version, ...topOf(outcome, labels, this.#deps.unknownAbove(classifier, version)) };
    return isWanted(answer, rule) ? answer : undefined;
  }

  async #writeDown(): Promise<void> {
    const { captures, logger } = this.#deps;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        this.#counts.kept += await captures.keep(next);
      } catch (error) {
        this.#counts.failed += next.answers.length;
        logger.warn({ err: error }, 'an image of a request could not be kept');
      }
      this.#waiting.shift();
      this.#waitingBytes -= next.bytes.length;
    }
  }
}

type Answered = Extract<ImageOutcome, { readonly ok: true }>;

function topOf(
  { probabilities, novelty }: Answered,
  labels: readonly string[],
  unknownAbove: number,
): Omit<CapturedAnswer, 'classifier' | 'version'> {
  const probability = Math.max(...probabilities);
  const known = novelty === undefined ? undefined : novelty <= unknownAbove;
  return { label: labels[probabilities.indexOf(probability)]!, probability, known };
}

const isWanted = ({ probability, known }: CapturedAnswer, { uncertainBelow }: CaptureRule): boolean =>
  uncertainBelow === null || known === false || probability < uncertainBelow;
