// Keeps what classifiers were taught ready for requests: follows the datasets that teach them, here and in the other processes.
import { Piscina } from 'piscina';
import type { Log, Unlisten } from '../../data/database/database.js';
import type { Dataset } from '../../data/datasets/schemas.js';
import { AppError } from '../../errors.js';
import type { Lesson, LessonImage, Lessons } from '../../data/lessons.js';
import type { Trainings } from '../../data/trainings/trainings.js';
import type { ImageDecoder } from '../../image/decoder.js';
import type { Manifest } from '../../models/manifest.js';
import { isMultiLabel } from '../../models/versionAnswer.js';
import type { Batcher } from '../../serving/batcher.js';
import type { ServedVersion } from '../../serving/loadedVersions.js';
import type { ClassifierRegistry } from '../../serving/registry.js';
import { unit } from '../../models/linearScores.js';
import type { TaughtHead } from '../../serving/taughtHead.js';
import { softmax } from '../../softmax.js';
import { chooseBackbone } from '../backboneChoice.js';
import { targetOf, type Embedder } from '../embedding/embedder.js';
import { embedPlain, gatherPlain } from '../stages.js';
import type { TaughtFit, TaughtTask } from './fitTaught.js';
import { chooseRows, type LessonRows } from './lessonRows.js';
import { chooseTrust, type Opinion } from './trust.js';

export interface TeachingDeps {
  readonly lessons: Lessons;
  readonly registry: ClassifierRegistry;
  readonly trainings: Pick<Trainings, 'originOf'>;
  readonly embedder: Embedder;
  readonly decoder: ImageDecoder;
  readonly batcher: Batcher;
  /** Bytes of an image by its SHA-256. */
  readonly readImage: (sha256: string) => Promise<Uint8Array>;
  readonly logger: Log;
}

/** What a lesson holds now. */
export interface LessonState extends Lesson {
  /** The version that it goes on from; undefined: the classifier is taught alone. */
  readonly version: number | undefined;
  /** Images since the last training, the newest first. */
  readonly fresh: readonly LessonImage[];
  readonly images: readonly LessonImage[];
}

interface Learnt {
  /** Of all that it was learnt from. */
  readonly key: string;
  readonly head: TaughtHead | undefined;
}

/** A thread ends when it had nothing to do for so long. */
const idleMs = 60_000;
/** Corrections that the trained head is asked about, the newest: each is a pass. */
const mostOpinions = 50;
const rememberedOpinions = 1_000;
/** Held-out accuracy of versions that have none in their metrics. */
const usualAccuracy = 0.9;

export class Teaching {
  readonly #deps: TeachingDeps;
  readonly #learnt = new Map<string, Learnt>();
  /** One after another for each classifier. */
  readonly #refreshing = new Map<string, Promise<void>>();
  /** Probability that a head gives the right class of an image, by head, image and class. */
  readonly #opinions = new Map<string, number>();
  readonly #stopped = new AbortController();
  #unlisten: Unlisten | undefined;
  #thread: Piscina<TaughtTask, TaughtFit> | undefined;

  constructor(deps: TeachingDeps) {
    this.#deps = deps;
  }

  /** Learns every lesson that there is; the registry must have its classifiers. */
  async start(): Promise<void> {
    const { lessons } = this.#deps;
    this.#unlisten = await lessons.onChange((classifier) => void this.#follow(classifier));
    await this.#follow(undefined);
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('the server stops'));
    await this.#unlisten?.();
    this.#unlisten = undefined;
    await Promise.allSettled(this.#refreshing.values());
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.destroy();
  }

