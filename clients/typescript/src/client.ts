// The client, whatever it runs on: helpers above every operation of the API.
import createClient, { type Client } from 'openapi-fetch';
import { dataOf, TaxonError, TrainingError, type Training } from './errors.js';
import { followTraining, type FollowOptions, type TrainingEvent } from './events.js';
import { batchesOf, type Batch, type FolderFile } from './folders.js';
import { withRetries } from './retries.js';
import type { components, paths } from './schema.js';

/** The bytes of an image file. */
export type ImageBytes = Blob | Uint8Array | ArrayBuffer;

/** What differs between Node.js and browsers. */
export interface Platform<Image, Folder> {
  open(image: Image): Promise<{ readonly blob: Blob; readonly name: string }>;
  filesOf(folder: Folder): AsyncIterable<FolderFile> | Iterable<FolderFile>;
  /** The name that a dataset of this folder has, unless it is given one. */
  nameOf(folder: Folder): string;
  /** An upright JPEG whose shorter side has `shortSide` pixels; the image itself when it is no larger, or cannot be read here. */
  shrink(image: Blob, shortSide: number): Promise<Blob>;
}

export interface TaxonOptions {
  /** Needed for everything under /v1/admin, and for all else where the server has AUTH=required. */
  readonly apiKey?: string;
  /** Further attempts of a call that met a busy server or lost its connection; default 4. */
  readonly retries?: number;
  /** Time for a call with all its attempts, in milliseconds; default 60,000. Uploads of folders and archives and waiting for a training have no limit. */
  readonly timeoutMs?: number;
  /** Default: the global one. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** In place of the client's. */
  readonly timeoutMs?: number;
}

export interface ClassifyOptions extends CallOptions {
  /** Classifier; default: the server's. */
  readonly model?: string;
  /** Its version, by number or alias; default: the active one. */
  readonly version?: number | string;
  /** Classes to return, 1 to all; default 5. */
  readonly topK?: number;
  /** 0 to 1; default 0. Less probable classes are left out. */
  readonly minProbability?: number;
  /** Shrink a larger image before it is sent: its shorter side in pixels, or true for 640. On Node.js this takes the package `sharp`. */
  readonly shrink?: boolean | number;
}

type Schemas = components['schemas'];

type ImageResult = Schemas['ImageClassification'];
type Named = Pick<ImageResult, 'filename'>;

/**
 * `known` is false for an image like none of the training; absent where the version cannot tell. `labels`: of a multi-label classifier,
 * those that the image has.
 */
export type ClassifiedImage = Named &
  Required<Pick<ImageResult, 'width' | 'height' | 'predictions'>> &
  Pick<ImageResult, 'known' | 'novelty' | 'labels'>;
export type FailedImage = Named & Required<Pick<ImageResult, 'error'>>;

/** Of several images by one classifier: `results` in their order. */
export interface Classifications extends Required<Pick<Schemas['Classification'], 'model' | 'timing'>> {
  readonly results: readonly (ClassifiedImage | FailedImage)[];
}
/** Of one image. */
export type Classification = Pick<Classifications, 'model' | 'timing'> & ClassifiedImage;
export type NewTraining = Schemas['NewTraining'];
type UploadResult = Schemas['UploadResult'];
export type FailedFile = Schemas['FileResult'] & Required<Pick<Schemas['FileResult'], 'error'>>;

/** What became of the images of a folder. */
export interface Uploaded {
  readonly dataset: string;
  readonly files: number;
  readonly added: number;
  /** The same bytes were there under the same label. */
  readonly duplicates: number;
  readonly failures: readonly FailedFile[];
}

export interface UploadFolderOptions {
  /** Is created when it does not exist. Default: the folder's name. */
  readonly dataset?: string;
  /** Called after each request with what has been uploaded so far. */
  readonly onProgress?: (uploaded: Uploaded) => void;
  /** Requests at a time; default 2. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface WaitOptions extends CallOptions {
  /** Called with each event. */
  readonly onEvent?: (event: TrainingEvent) => void;
}

const defaultShortSide = 640;

/** `Image`: what `classify` takes; `Folder`: what `uploadFolder` takes. */
export class TaxonClient<Image, Folder> {
  /** Every operation of openapi.yaml, with retries: `await taxon.api.GET('/v1/models')` gives `{ data, error, response }`. */
  readonly api: Client<paths>;
  readonly #platform: Platform<Image, Folder>;
  readonly #timeoutMs: number;

  /** `url`: where the server is, such as http://localhost:3000. */
  constructor(platform: Platform<Image, Folder>, url: string, options: TaxonOptions = {}) {
    const { apiKey, retries = 4, timeoutMs = 60_000, fetch } = options;
    this.#platform = platform;
    this.#timeoutMs = timeoutMs;
    const headers = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
    this.api = withRetries(createClient<paths>({ baseUrl: url, headers, ...(fetch && { fetch }) }), { retries });
  }

