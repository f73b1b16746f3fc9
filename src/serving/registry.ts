// Which classifiers exist, which version of each answers, and the hot swap between versions. Knows engines and artifacts, nothing of HTTP.
import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { AppError } from '../errors.js';
import type { Engine, ReducedPrecision } from '../engines/engine.js';
import type { LayersModel } from '../formats/layersModel.js';
import { groupBy } from '../groupBy.js';
import type { Manifest } from '../models/manifest.js';
import type { VersionRef } from '../models/versionRef.js';
import type { RefusedVersion } from '../models/versions.js';
import {
  LoadedVersions,
  type KnownVersion,
  type Loaded,
  type ServedVersion,
  type StoredVersion,
  type VersionParts,
} from './loadedVersions.js';
import type { ReleaseBackbone } from './loadedBackbones.js';
import { PrecisionPolicy, type PrecisionChoice, type PrecisionSetting } from './precision.js';

/** Where versions come from: the models directory, or a test's own. */
export interface VersionStore extends VersionParts {
  list(): Promise<{ readonly versions: readonly StoredVersion[]; readonly refused: readonly RefusedVersion[] }>;
}

/** Keeps a version loaded while a request uses it. `release` is idempotent. */
export interface Lease {
  readonly version: ServedVersion;
  release(): void;
}

export interface ClassifierState {
  readonly name: string;
  readonly activeVersion: number;
  readonly versions: readonly KnownVersion[];
}

export interface RegistryOptions {
  /** The classifier that answers when none is named, whatever was chosen (DEFAULT_MODEL); empty: the chosen one. */
  readonly defaultModel: string;
  /** Default: auto. */
  readonly precision?: PrecisionSetting;
  /** Versions other than the active ones that stay loaded after their last request. */
  readonly maxIdleVersions: number;
}

/** How a version becomes the active one. */
export interface Activation {
  readonly version: number;
  /** Runs when the version has proved itself and before it goes into service: makes the decision durable, or throws to stop it. */
  readonly commit?: () => Promise<void>;
  /** Runs the loaded version on images in place of the registry's own check; throws to refuse it. */
  readonly smokeTest?: (version: ServedVersion) => Promise<void>;
}

/** Decides by the state at that moment, which nothing else changes until the activation is over. Throws to activate nothing. */
export type ChooseActivation = (state: ClassifierState) => Promise<Activation>;

interface Classifier {
  readonly versions: Map<number, KnownVersion>;
  active: number;
}

export class ClassifierRegistry {
  readonly #classifiers = new Map<string, Classifier>();
  readonly #loaded: LoadedVersions;
  readonly precisions: PrecisionPolicy;
  /** Loads, swaps and unloads happen one after another; requests never wait for them. */
  #lifecycle: Promise<unknown> = Promise.resolve();
  #refused: readonly RefusedVersion[] = [];
  /** Numbers of the versions that each unloaded classifier had. */
  readonly #unloaded = new Map<string, ReadonlySet<number>>();
  #chosenDefault: string | undefined;
  /** By classifier and alias. */
  readonly #aliases = new Map<string, ReadonlyMap<string, number>>();

  constructor(
    engine: Engine,
    private readonly store: VersionStore,
    private readonly logger: Logger,
    private readonly options: RegistryOptions,
  ) {
    this.precisions = new PrecisionPolicy(options.precision ?? 'auto', engine.info);
    this.#loaded = new LoadedVersions(engine, store, this.precisions, logger);
  }

  get refused(): readonly RefusedVersion[] {
    return this.#refused;
  }

  /**
   * Reads the store and loads the active version of each classifier: the one that `decisions` gives, else the one active
   * now, else the newest. A version that cannot be read or loaded is refused by name and the others go on.
   * `decisions` is called while no activation is in progress, so that what it gives is not older than what is served.
   */
  reload(decisions: () => Promise<ReadonlyMap<string, number>> = async () => new Map()): Promise<void> {
    return this.#exclusive(() => this.#reload(decisions));
  }

  /** Runs `work` while no version is loaded, activated or taken out of service: what it reads here stays so until it ends. */
  whileUnchanged<T>(work: () => Promise<T>): Promise<T> {
    return this.#exclusive(work);
  }

