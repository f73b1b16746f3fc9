// The versions that the engine holds: loading with a proof, counting who uses them, unloading. Which of them answer is the registry's.
import pRetry from 'p-retry';
import { EngineLostError, type Engine } from '../engines/engine.js';
import { AppError } from '../errors.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from '../models/manifest.js';

/** A complete, verified version on disk. `backboneDirectory` holds its backbone: the directory itself for the layout `full`. */
export interface StoredVersion {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly backboneDirectory: string;
  /** Whether it comes with Taxon. */
  readonly isBundled?: boolean;
}

/** A version whose head and backbone the engine holds. */
export interface ServedVersion {
  readonly manifest: Manifest;
  readonly headId: string;
}

/** What the store listed, with the name of its head in the engine. */
export interface KnownVersion extends StoredVersion {
  readonly headId: string;
}

/** With the number of requests that use it. */
export interface Loaded extends ServedVersion {
  leases: number;
}

/** Loads of one version in which the engine may die before the version itself is refused. */
const maxLoads = 3;

export class LoadedVersions {
  /** By head id, least recently used first. */
  readonly #loaded = new Map<string, Loaded>();

  constructor(
    private readonly engine: Engine,
    private readonly loadHead: (version: StoredVersion) => Promise<LayersModel>,
  ) {}

  /** Least recently used first. */
  list(): Loaded[] {
    return [...this.#loaded.values()];
  }

  get(headId: string): Loaded | undefined {
    return this.#loaded.get(headId);
  }

  /** Ids of the backbones that the engine holds for a version. */
  get backbones(): ReadonlySet<string> {
    return new Set(this.list().map(({ manifest }) => manifest.backbone.id));
  }

  /** Counts one more user, until the function that it gives is called. */
  use(loaded: Loaded): () => void {
    loaded.leases += 1;
    this.#loaded.delete(loaded.headId);
    this.#loaded.set(loaded.headId, loaded);
    return () => void (loaded.leases -= 1);
  }

  /**
   * Gives the version, loaded. `prove`: whether it must show finite logits here; requests wait for each forward pass, so a smoke
   * test that follows is proof enough. Throws AppError invalid_model, engine_unavailable, or what the engine throws.
   */
  async load(stored: KnownVersion, prove = true): Promise<Loaded> {
    const present = this.#loaded.get(stored.headId);
    if (present !== undefined) return present;
    try {
      // Each attempt waits until the engine is back.
      await pRetry(() => this.#loadOnce(stored, prove), {
        retries: maxLoads - 1,
        minTimeout: 0,
        shouldRetry: ({ error }) => error instanceof EngineLostError,
      });
    } catch (error) {
      await this.#unload(stored).catch(() => undefined);
      throw error instanceof EngineLostError ? diedLoading(stored, error) : error;
    }
    const loaded: Loaded = { manifest: stored.manifest, headId: stored.headId, leases: 0 };
    this.#loaded.set(stored.headId, loaded);
    return loaded;
  }

  async #loadOnce(stored: KnownVersion, prove: boolean): Promise<void> {
    const { manifest, backboneDirectory, headId } = stored;
    const { id, embeddingSize } = manifest.backbone;
    await this.engine.loadBackbone({
      id,
      directory: backboneDirectory,
      embeddingSize,
      preprocessing: manifest.preprocessing,
    });
    await this.engine.loadHead({
      id: headId,
      backboneId: id,
      model: await this.loadHead(stored),
      classes: manifest.labels.length,
    });
    if (prove) await this.#proveFinite(manifest, headId);
  }

  /** One forward pass of a blank image: a head of the wrong shape or with NaN weights is found before it goes into service. */
  async #proveFinite({ backbone, preprocessing: { height, width }, labels }: Manifest, headId: string): Promise<void> {
    const pixels = new Uint8Array(height * width * 3);
    const { logits } = await this.engine.run({ backboneId: backbone.id, pixels, count: 1, headIds: [headId] });
    const values = logits.get(headId);
    if (values?.length === labels.length && values.every(Number.isFinite)) return;
    throw new AppError(
      'invalid_model',
      `${headId}: the head must give ${labels.length} finite logits, one a label; it gave [${values?.join(', ') ?? ''}]`,
    );
  }

  async unloadIfUnused(loaded: Loaded): Promise<void> {
    if (loaded.leases > 0 || this.#loaded.get(loaded.headId) !== loaded) return;
    this.#loaded.delete(loaded.headId);
    await this.#unload(loaded);
  }

  /** Removes it from the engine, with its backbone when no loaded version has it. */
  async #unload({ headId, manifest }: ServedVersion): Promise<void> {
    await this.engine.unloadHead(headId);
    if (!this.backbones.has(manifest.backbone.id)) await this.engine.unloadBackbone(manifest.backbone.id);
  }
}

const diedLoading = ({ headId }: KnownVersion, cause: EngineLostError): AppError =>
  new AppError('engine_unavailable', `the inference engine stopped ${maxLoads} times while it loaded ${headId}`, {
    cause,
  });
