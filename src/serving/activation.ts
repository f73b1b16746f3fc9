// Changes which version of a classifier answers: proved on stored images, decided in the database, switched in memory; and the way back.
import type { Logger } from 'pino';
import type { ActivationReason, Classifiers, EarlierVersion } from '../data/classifiers/classifiers.js';
import type { Queries, Unlisten } from '../data/database/database.js';
import { AppError, type ErrorCode } from '../errors.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import type { VersionRef } from '../models/versionRef.js';
import type { RefusedVersion } from '../models/versions.js';
import { Aliases } from './aliases.js';
import { DefaultClassifier } from './defaultClassifier.js';
import type { ClassifierRegistry, ClassifierState } from './registry.js';
import { Removal } from './removal.js';
import type { ServedVersion } from './loadedVersions.js';
import { UnknownThresholds } from './unknownThresholds.js';

export interface ActivationDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly modelsDirs: ModelsDirs;
  /** Throws AppError invalid_model when the loaded version does not answer stored images as it should. */
  readonly smokeTest: (version: ServedVersion) => Promise<void>;
  readonly logger: Logger;
}

/** Does what the database says of classifiers, besides serving their active versions. */
export interface Follower {
  /** Called while no activation is in progress. */
  follow(): Promise<void>;
  /** `version` answers now. */
  activated(name: string, version: number): void;
}

/** Faults of the version or of the engine; any other is temporary, and worth another try. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'invalid_model',
  'unknown_model',
  'unknown_version',
  'engine_unavailable',
]);

export interface NamedVersion {
  readonly name: string;
  readonly version: number;
}

/** What a look at the models directories found. */
export interface Reloaded {
  readonly added: readonly NamedVersion[];
  readonly removed: readonly NamedVersion[];
  /** All that cannot be served, not only what is new. */
  readonly refused: readonly RefusedVersion[];
}

export class ActivationService {
  readonly #deps: ActivationDeps;
  /** Which classifier answers when none is named. */
  readonly defaultClassifier: DefaultClassifier;
  /** Other names of versions. */
  readonly aliases: Aliases;
  /** Above which novelty each version calls an image unknown. */
  readonly unknownThresholds: UnknownThresholds;
  /** What deletes versions and classifiers. */
  readonly removal: Removal;
  #followers: Follower[] = [];
  #unlisten: Unlisten | undefined;
  /** A synchronisation that has not begun yet: it covers every notification that comes before it does. */
  #synchronising: Promise<void> | undefined;

  constructor(deps: ActivationDeps) {
    this.#deps = deps;
    this.defaultClassifier = new DefaultClassifier(deps);
    this.aliases = new Aliases(deps);
    this.unknownThresholds = new UnknownThresholds(deps);
    this.removal = new Removal({ ...deps, unknownThresholds: this.unknownThresholds });
  }

  /** To be called before start. */
  addFollower(follower: Follower): void {
    this.#followers.push(follower);
  }

