// Why an image got its class: a heat map of the places that speak for it. From the feature map where the head is linear, by greying out
// places where it is not.
import pMap from 'p-map';
import { linearHead, type LinearHead } from '../../formats/linearHead.js';
import type { ImageDecoder } from '../../image/decoder.js';
import { createGate } from '../../image/gate.js';
import type { Grid } from '../../image/heatMap.js';
import { RecentMap } from '../../recentMap.js';
import type { Batcher } from '../batcher.js';
import type { Waiting } from '../classify.js';
import type { Costs } from '../costs.js';
import type { FairLine } from '../fairLine.js';
import type { KnownVersion, ServedVersion } from '../loadedVersions.js';
import type { ClassifierRegistry } from '../registry.js';
import { classActivationMap } from './activationMap.js';
import type { FeatureMaps } from './featureMaps.js';
import { greyOut, occlusionMap, occlusionPasses, placesPerSide, type Input } from './occlusion.js';

export const explanationMethods = ['cam', 'occlusion'] as const;
/** `cam`: the class-activation map, one pass more. `occlusion`: one for each place that is greyed out. */
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
}

/** Of one image and one class, by the index of its label. */
export interface Question {
  readonly image: Uint8Array;
  readonly label: number;
}

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

  /** Passes that the explanation of an image costs beside its classification. */
  costOf(image: Uint8Array, method: ExplanationMethod): number {
    const decoding = this.deps.costs.ofImage(image);
    return method === 'cam' ? decoding : decoding + occlusionPasses - 1;
  }

  /**
   * The map over the network's input. Its values are comparable with one another only; those above 0 speak for the class. Below requests
   * in priority where it takes many passes. Throws AppError unknown_version when the version is gone meanwhile, what decoding and the
   * engine throw, and the signal's reason.
   */
  async explain(question: Question, version: KnownVersion, method: ExplanationMethod, waiting: Waiting): Promise<Grid> {
    const { name, version: number } = version.manifest;
    const lease = await this.deps.registry.acquire(name, number);
    try {
      if (method === 'cam')
        return await this.#inLine(question, method, waiting, () => this.#activate(question, version, waiting));
      // In this order: those that wait for another occlusion hold no place in the line.
      const leave = await this.#occlusions.enter('background', waiting.signal);
      try {
        return await this.#inLine(question, method, waiting, () => this.#occlude(question, lease.version, waiting));
      } finally {
        leave();
      }
    } finally {
      lease.release();
    }
  }

  async #inLine(
    { image }: Question,
    method: ExplanationMethod,
    { caller, signal }: Waiting,
    work: () => Promise<Grid>,
  ): Promise<Grid> {
    const leave = await this.deps.line.enter(caller, this.costOf(image, method), signal);
    let isDone = false;
    try {
      const map = await work();
      isDone = true;
      return map;
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

  async #occlude({ image, label }: Question, version: ServedVersion, { signal }: Waiting): Promise<Grid> {
    const input = await this.#decode(image, version, signal);
    const logitsOf = async (pixels: Uint8Array): Promise<Float32Array> => {
      const { headId, backboneId } = version;
      const item = { backboneId, pixels, headIds: [headId], priority: 'background', signal } as const;
      return (await this.deps.batcher.submit(item)).logits.get(headId)!;
    };
    const places = Array.from({ length: placesPerSide ** 2 }, (_, place) => place);
    const whole = logitsOf(input.pixels);
    const greyed = pMap(places, (place) => logitsOf(greyOut(input, place)), {
      concurrency: this.deps.maxBatchSize,
      signal,
    });
    const [before, after] = await Promise.all([whole, greyed]);
    return occlusionMap(before, after, label);
  }

  async #decode(
    image: Uint8Array,
    { manifest: { preprocessing } }: Pick<KnownVersion, 'manifest'>,
    signal: AbortSignal,
  ): Promise<Input> {
    const { pixels } = await this.deps.decoder.decode(image, preprocessing, signal);
    return { pixels, width: preprocessing.width, height: preprocessing.height };
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
