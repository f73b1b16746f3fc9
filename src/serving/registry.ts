// Which classifiers exist, which version of each answers, and the hot swap between versions. Knows engines and artifacts, nothing of HTTP.
import { createHash } from 'node:crypto';
import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { AppError } from '../errors.js';
import { EngineLostError, type Engine } from '../engines/engine.js';
import type { LayersModel } from '../formats/layersModel.js';
import type { Manifest } from '../models/manifest.js';
import type { RefusedVersion } from '../models/versions.js';

/** A complete, verified version on disk. `backboneDirectory` holds its backbone: the directory itself for the layout `full`. */
export interface StoredVersion {
  readonly manifest: Manifest;
  readonly directory: string;
  readonly backboneDirectory: string;
}

/** Where versions come from: the models directory, or a test's own. */
export interface VersionStore {
  list(): Promise<{ readonly versions: readonly StoredVersion[]; readonly refused: readonly RefusedVersion[] }>;
  loadHead(version: StoredVersion): Promise<LayersModel>;
}

/** A version whose head and backbone the engine holds. */
export interface ServedVersion {
  readonly manifest: Manifest;
  readonly headId: string;
}

/** Keeps a version loaded while a request uses it. `release` is idempotent. */
export interface Lease {
  readonly version: ServedVersion;
  release(): void;
}

export interface ClassifierState {
  readonly name: string;
  readonly activeVersion: number;
  readonly versions: readonly StoredVersion[];
}

export interface RegistryOptions {
  /** The classifier that answers when none is named; empty: the first by name. */
  readonly defaultModel: string;
  /** Versions other than the active ones that stay loaded after their last request. */
  readonly maxIdleVersions: number;
}

/** How a version becomes the active one. */
export interface Activation {
  readonly version: number;
  /** Runs when the version has proved itself and before it takes over: makes the decision durable, or throws to stop it. */
  readonly commit?: () => Promise<void>;
  /** Runs the loaded version on images in place of the registry's own check; throws to refuse it. */
  readonly smokeTest?: (version: ServedVersion) => Promise<void>;
}

/** Decides by what is so at that moment; nothing else changes it until the activation is over. Throws to activate nothing. */
export type ChooseActivation = (state: ClassifierState) => Promise<Activation>;

/** Loads of one version that the engine may die in before the version itself is blamed. */
const maxLoads = 3;

/** What the store listed, with the name of its head in the engine. */
interface KnownVersion extends StoredVersion {
  readonly headId: string;
}

interface Classifier {
  readonly versions: Map<number, KnownVersion>;
  active: number;
}

interface Loaded extends ServedVersion {
  leases: number;
}

export class ClassifierRegistry {
  readonly #classifiers = new Map<string, Classifier>();
  /** By head id, least recently used first. */
  readonly #loaded = new Map<string, Loaded>();
  /** Loads, swaps and unloads happen one after another; requests never wait for them. */
  #lifecycle: Promise<unknown> = Promise.resolve();
  #refused: readonly RefusedVersion[] = [];

  constructor(
    private readonly engine: Engine,
    private readonly store: VersionStore,
    private readonly logger: Logger,
    private readonly options: RegistryOptions,
  ) {}

  get refused(): readonly RefusedVersion[] {
    return this.#refused;
  }

  /**
   * Reads the store and loads the active version of each classifier: the one that `decisions` gives, else the one active
   * now, else the newest. A version that cannot be read or loaded is refused by name and the others go on.
   * `decisions` is asked when no activation is in work, so that what it gives is not older than what is served.
   */
  reload(decisions: () => Promise<ReadonlyMap<string, number>> = async () => new Map()): Promise<void> {
    return this.#exclusive(() => this.#reload(decisions));
  }