  /** What requests for `name` are answered with beside its active version; undefined: that version alone answers. */
  readonly headOf = (name: string): TaughtHead | undefined => {
    const head = this.#learnt.get(name)?.head;
    if (head === undefined || this.#isCurrent(head)) return head;
    // Another version was activated since, or the one whose backbone it has is gone.
    if (!this.#refreshing.has(name)) void this.#follow(name);
    return undefined;
  };

  #isCurrent({ manifest, trained, base: { name, version, headId } }: TaughtHead): boolean {
    const { registry } = this.#deps;
    if (trained > 0) return registry.findHead(name) === headId;
    return registry.findHead(manifest.name) === undefined && registry.findHead(name, version) === headId;
  }

  /** The dataset that teaches `name`, or would: that of its lesson, else of its active version's training, else of its name. */
  async datasetOf(name: string): Promise<string> {
    const lesson = await this.#deps.lessons.find(name);
    if (lesson !== undefined) return lesson.dataset;
    return (await this.#originOf(name))?.dataset ?? name;
  }

  /** undefined: nobody has taught the classifier. */
  async stateOf(name: string): Promise<LessonState | undefined> {
    const { lessons, registry } = this.#deps;
    const lesson = await lessons.find(name);
    if (lesson === undefined) return undefined;
    const images = await lessons.images(name);
    const until = await this.#learntUntil(name, lesson.dataset);
    const known = registry.list().find((one) => one.name === name);
    const fresh = images.filter(({ createdAt }) => until === undefined || createdAt > until);
    return { ...lesson, version: known?.activeVersion, fresh, images };
  }

  /** Lessons are of classes that exclude one another. `dataset`: of the lesson. Throws AppError `conflict` where either is multi-label. */
  assertTeachable(name: string, { task }: Pick<Dataset, 'task'>): void {
    const { registry } = this.#deps;
    const isKnown = registry.findHead(name) !== undefined;
    if (task === 'multi-label' || (isKnown && isMultiLabel(registry.version(name).manifest)))
      throw new AppError(
        'conflict',
        `"${name}" is multi-label, and only classes that exclude one another can be taught: add the images to its dataset and train it.`,
      );
  }

  /** Whether images of `label` can be told from those of the classes that the active version has: without any of those, they cannot. */
  async canTeach(name: string, label: string): Promise<boolean> {
    const { registry, lessons } = this.#deps;
    if (registry.findHead(name) === undefined) return true;
    const { manifest } = registry.version(name);
    const origin = await this.#originOf(name);
    if (manifest.labels.includes(label) || origin !== undefined) return true;
    const images = await lessons.images(name);
    if (images.some((image) => manifest.labels.includes(image.label))) return true;
    const lease = await registry.acquire(name);
    lease.release();
    return lease.version.novelty !== undefined;
  }

  /** Learns what the lesson of `name` holds when this is called, or later. */
  refresh(name: string): Promise<void> {
    const previous = this.#refreshing.get(name) ?? Promise.resolve();
    const next = previous.catch(() => undefined).then(() => this.#refresh(name));
    this.#refreshing.set(name, next);
    const forget = (): void => {
      if (this.#refreshing.get(name) === next) this.#refreshing.delete(name);
    };
    next.then(forget, forget);
    return next;
  }

  async #follow(classifier: string | undefined): Promise<void> {
    try {
      for (const name of classifier === undefined ? await this.#known() : [classifier]) await this.refresh(name);
    } catch (error) {
      if (this.#stopped.signal.aborted) return;
      this.#deps.logger.error({ err: error, model: classifier }, 'what a classifier was taught could not be learnt');
    }
  }

  /** Classifiers that are taught, or were. */
  async #known(): Promise<Set<string>> {
    const all = await this.#deps.lessons.list();
    return new Set([...all.map(({ classifier }) => classifier), ...this.#learnt.keys()]);
  }

  async #refresh(name: string): Promise<void> {
    this.#stopped.signal.throwIfAborted();
    const { lessons, registry } = this.#deps;
    const lesson = await lessons.find(name);
    const rows = lesson && chooseRows(await lessons.images(name), await this.#learntUntil(name, lesson.dataset));
    if (rows === undefined || rows.fresh.length === 0) {
      this.#learnt.delete(name);
      return;
    }
    const { manifest } = chooseBackbone(registry, { model: name, backbone: undefined });
    const lease = await registry.acquire(manifest.name, manifest.version);
    try {
      const images = [...rows.fresh, ...rows.learnt].map(({ id, label }) => [id, label]);
      const key = JSON.stringify([lease.version.headId, lease.version.backboneId, images]);
      if (this.#learnt.get(name)?.key === key) return;
      this.#learnt.set(name, { key, head: await this.#learn(name, lease.version, rows) });
    } finally {
      lease.release();
    }
  }

  /** undefined when none of the images can be decoded, or new classes cannot be told from the version's. */
  async #learn(name: string, version: ServedVersion, rows: LessonRows): Promise<TaughtHead | undefined> {
    const { embedder } = this.#deps;
    const { signal } = this.#stopped;
    const { manifest, headId, novelty } = version;
    // Classes that do not exclude one another cannot share one probability with those that were taught.
    if (manifest.name === name && isMultiLabel(manifest)) return undefined;
    const target = targetOf(version);
    const all = [...rows.fresh, ...rows.learnt];
    const broken = new Set((await embedPlain(embedder, target, all, signal)).map(({ image }) => image));
    const own = manifest.name === name ? manifest.labels : [];
    const isPresent = ({ sha256 }: LessonImage): boolean => !broken.has(sha256);
    const hasOwn = all.some((image) => own.includes(image.label));
    // Where nothing is known of the version's own images, every image would seem to be of a new class.
    const isTold = (image: LessonImage): boolean =>
      own.length === 0 || hasOwn || novelty !== undefined || own.includes(image.label);
    const fresh = rows.fresh.filter((image) => isPresent(image) && isTold(image));
    if (fresh.length === 0) return undefined;
    const used = [...fresh, ...rows.learnt.filter(isPresent)];
    const added = [...new Set(used.map(({ label }) => label))].filter((label) => !own.includes(label)).sort();
    const labels = [...own, ...added];
    const taughtLabels = labels.filter((label) => used.some((image) => image.label === label));
    const features = await gatherPlain(embedder, target, used);
    const size = target.backbone.embeddingSize;
    const needsGate = own.length > 0 && added.length > 0 && !hasOwn;
    const fit = await this.#fit({
      features,
      size,
      labels: Uint32Array.from(used, ({ label }) => taughtLabels.indexOf(label)),
      classes: taughtLabels.length,
      taught: fresh.length,
      own: needsGate && novelty ? { basis: novelty.basis, reference: novelty.reference } : undefined,
    });
    const { centre, weights, biases, temperature, gate, similarities, leftOut } = fit;
    const trust = own.length === 0 ? 1 : await this.#trust(version, used, fresh.length, taughtLabels, leftOut);
    return {
      manifest: own.length > 0 ? { ...manifest, labels } : { ...manifest, name, version: 0, labels },
      base: { name: manifest.name, version: manifest.version, headId },
      trained: own.length,
      scores: { centre, weights, biases, temperature },
      places: taughtLabels.map((label) => labels.indexOf(label)),
      gate: gate && { basis: novelty!.basis, scores: gate },
      trust,
      taught: fresh.map((_, row) => unit(features.slice(row * size, (row + 1) * size))),
      similarities,
    };
  }

  #fit(task: TaughtTask): Promise<TaughtFit> {
    const filename = new URL('./fitTaughtWorker.js', import.meta.url).href;
    this.#thread ??= new Piscina({ filename, minThreads: 0, maxThreads: 1, idleTimeout: idleMs });
    return this.#thread.run(task);
  }

  /**
   * From corrections, which say what the trained head got wrong or right, and images of its training, of which it is taken to be right as
   * often as it was of the held-out ones: of those themselves it is surer than of any other image.
   */
  async #trust(
    version: ServedVersion,
    used: readonly LessonImage[],
    fresh: number,
    taughtLabels: readonly string[],
    leftOut: Float64Array,
  ): Promise<number> {
    const { labels, metrics } = version.manifest;
    const accuracy = typeof metrics['accuracy'] === 'number' ? metrics['accuracy'] : usualAccuracy;
    const opinions: Opinion[] = [];
    let corrections = 0;
    for (const [row, image] of used.entries()) {
      if (!labels.includes(image.label)) continue;
      const said = leftOut.subarray(row * taughtLabels.length, (row + 1) * taughtLabels.length);
      const ofOwn = said.reduce((sum, value, i) => sum + (labels.includes(taughtLabels[i]!) ? value : 0), 0);
      const taught = said[taughtLabels.indexOf(image.label)]! / Math.max(ofOwn, Number.MIN_VALUE);
      if (row >= fresh) opinions.push({ head: accuracy, taught });
      else if (corrections++ < mostOpinions) opinions.push({ head: await this.#opinionOf(version, image), taught });
    }
    return corrections === 0 ? 0 : chooseTrust(opinions);
  }

  /** The probability that the version's head gives the label of an image. */
  async #opinionOf(version: ServedVersion, { sha256, label }: LessonImage): Promise<number> {
    const { readImage, decoder, batcher } = this.#deps;
    const { signal } = this.#stopped;
    const { manifest, headId, backboneId } = version;
    const key = `${headId} ${sha256} ${label}`;
    const known = this.#opinions.get(key);
    if (known !== undefined) return known;
    const { pixels } = await decoder.decode(await readImage(sha256), manifest.preprocessing, signal, 'background');
    const { logits } = await batcher.submit({ backboneId, pixels, headIds: [headId], priority: 'background', signal });
    const opinion = softmax(logits.get(headId)!, manifest.temperature)[manifest.labels.indexOf(label)]!;
    if (this.#opinions.size >= rememberedOpinions) this.#opinions.clear();
    this.#opinions.set(key, opinion);
    return opinion;
  }

  /** Of the training of the active version; undefined: it was trained elsewhere, or there is none. */
  async #originOf(name: string): Promise<{ readonly dataset: string; readonly createdAt: Date } | undefined> {
    const { registry, trainings } = this.#deps;
    if (registry.findHead(name) === undefined) return undefined;
    const { trainingId }: Manifest['provenance'] = registry.version(name).manifest.provenance;
    return typeof trainingId === 'string' ? trainings.originOf(trainingId) : undefined;
  }

  async #learntUntil(name: string, dataset: string): Promise<Date | undefined> {
    const origin = await this.#originOf(name);
    return origin?.dataset === dataset ? origin.createdAt : undefined;
  }
}