  /**
   * As whileUnchanged, for work that adds versions to the store or takes them out: the store is read again before anything
   * else, with `decisions` as in reload.
   */
  changeStore(
    work: () => Promise<void>,
    decisions: () => Promise<ReadonlyMap<string, number>> = async () => new Map(),
  ): Promise<void> {
    return this.#exclusive(async () => {
      try {
        await work();
      } finally {
        await this.#reload(decisions);
      }
    });
  }

  /**
   * Takes a classifier out of service, in this process: requests in flight finish, later ones get unknown_model. It stays so until
   * `allow`, a restart, or a reload that finds a new version of it. Throws AppError unknown_model.
   */
  unload(name: string): Promise<void> {
    return this.#exclusive(async () => {
      const { versions } = this.#find(name);
      this.#unloaded.set(name, new Set(versions.keys()));
      this.#classifiers.delete(name);
      this.logger.info({ model: name }, 'classifier unloaded');
      for (const loaded of this.#loaded.list())
        if (loaded.manifest.name === name) await this.#loaded.unloadIfUnused(loaded);
    });
  }

  /** The next reload serves the classifier again. Idempotent. */
  allow(name: string): void {
    this.#unloaded.delete(name);
  }

  /** Those that `unload` took out of service, with the numbers of their versions. */
  get unloaded(): ReadonlyMap<string, ReadonlySet<number>> {
    return this.#unloaded;
  }

  /** Ids of the backbones that the engine holds for a version. */
  get loadedBackbones(): ReadonlySet<string> {
    return this.#loaded.backbones;
  }

  /** Of the active versions and all others that the engine holds, with their backbones. */
  get directoriesInUse(): ReadonlySet<string> {
    const inUse = [...this.#classifiers.values()].flatMap(({ active, versions }) =>
      [...versions.values()].filter(
        ({ manifest, headId }) => manifest.version === active || this.#loaded.get(headId) !== undefined,
      ),
    );
    return new Set(inUse.flatMap(({ directory, backboneDirectory }) => [directory, backboneDirectory]));
  }

  /** In which precision a version answers, or would, and why. */
  precisionOf(version: KnownVersion): PrecisionChoice {
    return this.#loaded.get(version.headId)?.choice ?? this.precisions.choose(version);
  }

  /**
   * Keeps the backbone of a version loaded in a precision, whatever the version answers in, until the function that it gives is
   * called; the version must stay installed meanwhile. Throws AppError invalid_model, or what the engine throws.
   */
  async holdBackbone(version: StoredVersion, reduced?: ReducedPrecision): Promise<ReleaseBackbone> {
    const release = await this.#exclusive(() => this.#loaded.holdBackbone(version, reduced));
    return () => this.#exclusive(release);
  }

  /** As holdBackbone, for runs that give its feature map (see BackboneArtifact); only of layers that end in average pooling. */
  async holdFeatureMap(version: StoredVersion): Promise<ReleaseBackbone> {
    const release = await this.#exclusive(() => this.#loaded.holdFeatureMap(version));
    return () => this.#exclusive(release);
  }

  /** The head of a version, from its files. Throws AppError invalid_model. */
  loadHead(version: StoredVersion): Promise<LayersModel> {
    return this.store.loadHead(version);
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
  version(name: string, version?: VersionRef): KnownVersion {
    const classifier = this.#find(name);
    const wanted = typeof version === 'string' ? this.#named(name, version) : (version ?? classifier.active);
    const found = classifier.versions.get(wanted);
    if (found === undefined)
      throw new AppError(
        'unknown_version',
        `classifier "${name}" has no version ${wanted}${wanted === version ? '' : `, which "${version}" names`}; it has ${[...classifier.versions.keys()].join(', ')}`,
      );
    return found;
  }

  /** Whether `version` would throw nothing. */
  has(name: string, version: VersionRef): boolean {
    const wanted = typeof version === 'string' ? this.#aliases.get(name)?.get(version) : version;
    return wanted !== undefined && this.#classifiers.get(name)?.versions.has(wanted) === true;
  }

  /** The active version of a classifier, while the engine holds it. Throws AppError unknown_model. */
  served(name: string): ServedVersion | undefined {
    return this.#loaded.get(this.version(name).headId);
  }

  /** The head of a version, the active one when absent; undefined: there is no such version. */
  findHead(name: string, version?: number): string | undefined {
    const classifier = this.#classifiers.get(name);
    return classifier?.versions.get(version ?? classifier.active)?.headId;
  }

  #named(name: string, alias: string): number {
    const aliases = this.aliasesOf(name);
    const version = aliases.get(alias);
    if (version !== undefined) return version;
    const known = aliases.size === 0 ? 'no aliases' : `the aliases ${[...aliases.keys()].join(', ')}`;
    throw new AppError('unknown_version', `classifier "${name}" has no version "${alias}"; it has ${known}`);
  }

  /** The versions of a classifier that have other names, by those. One that was taken out of its directory is among them. */
  aliasesOf(name: string): ReadonlyMap<string, number> {
    return this.#aliases.get(name) ?? new Map<string, number>();
  }

  /** Takes note of all aliases of a classifier, as the database has them. */
  nameVersions(name: string, aliases: ReadonlyMap<string, number>): void {
    this.#aliases.set(name, aliases);
  }

  /** As nameVersions, of every classifier. */
  nameAllVersions(all: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
    this.#aliases.clear();
    for (const [name, aliases] of all) this.#aliases.set(name, aliases);
  }

  /** Whether the configuration says which classifier is the default, whatever is chosen. */
  get isDefaultFixed(): boolean {
    return this.options.defaultModel !== '';
  }

  /** The choice that chooseDefault took note of. */
  get chosenDefault(): string | undefined {
    return this.#chosenDefault;
  }

  /** Takes note of the choice that the database has. */
  chooseDefault(name: string | undefined): void {
    this.#chosenDefault = name;
  }

  /**
   * Name of the classifier that answers when none is named: configured, else chosen, else the first by name, a bundled one only
   * where there is no other. It may be one that is not installed. Throws AppError not_ready when there is no classifier at all.
   */
  defaultName(): string {
    const name = this.isDefaultFixed ? this.options.defaultModel : (this.#chosenDefault ?? this.#firstName());
    if (name === undefined)
      throw new AppError(
        'not_ready',
        'no classifier is installed; train or import one, or put one into the models directory and reload',
      );
    return name;
  }

  #firstName(): string | undefined {
    const all = this.list();
    return (all.find(({ versions }) => versions.some(({ isBundled }) => isBundled !== true)) ?? all[0])?.name;
  }

  /** A loaded version for one request; the active one answers at once, another is loaded first. */
  async acquire(name: string, version?: VersionRef): Promise<Lease> {
    const stored = this.version(name, version);
    const unload =
      version === undefined ? (loaded: Loaded) => this.#loaded.unloadIfUnused(loaded) : () => this.#trimIdle();
    const present = this.#loaded.get(stored.headId);
    if (present !== undefined) return this.#lease(present, unload);
    // Looked up again: it may have been removed when its turn comes.
    return this.#exclusive(async () => this.#lease(await this.#loaded.load(this.version(name, version)), unload));
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
      const loaded = await this.#loaded.load(this.version(name, version), smokeTest === undefined);
      try {
        await smokeTest?.(loaded);
        await commit?.();
      } catch (error) {
        if (!this.#isActive(loaded)) await this.#loaded.unloadIfUnused(loaded);
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
    if (previous !== undefined && previous !== loaded) await this.#loaded.unloadIfUnused(previous);
  }

  async #reload(decisions: () => Promise<ReadonlyMap<string, number>>): Promise<void> {
    const active = await decisions();
    const { versions, refused } = await this.store.list();
    this.#refused = refused;
    for (const { directory, reason } of refused) this.logger.error({ directory, reason }, 'a model version is refused');
    const byName = groupBy(versions, ({ manifest }) => manifest.name);
    this.#leaveOutUnloaded(byName);
    for (const name of this.#classifiers.keys()) if (!byName.has(name)) this.#classifiers.delete(name);
    for (const [name, found] of byName) await this.#install(name, found, active.get(name));
    for (const loaded of this.#loaded.list()) if (!this.#isKnown(loaded)) await this.#loaded.unloadIfUnused(loaded);
    await this.#trimIdle();
  }

  /** A version that is new was meant to be served. */
  #leaveOutUnloaded(byName: Map<string, StoredVersion[]>): void {
    for (const [name, known] of this.#unloaded) {
      const isNew = byName.get(name)?.some(({ manifest }) => !known.has(manifest.version)) ?? true;
      if (isNew) this.#unloaded.delete(name);
      else byName.delete(name);
    }
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
        await this.#loaded.load(versions.get(active)!);
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

  /** `unload` decides what becomes of the version when its last request is over and another one is active. */
  #lease(loaded: Loaded, unload: (loaded: Loaded) => Promise<void>): Lease {
    const end = this.#loaded.use(loaded);
    let released = false;
    const release = (): void => {
      if (released) return;
      released = true;
      end();
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

  /** Unloads the versions that are not in use, except the few most recently asked for. */
  async #trimIdle(): Promise<void> {
    const idle = this.#loaded.list().filter((loaded) => loaded.leases === 0 && !this.#isActive(loaded));
    for (const loaded of idle.slice(0, Math.max(0, idle.length - this.options.maxIdleVersions)))
      await this.#loaded.unloadIfUnused(loaded);
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#lifecycle.then(task, task);
    this.#lifecycle = result.catch(() => undefined);
    return result;
  }
}

/** Made from the whole manifest: the number of a deleted version may be used again, for another head. */
function headIdOf(manifest: Manifest): string {
  const digest = createHash('sha256').update(JSON.stringify(manifest)).digest('hex').slice(0, 16);
  return `${manifest.name}/${manifest.version}@${digest}`;
}