  /** Runs `work` while no version is loaded, activated or taken out of service: what it reads here stays so until it ends. */
  whileUnchanged<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive(work);
  }

  /** As whileUnchanged, for work that adds versions to the store or takes them out: the store is read again before anything else. */
  changeStore(work: () => Promise<void>): Promise<void> {
    return this.#exclusive(async () => {
      await work();
      await this.#reload(async () => new Map());
    });
  }

  /** Ids of the backbones that the engine holds for a version. */
  get loadedBackbones(): ReadonlySet<string> {
    return new Set([...this.#loaded.values()].map(({ manifest }) => manifest.backbone.id));
  }

  /** Every classifier that can answer, by name. */
  list(): ClassifierState[] {
    return [...this.#classifiers.keys()].sort().map((name) => this.describe(name));
  }

  /** Throws AppError unknown_model. */
  describe(name: string): ClassifierState {
    const { active, versions } = this.#find(name);
    return {
      name,
      activeVersion: active,
      versions: [...versions.values()].sort((a, b) => b.manifest.version - a.manifest.version),
    };
  }

  /** The version `version` of the classifier `name`, the active one when absent. Throws AppError unknown_model, unknown_version. */
  version(name: string, version?: number): KnownVersion {
    const classifier = this.#find(name);
    const wanted = version ?? classifier.active;
    const found = classifier.versions.get(wanted);
    if (found === undefined)
      throw new AppError(
        'unknown_version',
        `classifier "${name}" has no version ${wanted}; it has ${[...classifier.versions.keys()].join(', ')}`,
      );
    return found;
  }

  /** Name of the classifier that answers when none is named. Throws AppError not_ready when there is no classifier at all. */
  defaultName(): string {
    const name = this.options.defaultModel === '' ? [...this.#classifiers.keys()].sort()[0] : this.options.defaultModel;
    if (name === undefined)
      throw new AppError('not_ready', 'no classifier is installed; put one into the models directory and reload');
    return name;
  }

  /** A loaded version for one request; the active one answers at once, another is loaded first. */
  async acquire(name: string, version?: number): Promise<Lease> {
    const stored = this.version(name, version);
    const unload = version === undefined ? (loaded: Loaded) => this.#unloadIfUnused(loaded) : () => this.#trimIdle();
    const present = this.#loaded.get(stored.headId);
    if (present !== undefined) return this.#lease(present, unload);
    return this.#exclusive(async () => this.#lease(await this.#load(stored), unload));
  }

  /** Makes `version` the active one; see activateChosen. */
  async activate(name: string, version: number, options: Omit<Activation, 'version'> = {}): Promise<void> {
    await this.activateChosen(name, async () => ({ version, ...options }));
  }

  /**
   * Makes the version that `choose` names the active one: load, warm, smoke-test, commit, switch, then let the old one drain
   * and unload it. When any step fails the old version goes on answering. Gives the number of the version.
   * Throws AppError unknown_model, unknown_version, invalid_model.
   */
  activateChosen(name: string, choose: ChooseActivation): Promise<number> {
    return this.#exclusive(async () => {
      const { version, commit, smokeTest } = await choose(this.describe(name));
      const loaded = await this.#load(this.version(name, version), smokeTest === undefined);
      try {
        await smokeTest?.(loaded);
        await commit?.();
      } catch (error) {
        if (!this.#isActive(loaded)) await this.#unloadIfUnused(loaded);
        throw error;
      }
      await this.#switchTo(loaded);
      return version;
    });
  }

  async #switchTo(loaded: Loaded): Promise<void> {
    const { name, version } = loaded.manifest;
    const previous = this.#loaded.get(this.version(name).headId);
    this.#find(name).active = version;
    this.logger.info({ model: name, version }, 'version activated');
    if (previous !== undefined && previous !== loaded) await this.#unloadIfUnused(previous);
  }

  async #reload(decisions: () => Promise<ReadonlyMap<string, number>>): Promise<void> {
    const active = await decisions();
    const { versions, refused } = await this.store.list();
    this.#refused = refused;
    for (const { directory, reason } of refused) this.logger.error({ directory, reason }, 'a model version is refused');
    const byName = groupByName(versions);
    for (const name of this.#classifiers.keys()) if (!byName.has(name)) this.#classifiers.delete(name);
    for (const [name, found] of byName) await this.#install(name, found, active.get(name));
    for (const loaded of this.#loaded.values()) if (!this.#isKnown(loaded)) await this.#unloadIfUnused(loaded);
    await this.#trimIdle();
  }

  #find(name: string): Classifier {
    const classifier = this.#classifiers.get(name);
    if (classifier !== undefined) return classifier;
    const known = [...this.#classifiers.keys()].sort().join(', ');
    throw new AppError(
      'unknown_model',
      `there is no classifier "${name}"; there ${known === '' ? 'is none at all' : `are: ${known}`}`,
    );
  }

  async #install(name: string, found: readonly StoredVersion[], wanted: number | undefined): Promise<void> {
    const versions = new Map(
      found.map((version) => [version.manifest.version, { ...version, headId: headIdOf(version.manifest) }]),
    );
    const previous = this.#classifiers.get(name)?.active;
    const newestFirst = [...versions.keys()].sort((a, b) => b - a);
    const inOrder = [wanted, previous, ...newestFirst].filter(
      (version) => version !== undefined && versions.has(version),
    ) as number[];
    for (const active of inOrder) {
      try {
        await this.#load(versions.get(active)!);
        this.#classifiers.set(name, { versions, active });
        if (wanted !== undefined && active !== wanted)
          this.logger.error(
            { model: name, version: wanted, answers: active },
            'the chosen version cannot answer; another one does',
          );
        return;
      } catch (error) {
        const { directory } = versions.get(active)!;
        this.logger.error({ err: error, directory }, 'a model version cannot be loaded');
        this.#refused = [
          ...this.#refused,
          { directory, reason: error instanceof Error ? error.message : String(error) },
        ];
        versions.delete(active);
      }
    }
    this.#classifiers.delete(name);
  }

  /** `prove`: whether it must show finite logits here; requests wait for each forward pass, so a smoke test that follows is proof enough. */
  async #load(stored: KnownVersion, prove = true): Promise<Loaded> {
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
      throw error;
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
      model: await this.store.loadHead(stored),
      classes: manifest.labels.length,
    });
    if (prove) await this.#proveFinite(manifest, headId);
  }

  /** One forward pass of a blank image: a head of the wrong shape or with NaN weights is found before it takes over. */
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

  /** `unload` decides what becomes of the version when its last request is over and another one is active. */
  #lease(loaded: Loaded, unload: (loaded: Loaded) => Promise<void>): Lease {
    loaded.leases += 1;
    this.#loaded.delete(loaded.headId);
    this.#loaded.set(loaded.headId, loaded);
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      loaded.leases -= 1;
      if (loaded.leases === 0 && !this.#isActive(loaded)) void this.#exclusive(() => unload(loaded));
    };
    return { version: loaded, release };
  }

  #isActive({ manifest: { name }, headId }: ServedVersion): boolean {
    const classifier = this.#classifiers.get(name);
    return classifier?.versions.get(classifier.active)?.headId === headId;
  }

  #isKnown({ manifest: { name, version }, headId }: ServedVersion): boolean {
    return this.#classifiers.get(name)?.versions.get(version)?.headId === headId;
  }

  /** Unloads the versions that nobody uses, but for the few most recently asked for. */
  async #trimIdle(): Promise<void> {
    const idle = [...this.#loaded.values()].filter((loaded) => loaded.leases === 0 && !this.#isActive(loaded));
    for (const loaded of idle.slice(0, Math.max(0, idle.length - this.options.maxIdleVersions)))
      await this.#unloadIfUnused(loaded);
  }

  async #unloadIfUnused(loaded: Loaded): Promise<void> {
    if (loaded.leases > 0 || this.#loaded.get(loaded.headId) !== loaded) return;
    this.#loaded.delete(loaded.headId);
    await this.#unload(loaded);
  }

  /** Out of the engine, with its backbone when no loaded version has it. */
  async #unload({ headId, manifest }: ServedVersion): Promise<void> {
    await this.engine.unloadHead(headId);
    if (!this.loadedBackbones.has(manifest.backbone.id)) await this.engine.unloadBackbone(manifest.backbone.id);
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#lifecycle.then(task, task);
    this.#lifecycle = result.catch(() => undefined);
    return result;
  }
}

function groupByName(versions: readonly StoredVersion[]): Map<string, StoredVersion[]> {
  const groups = new Map<string, StoredVersion[]>();
  for (const version of versions)
    groups.set(version.manifest.name, [...(groups.get(version.manifest.name) ?? []), version]);
  return groups;
}

/** Of the whole manifest: the number of a version that was deleted may come again, and then means another head. */
function headIdOf(manifest: Manifest): string {
  const digest = createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16);
  return `${manifest.name}/${manifest.version}@${digest}`;
}
