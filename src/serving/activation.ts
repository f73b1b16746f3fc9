// Changes which version of a classifier answers: proved on stored images, decided in the database, switched in memory; and the way back.
import type { Logger } from 'pino';
import type { ActivationReason, Classifiers, EarlierVersion } from '../data/classifiers/classifiers.js';
import type { Queries, Unlisten } from '../data/database/database.js';
import { AppError, type ErrorCode } from '../errors.js';
import { removeUnusedBackbones } from '../models/unusedBackbones.js';
import { repeat } from '../data/repeatedTask.js';
import { removeVersion } from '../models/versions.js';
import type { ClassifierRegistry, ClassifierState } from './registry.js';
import type { ServedVersion } from './loadedVersions.js';

export interface ActivationDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly modelsDir: string;
  /** Throws AppError invalid_model when the loaded version does not answer stored images as it should. */
  readonly smokeTest: (version: ServedVersion) => Promise<void>;
  readonly logger: Logger;
}

/** Faults of the version or of the engine; any other is temporary, and worth another try. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  'invalid_model',
  'unknown_model',
  'unknown_version',
  'engine_unavailable',
]);

const tidyEveryMs = 3_600_000;
const tidyFailed = 'unused backbones could not be removed';

export class ActivationService {
  readonly #deps: ActivationDeps;
  #stopTidying: (() => Promise<void>) | undefined;
  #unlisten: Unlisten | undefined;
  /** A synchronisation that has not begun yet: it covers every notification that comes before it does. */
  #synchronising: Promise<void> | undefined;

  constructor(deps: ActivationDeps) {
    this.#deps = deps;
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
    this.#stopTidying = repeat(() => this.#tidy(), { everyMs: tidyEveryMs, logger, onFailure: tidyFailed });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    await this.#stopTidying?.();
    await this.#unlisten?.();
    this.#unlisten = undefined;
  }

  /**
   * Throws AppError unknown_model, unknown_version, invalid_model, engine_unavailable, or what `guard` throws in the transaction
   * that records the choice; the old version then goes on answering.
   */
  async activate(
    name: string,
    version: number,
    reason: ActivationReason = 'request',
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<void> {
    const { registry, classifiers, smokeTest } = this.#deps;
    await registry.activateChosen(name, async ({ activeVersion }) => ({
      version,
      smokeTest,
      commit: () => classifiers.activate(name, version, reason, activeVersion, guard),
    }));
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
  rollback(name: string): Promise<number> {
    const { registry, classifiers, smokeTest } = this.#deps;
    return registry.activateChosen(name, async (state) => {
      const target = await this.#findEarlier(state);
      return { version: target.version, smokeTest, commit: () => classifiers.rollBack(name, target) };
    });
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

  /** To be called when a version was published: serves it under its number here, and has the other processes do so. */
  async reloadServed(): Promise<void> {
    await this.#deps.registry.reload();
    await this.#deps.classifiers.announce();
  }

  /** Deletes a version that is active neither here nor by decision. Throws AppError unknown_model, unknown_version, conflict. */
  async remove(name: string, version: number): Promise<void> {
    const { registry, classifiers, modelsDir } = this.#deps;
    await registry.changeStore(async () => {
      registry.version(name, version);
      const chosen = (await classifiers.activeVersions()).get(name);
      if ([chosen, registry.describe(name).activeVersion].includes(version))
        throw new AppError('conflict', `Version ${version} of "${name}" is active: activate another one first.`);
      await removeVersion(modelsDir, name, version);
      await classifiers.forget(name, version);
    });
    await this.#tidy().catch((error: unknown) => this.#deps.logger.warn({ err: error }, tidyFailed));
  }

  /** Removes backbones that nothing needs; a models directory that cannot be written costs disk space and nothing else. */
  async #tidy(): Promise<void> {
    const { registry, modelsDir, logger } = this.#deps;
    const removed = await registry.whileUnchanged(() =>
      removeUnusedBackbones(modelsDir, { inUse: registry.loadedBackbones }),
    );
    if (removed.length > 0) logger.info({ removed }, 'removed backbones that no version has needed for a day');
  }

  /** Reads the models directory again and applies what the database says; once for all calls that come before it begins. */
  #synchronise(): Promise<void> {
    const { registry, classifiers } = this.#deps;
    this.#synchronising ??= registry.reload(() => {
      this.#synchronising = undefined;
      return classifiers.activeVersions();
    });
    return this.#synchronising;
  }
}
