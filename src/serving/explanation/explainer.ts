// Why an image got its class: a heat map of the places that speak for it. From the feature map where the head is linear, by greying out
// places where it is not.
import { setMaxListeners } from 'node:events';
import pMap from 'p-map';
import { linearHead, type LinearHead } from '../../formats/linearHead.js';
import type { ImageDecoder } from '../../image/decoder.js';
import { createGate } from '../../image/gate.js';
import type { Grid } from '../../image/heatMap.js';
import { RecentMap } from '../../recentMap.js';
import type { Priority } from '../../turns.js';
import type { Batcher } from '../batcher.js';
import type { Waiting } from '../classify.js';
import type { Costs } from '../costs.js';
import type { FairLine } from '../fairLine.js';
import type { KnownVersion, ServedVersion } from '../loadedVersions.js';
import type { ClassifierRegistry } from '../registry.js';
import { classActivationMap } from './activationMap.js';
import type { FeatureMaps } from './featureMaps.js';
import { fewestPasses, fewestPlaces, greyOut, occlusionMap, placesInOrder, type Input } from './occlusion.js';

export const explanationMethods = ['cam', 'occlusion'] as const;
/** `cam`: the class-activation map, one pass more. `occlusion`: one for each place that is greyed out, as many as there is time for. */
export type ExplanationMethod = (typeof explanationMethods)[number];

export interface ExplainerDeps {
  readonly registry: ClassifierRegistry;
  readonly featureMaps: FeatureMaps;
  readonly batcher: Pick<Batcher, 'submit'>;
  readonly decoder: ImageDecoder;
  readonly line: FairLine;
  readonly costs: Costs;
  /** Inputs with a place greyed out that exist at a time. */
  readonly maxBatchSize: number;
  /** Milliseconds of a clock that only goes forward. */
  readonly now?: () => number;
}

/** Of one image and one class, by the index of its label. */
export interface Question {
  readonly image: Uint8Array;
  readonly label: number;
}

export interface Explanation {
  /** Over the network's input. Its values are comparable with one another only; those above 0 speak for the class. */
  readonly map: Grid;
  /** Whether time was short, and the map has less detail than it might. */
  readonly isCoarse: boolean;
}

/** How long an explanation may go on, beside the signal that ends it. */
export interface Patience extends Waiting {
  /** In milliseconds: when so much time has passed, what is known by then will do. */
  readonly enoughMs: number;
}

/** Passes of an occlusion that wait with requests, at a time: what they are in a batch with waits for no more than these. */
const passesAtOnce = 2;

/** Heads whose matrix is remembered. */
const maxHeads = 16;

export class Explainer {
  readonly #heads = new RecentMap<string, Promise<LinearHead | undefined>>(maxHeads);
  /** One occlusion at a time: more would not be ready sooner, and hold places and memory meanwhile. */
  readonly #occlusions = createGate(1, Infinity);

  constructor(private readonly deps: ExplainerDeps) {}

  /** How a version is explained. Throws AppError invalid_model. */
  async methodOf(version: KnownVersion): Promise<ExplanationMethod> {
    const isLinear = (await this.#headOf(version)) !== undefined;
    return isLinear && (await this.deps.featureMaps.has(version)) ? 'cam' : 'occlusion';
  }

  /** Passes that the explanation of an image costs beside its classification, at least; more are made only while nobody else wants any. */
  costOf(image: Uint8Array, method: ExplanationMethod): number {
    const decoding = this.deps.costs.ofImage(image);
    return method === 'cam' ? decoding : decoding + fewestPasses - 1;
  }

  /**
   * Throws AppError unknown_version when the version is gone meanwhile, invalid_model when its feature map is of an unknown form, what
   * decoding and the engine throw, and the signal's reason.
   */
  async explain(
    question: Question,
    version: KnownVersion,
    method: ExplanationMethod,
    waiting: Patience,
  ): Promise<Explanation> {
    const { name, version: number } = version.manifest;
    const enoughAt = this.#now() + waiting.enoughMs;
    const lease = await this.deps.registry.acquire(name, number);
    try {
      if (method === 'cam') {
        const map = await this.#inLine(question, method, waiting, () => this.#activate(question, version, waiting));
        return { map, isCoarse: false };
      }
      // In this order: those that wait for another occlusion hold no place in the line.
      const leave = await this.#occlusions.enter('background', waiting.signal);
      try {
        const occlude = () => this.#occlude(question, lease.version, waiting, enoughAt);
        return await this.#inLine(question, method, waiting, occlude);
      } finally {
        leave();
      }
    } finally {
      lease.release();
    }
  }

  async #inLine<T>(
    { image }: Question,
    method: ExplanationMethod,
    { caller, signal }: Waiting,
    work: () => Promise<T>,
  ): Promise<T> {
    const leave = await this.deps.line.enter(caller, this.costOf(image, method), signal);
    let isDone = false;
    try {
      const result = await work();
      isDone = true;
      return result;
    } finally {
      leave(isDone);
    }
  }