  /** Throws TaxonError, and the signal's reason or a TimeoutError when time is up. */
  async classify(image: Image, options: ClassifyOptions = {}): Promise<Classification> {
    const { model, timing, results } = await this.classifyAll([image], options);
    return { model, timing, ...(results[0] as ClassifiedImage) };
  }

  /** As classify. One image of several that cannot be read has an `error` in its place. */
  async classifyAll(images: readonly Image[], options: ClassifyOptions = {}): Promise<Classifications> {
    const { shrink = false, model } = options;
    if (model?.includes(',')) throw new TypeError('one model, please; several are for api.POST("/v1/classify")');
    const form = new FormData();
    for (const image of images) {
      const { blob, name } = await this.#platform.open(image);
      const shortSide = shrink === true ? defaultShortSide : shrink;
      form.append('image', shortSide === false ? blob : await this.#platform.shrink(blob, shortSide), name);
    }
    const answer = await this.api.POST('/v1/classify', {
      params: { query: queryOf(options) },
      body: { image: [] },
      bodySerializer: () => form,
      signal: this.#deadline(options),
    });
    return dataOf(answer) as Classifications;
  }

  /** Uploads a folder of class folders, or of train, val and test with class folders, while it reads it. Throws TaxonError. */
  async uploadFolder(folder: Folder, options: UploadFolderOptions = {}): Promise<Uploaded> {
    const { dataset = this.#platform.nameOf(folder), concurrency = 2, onProgress } = options;
    const signal = this.#deadline(options, Infinity);
    dataOf(await this.api.PUT('/v1/admin/datasets/{name}', { params: { path: { name: dataset } }, signal }));
    let uploaded: Uploaded = { dataset, files: 0, added: 0, duplicates: 0, failures: [] };
    const batches = batchesOf(this.#platform.filesOf(folder));
    const send = async (): Promise<void> => {
      for await (const batch of batches) {
        const result = await this.#uploadBatch(dataset, batch, signal);
        uploaded = addUp(uploaded, result);
        onProgress?.(uploaded);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, send));
    return uploaded;
  }

  async #uploadBatch(name: string, { label, split, files }: Batch, signal: AbortSignal): Promise<UploadResult> {
    const form = new FormData();
    for (const { path, blob } of files) form.append('image', blob, path);
    const answer = await this.api.POST('/v1/admin/datasets/{name}/images', {
      params: { path: { name }, query: { label, ...(split && { split }) } },
      body: { image: [] },
      bodySerializer: () => form,
      signal,
    });
    return dataOf(answer);
  }

  /** Asks for a training, once however often it must be sent; gives it as it waits. Throws TaxonError. */
  async train(request: NewTraining, options: CallOptions = {}): Promise<Training> {
    const answer = await this.api.POST('/v1/admin/retrain', {
      params: { header: { 'idempotency-key': crypto.randomUUID() } },
      body: request,
      signal: this.#deadline(options),
    });
    return dataOf(answer);
  }

  /** The events of a training, those of the past first, until it is over. Resumes when the connection breaks. Throws TaxonError. */
  trainingEvents(id: string, options: FollowOptions = {}): AsyncGenerator<TrainingEvent, void, undefined> {
    return followTraining(this.api, id, options);
  }

  /** The training once it has succeeded. Throws TrainingError when it fails or is cancelled, TaxonError, TimeoutError. */
  async waitForTraining(id: string, options: WaitOptions = {}): Promise<Training> {
    const signal = this.#deadline(options, Infinity);
    for await (const event of this.trainingEvents(id, { signal })) options.onEvent?.(event);
    const training = dataOf(await this.api.GET('/v1/admin/trainings/{id}', { params: { path: { id } }, signal }));
    if (training.state !== 'succeeded') throw new TrainingError(training);
    return training;
  }

  #deadline({ signal, timeoutMs }: CallOptions, fallbackMs = this.#timeoutMs): AbortSignal {
    const ms = timeoutMs ?? fallbackMs;
    const signals = [signal ?? [], Number.isFinite(ms) ? AbortSignal.timeout(ms) : []].flat();
    return AbortSignal.any(signals);
  }
}

function queryOf({ model, version, topK, minProbability }: ClassifyOptions) {
  return {
    ...(model !== undefined && { model }),
    ...(version !== undefined && { version: String(version) }),
    ...(topK !== undefined && { topK }),
    ...(minProbability !== undefined && { minProbability }),
  };
}

function addUp(before: Uploaded, { totals, results }: UploadResult): Uploaded {
  const failures = results.filter((result): result is FailedFile => result.error !== undefined);
  return {
    dataset: before.dataset,
    files: before.files + totals.files,
    added: before.added + totals.added,
    duplicates: before.duplicates + totals.duplicates,
    failures: [...before.failures, ...failures],
  };
}

export { TaxonError, TrainingError };
