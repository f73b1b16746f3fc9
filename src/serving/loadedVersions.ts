// The versions that the engine holds: loading with a proof, counting who uses them, unloading. Which of them answer is the registry's.
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import {
  EngineLostError,
  loadedIdOf,
  type BackboneArtifact,
  type Engine,
  type ReducedPrecision,
} from '../engines/engine.js';
import { AppError } from '../errors.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from '../models/manifest.js';
import type { DriftBaseline } from '../models/driftBaseline.js';
import type { NoveltyModel } from '../models/noveltyFile.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';
import { LoadedBackbones, type ReleaseBackbone } from './loadedBackbones.js';
import type { PrecisionChoice, PrecisionPolicy } from './precision.js';

/** A complete, verified version on disk. `backboneDirectory` holds its backbone: the directory itself for the layout `full`. */
export interface StoredVersion {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly backboneDirectory: string;
  /** Of the backbone's activations; absent: not measured. */
  readonly ranges?: ActivationRanges;
  /** Whether it comes with Taxon. */
  readonly isBundled?: boolean;
}

/** Reads the parts of a version that are needed to serve it, besides its backbone. */
export interface VersionParts {
  /** Called before anything else of the version is read: brings its files and those of its backbone where they may be away. */
  prepare?(version: StoredVersion): Promise<void>;
  loadHead(version: StoredVersion): Promise<LayersModel>;
  /** undefined: the version calls no image unknown. */
  loadNovelty(version: StoredVersion): Promise<NoveltyModel | undefined>;
  /** undefined: nothing says what images the version was made with. */
  loadDriftBaseline(version: StoredVersion): Promise<DriftBaseline | undefined>;
}

/** A version whose head and backbone the engine holds. */
export interface ServedVersion {
  readonly manifest: Manifest;
  readonly headId: string;
  /** Its backbone in the precision that it answers in (see loadedIdOf). */
  readonly backboneId: string;
  /** The precision that it answers in. */
  readonly choice: PrecisionChoice;
  /** What tells images of none of its classes; absent in versions that have no such file. */
  readonly novelty?: NoveltyModel | undefined;
  /** What the embeddings of later images are compared with; absent in versions that have no such file. */
  readonly driftBaseline?: DriftBaseline | undefined;
}

/** What the store listed, with the name of its head in the engine. */
export interface KnownVersion extends StoredVersion {
  readonly headId: string;
}

/** With the number of requests that use it. */
export interface Loaded extends ServedVersion {
  readonly releaseBackbone: ReleaseBackbone;
  leases: number;
}

/** Loads of one version in which the engine may die before the version itself is refused. */
const maxLoads = 3;

export class LoadedVersions {
  /** By head id, least recently used first. */
  readonly #loaded = new Map<string, Loaded>();
  readonly #backbones: LoadedBackbones;