  async #activate({ image, label }: Question, version: KnownVersion, { signal }: Waiting): Promise<Grid> {
    const { pixels } = await this.#decode(image, version, signal);
    const features = await this.deps.featureMaps.of(version, pixels, signal);
    const head = await this.#headOf(version);
    if (head === undefined) throw new Error(`the head of ${version.headId} is not linear`);
    return classActivationMap(features, head, label);
  }

  /** The places that make a map have the priority of requests, as which they were admitted; the others have what requests leave, until `enoughAt`. */
  async #occlude(
    { image, label }: Question,
    { headId, backboneId, manifest }: ServedVersion,
    { signal }: Waiting,
    enoughAt: number,
  ): Promise<Explanation> {
    const input = await this.#decode(image, { manifest }, signal);
    const logitsOf = async (pixels: Uint8Array, priority: Priority, until: AbortSignal): Promise<Float32Array> => {
      const item = { backboneId, pixels, headIds: [headId], priority, signal: until };
      return (await this.deps.batcher.submit(item)).logits.get(headId)!;
    };
    const greyed = new Map<number, Float32Array>();
    const whole = await logitsOf(input.pixels, 'request', signal);
    const first = placesInOrder.slice(0, fewestPlaces);
    await pMap(first, async (place) => greyed.set(place, await logitsOf(greyOut(input, place), 'request', signal)), {
      concurrency: passesAtOnce,
    });
    const enough = new AbortController();
    const stop = (): void => enough.abort();
    const timer = setTimeout(stop, Math.max(0, enoughAt - this.#now()));
    signal.addEventListener('abort', stop);
    setMaxListeners(0, enough.signal); // every place that waits listens
    const refine = async (place: number): Promise<void> => {
      if (enough.signal.aborted) return;
      const logits = await logitsOf(greyOut(input, place), 'background', enough.signal).catch((error: unknown) => {
        if (!enough.signal.aborted) throw error;
      });
      if (logits !== undefined) greyed.set(place, logits);
    };
    await pMap(placesInOrder.slice(fewestPlaces), refine, { concurrency: this.deps.maxBatchSize }).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
    signal.throwIfAborted();
    return { map: occlusionMap(whole, greyed, label), isCoarse: greyed.size < placesInOrder.length };
  }

  async #decode(
    image: Uint8Array,
    { manifest: { preprocessing } }: Pick<KnownVersion, 'manifest'>,
    signal: AbortSignal,
  ): Promise<Input> {
    const { pixels } = await this.deps.decoder.decode(image, preprocessing, signal);
    return { pixels, width: preprocessing.width, height: preprocessing.height };
  }

  #now(): number {
    return (this.deps.now ?? (() => performance.now()))();
  }

  #headOf(version: KnownVersion): Promise<LinearHead | undefined> {
    const known = this.#heads.get(version.headId);
    if (known !== undefined) return known;
    const reading = this.deps.registry.loadHead(version).then(linearHead);
    this.#heads.set(version.headId, reading);
    reading.catch(() => this.#heads.delete(version.headId));
    return reading;
  }
}