  /** Serves what the database says is active, of each classifier that version alone, and follows the other processes until stop. */
  async start(): Promise<void> {
    const { classifiers, logger } = this.#deps;
    this.#unlisten = await classifiers.onChange(() => {
      this.#synchronise().catch((error: unknown) =>
        logger.error({ err: error }, 'the changes of another process could not be applied'),
      );
    });
    await this.#synchronise();
    this.removal.start();
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.removal.stop();
    await this.#unlisten?.();
    this.#unlisten = undefined;
  }

  /**
   * Gives the number of the version. Throws AppError unknown_model, unknown_version, invalid_model, engine_unavailable, or what
   * `guard` throws in the transaction that records the choice; the old version then goes on answering.
   */
  async activate(
    name: string,
    wanted: VersionRef,
    reason: ActivationReason = 'request',
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<number> {
    const { registry, classifiers, smokeTest } = this.#deps;
    const activated = await registry.activateChosen(name, async ({ activeVersion }) => {
      const { version } = registry.version(name, wanted).manifest;
      return { version, smokeTest, commit: () => classifiers.activate(name, version, reason, activeVersion, guard) };
    });
    return this.#tell(name, activated);
  }

  #tell(name: string, version: number): number {
    for (const follower of this.#followers) follower.activated(name, version);
    return version;
  }

  /**
   * As activate, for a version that a training has published: gives the reason when the version or the engine is at fault,
   * and undefined when it is active. Throws temporary faults, such as AppError database_unavailable, and what `guard` throws.
   */
  async tryToActivate(
    name: string,
    version: number,
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<string | undefined> {
    try {
      await this.activate(name, version, 'training', guard);
      return undefined;
    } catch (error) {
      if (!(error instanceof AppError && refusals.has(error.code))) throw error;
      this.#deps.logger.warn({ err: error, model: name, version }, 'a trained version is published and not activated');
      return error.detail;
    }
  }

  /** Activates the version that was active before; gives its number. Throws AppError conflict when there is none. */
  async rollback(name: string): Promise<number> {
    const { registry, classifiers, smokeTest } = this.#deps;
    const activated = await registry.activateChosen(name, async (state) => {
      const target = await this.#findEarlier(state);
      return { version: target.version, smokeTest, commit: () => classifiers.rollBack(name, target) };
    });
    return this.#tell(name, activated);
  }

  async #findEarlier({ name, activeVersion, versions }: ClassifierState): Promise<EarlierVersion> {
    const present = versions.map(({ manifest }) => manifest.version);
    const target = await this.#deps.classifiers.findEarlier(name, activeVersion, present);
    if (target !== undefined) return target;
    throw new AppError(
      'conflict',
      `No version of "${name}" was active before this one: there is nothing to go back to.`,
    );
  }

  /** To be called before a version is published: the one that answers now goes on answering, after a restart too. */
  pinActive(name: string): Promise<void> {
    const { registry, classifiers } = this.#deps;
    return registry.whileUnchanged(async () => {
      const known = registry.list().find((classifier) => classifier.name === name);
      if (known) await classifiers.keep(name, known.activeVersion);
    });
  }

  /**
   * Serves what was published, put into the models directories or taken out of them since the last look, here and in the other
   * processes, each classifier in the version that the database says is active. Throws AppError database_unavailable.
   */
  async reload(): Promise<Reloaded> {
    const { registry, classifiers } = this.#deps;
    const before = servedVersions(registry);
    await this.#applyDecisions();
    const after = servedVersions(registry);
    await classifiers.announce();
    return { added: without(after, before), removed: without(before, after), refused: registry.refused };
  }

  /** As reload, here alone and without saying what changed. */
  follow(): Promise<void> {
    return this.#synchronise();
  }

  /** Reads the models directories again and applies what the database says; once for all calls that come before it begins. */
  #synchronise(): Promise<void> {
    this.#synchronising ??= this.#applyDecisions(() => (this.#synchronising = undefined));
    return this.#synchronising;
  }

  /** `onBegin` is called when the loads and swaps that came before are over. */
  async #applyDecisions(onBegin: () => void = () => undefined): Promise<void> {
    await this.#deps.registry.reload(async () => {
      onBegin();
      await this.defaultClassifier.follow();
      await this.aliases.follow();
      await this.unknownThresholds.follow();
      for (const follower of this.#followers) await follower.follow();
      return this.#deps.classifiers.activeVersions();
    });
    await this.defaultClassifier.keep();
  }
}

const servedVersions = (registry: ClassifierRegistry): Map<string, NamedVersion> =>
  new Map(
    registry
      .list()
      .flatMap(({ versions }) => versions)
      .map(({ headId, manifest: { name, version } }) => [headId, { name, version }]),
  );

const without = (all: Map<string, NamedVersion>, others: Map<string, NamedVersion>): NamedVersion[] =>
  [...all].filter(([headId]) => !others.has(headId)).map(([, version]) => version);