  constructor(
    private readonly engine: Engine,
    private readonly store: VersionParts,
    private readonly precisions: PrecisionPolicy,
    private readonly logger: Pick<Logger, 'error'>,
  ) {
    this.#backbones = new LoadedBackbones(engine);
  }

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
   * Gives the version, loaded in the precision that the policy chooses, in fp32 when that cannot be loaded. `prove`: whether it must
   * show finite logits here; requests wait for each forward pass, so a smoke test that follows is proof enough. Throws AppError
   * invalid_model, engine_unavailable, or what the engine throws.
   */
  async load(stored: KnownVersion, prove = true): Promise<Loaded> {
    const present = this.#loaded.get(stored.headId);
    if (present !== undefined) return present;
    const choice = this.precisions.choose(stored);
    const loaded = await this.#loadIn(choice, stored, prove).catch((error: unknown) => {
      if (choice.reduced === undefined || error instanceof EngineLostError) throw error;
      const reason = `${choice.precision}: ${error instanceof Error ? error.message : String(error)}`;
      this.logger.error({ err: error, directory: stored.directory }, `a version answers in fp32: ${reason}`);
      return this.#loadIn({ precision: 'fp32', reason }, stored, prove);
    });
    this.#loaded.set(stored.headId, loaded);
    return loaded;
  }

  async #loadIn(choice: PrecisionChoice, stored: KnownVersion, prove: boolean): Promise<Loaded> {
    try {
      // Each attempt waits until the engine is back.
      return await pRetry(() => this.#loadOnce(choice, stored, prove), {
        retries: maxLoads - 1,
        minTimeout: 0,
        shouldRetry: ({ error }) => error instanceof EngineLostError,
      });
    } catch (error) {
      throw error instanceof EngineLostError ? diedLoading(stored, error) : error;
    }
  }

  async #loadOnce(choice: PrecisionChoice, stored: KnownVersion, prove: boolean): Promise<Loaded> {
    const { manifest, headId } = stored;
    await this.store.prepare?.(stored);
    const artifact = artifactOf(stored, choice.reduced);
    const releaseBackbone = await this.#backbones.hold(artifact);
    const backboneId = loadedIdOf(artifact);
    const novelty = await this.store.loadNovelty(stored);
    const driftBaseline = await this.store.loadDriftBaseline(stored);
    const loaded: Loaded = { manifest, headId, backboneId, choice, novelty, driftBaseline, releaseBackbone, leases: 0 };
    try {
      const model = await this.store.loadHead(stored);
      await this.engine.loadHead({ id: headId, backboneId: loaded.backboneId, model, classes: manifest.labels.length });
      if (prove) await this.#proveFinite(loaded);
      return loaded;
    } catch (error) {
      await this.#unload(loaded).catch(() => undefined);
      throw error;
    }
  }

  /** One forward pass of a blank image: a head of the wrong shape or with NaN weights is found before it goes into service. */
  async #proveFinite({ manifest: { preprocessing, labels }, backboneId, headId }: Loaded): Promise<void> {
    const pixels = new Uint8Array(preprocessing.height * preprocessing.width * 3);
    const { logits } = await this.engine.run({ backboneId, pixels, count: 1, headIds: [headId] });
    const values = logits.get(headId);
    if (values?.length === labels.length && values.every(Number.isFinite)) return;
    throw new AppError(
      'invalid_model',
      `${headId}: the head must give ${labels.length} finite logits, one a label; it gave [${values?.join(', ') ?? ''}]`,
    );
  }

  /** Keeps the backbone of a version loaded in the given precision, whatever its version answers in. Throws what the engine throws. */
  async holdBackbone(stored: StoredVersion, reduced?: ReducedPrecision): Promise<ReleaseBackbone> {
    await this.store.prepare?.(stored);
    return this.#backbones.hold(artifactOf(stored, reduced));
  }

  /** The same, of its feature map. */
  async holdFeatureMap(stored: StoredVersion): Promise<ReleaseBackbone> {
    await this.store.prepare?.(stored);
    return this.#backbones.hold({ ...artifactOf(stored), output: 'featureMap' });
  }

  async unloadIfUnused(loaded: Loaded): Promise<void> {
    if (loaded.leases > 0 || this.#loaded.get(loaded.headId) !== loaded) return;
    this.#loaded.delete(loaded.headId);
    await this.#unload(loaded);
  }

  async #unload({ headId, releaseBackbone }: Loaded): Promise<void> {
    await this.engine.unloadHead(headId);
    await releaseBackbone();
  }
}

const artifactOf = ({ manifest, backboneDirectory }: StoredVersion, reduced?: ReducedPrecision): BackboneArtifact => ({
  id: manifest.backbone.id,
  directory: backboneDirectory,
  embeddingSize: manifest.backbone.embeddingSize,
  preprocessing: manifest.preprocessing,
  ...(reduced && { reduced }),
});

const diedLoading = ({ headId }: KnownVersion, cause: EngineLostError): AppError =>
  new AppError('engine_unavailable', `the inference engine stopped ${maxLoads} times while it loaded ${headId}`, {
    cause,
  });
