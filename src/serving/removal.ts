// What is deleted: a version or a whole classifier, out of service and off the disk, and then the backbones that nothing needs any more.
import type { Logger } from 'pino';
import { isDefault, type Classifiers } from '../data/classifiers/classifiers.js';
import { repeat } from '../data/repeatedTask.js';
import { AppError } from '../errors.js';
import { directoriesOf, type ModelsDirs } from '../models/modelsDirs.js';
import { removeUnusedBackbones } from '../models/unusedBackbones.js';
import { removeClassifier, removeVersion, versionNumbersOf } from '../models/versions.js';
import type { ClassifierRegistry } from './registry.js';
import type { UnknownThresholds } from './unknownThresholds.js';

export interface RemovalDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly modelsDirs: ModelsDirs;
  /** What was set for a version that is gone is forgotten. */
  readonly unknownThresholds: Pick<UnknownThresholds, 'follow'>;
  readonly logger: Logger;
}

const tidyEveryMs = 3_600_000;
const tidyFailed = 'unused backbones could not be removed';

export class Removal {
  #stopTidying: (() => Promise<void>) | undefined;

  constructor(private readonly deps: RemovalDeps) {}

  /** Removes unused backbones now and every hour, until stop. */
  start(): void {
    const { logger } = this.deps;
    this.#stopTidying = repeat(() => this.#tidy(), { everyMs: tidyEveryMs, logger, onFailure: tidyFailed });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#stopTidying?.();
  }

  /**
   * Deletes a version that is active neither here nor by decision, that no alias names and no rollout needs. Throws AppError unknown_model, unknown_version, conflict,
   * storage_unavailable.
   */
  async removeVersion(name: string, version: number): Promise<void> {
    const { registry, classifiers, modelsDirs } = this.deps;
    await registry.changeStore(async () => {
      registry.version(name, version);
      if ((await this.#bundledNumbers(name)).includes(version)) throw isOnlyRead(name, version);
      const chosen = (await classifiers.activeVersions()).get(name);
      if ([chosen, registry.describe(name).activeVersion].includes(version))
        throw new AppError(
          'conflict',
          `Version ${version} of "${name}" is active: activate another one first, or delete the classifier.`,
        );
      const aliases = [...((await classifiers.aliases()).get(name) ?? [])].filter(([, named]) => named === version);
      if (aliases.length > 0)
        throw new AppError(
          'conflict',
          `Version ${version} of "${name}" is called ${aliases.map(([alias]) => `"${alias}"`).join(', ')}: move or delete the alias first.`,
        );
      if (await classifiers.isRolledOut(name, version))
        throw new AppError('conflict', `Version ${version} of "${name}" is being rolled out: end the rollout first.`);
      await removeVersion(modelsDirs, name, version);
      await classifiers.forget(name, version);
    }, this.#decisions);
    await this.#tidyNow();
  }

  /**
   * Deletes a classifier with all its versions, damaged ones too; requests in flight finish on it. One whose files are gone
   * already is forgotten. Throws AppError unknown_model, storage_unavailable, or conflict when it is the default, bundled, or
   * needed by a training that is not over.
   */
  async removeClassifier(name: string): Promise<void> {
    const { registry, classifiers, modelsDirs } = this.deps;
    await registry.changeStore(async () => {
      await this.#refuseToRemove(name);
      await removeClassifier(modelsDirs, name, (disappear) =>
        classifiers.remove(name, { disappear, isDefaultFixed: registry.isDefaultFixed }),
      );
    }, this.#decisions);
    await this.#tidyNow();
  }

  async #refuseToRemove(name: string): Promise<void> {
    const { registry } = this.deps;
    const isServed = registry.list().some((classifier) => classifier.name === name);
    if (!(await this.#isKnown(name))) registry.describe(name);
    const [bundled] = await this.#bundledNumbers(name);
    if (bundled !== undefined) throw isOnlyRead(name, bundled);
    if (isServed && registry.defaultName() === name)
      throw registry.isDefaultFixed ? isFixedDefault(name) : isDefault(name);
  }

  /** A process that ended between taking the files away and the commit leaves the decisions, which the next of that name must not get. */
  async #isKnown(name: string): Promise<boolean> {
    const { classifiers, modelsDirs } = this.deps;
    return (await versionNumbersOf(modelsDirs.own, name)).length > 0 || classifiers.isKnown(name);
  }

  /** None where the database is away: what is served then stays. */
  readonly #decisions = async (): Promise<ReadonlyMap<string, number>> => {
    const { classifiers, unknownThresholds } = this.deps;
    try {
      await unknownThresholds.follow();
      return await classifiers.activeVersions();
    } catch {
      return new Map();
    }
  };

  async #bundledNumbers(name: string): Promise<number[]> {
    const [, bundled] = directoriesOf(this.deps.modelsDirs);
    return bundled === undefined ? [] : versionNumbersOf(bundled, name);
  }

  #tidyNow(): Promise<void> {
    return this.#tidy().catch((error: unknown) => this.deps.logger.warn({ err: error }, tidyFailed));
  }

  /** Removes backbones that nothing needs; a models directory that cannot be written costs disk space and nothing else. */
  async #tidy(): Promise<void> {
    const { registry, modelsDirs, logger } = this.deps;
    const removed = await registry.whileUnchanged(() =>
      removeUnusedBackbones(modelsDirs, { inUse: registry.loadedBackbones }),
    );
    if (removed.length > 0) logger.info({ removed }, 'removed backbones that no version has needed for a day');
  }
}

const isFixedDefault = (name: string): AppError =>
  new AppError(
    'conflict',
    `"${name}" is the default classifier, as DEFAULT_MODEL says: change it there and restart the server first.`,
  );

const isOnlyRead = (name: string, version: number): AppError =>
  new AppError(
    'conflict',
    `Version ${version} of "${name}" is in BUNDLED_MODELS_DIR, which is only read. BUNDLED_MODELS_DIR=none serves nothing from there.`,
  );
