// Changes which version of a classifier answers: proved on stored images, decided in the database, switched in memory; and the way back.
import type { Logger } from 'pino';
import type { ActivationReason, Classifiers } from '../data/classifiers/classifiers.js';
import type { Queries, Unlisten } from '../data/database/database.js';
import { AppError } from '../errors.js';
import { removeVersion } from '../models/versions.js';
import type { ClassifierRegistry, ServedVersion } from './registry.js';

export interface ActivationDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly modelsDir: string;
  /** Throws AppError invalid_model when the loaded version does not answer stored images as it should. */
  readonly smokeTest: (version: ServedVersion) => Promise<void>;
  readonly logger: Logger;
}

export class ActivationService {
  readonly #deps: ActivationDeps;
  #unlisten: Unlisten | undefined;

  constructor(deps: ActivationDeps) {
    this.#deps = deps;
  }

  /**
   * Throws AppError unknown_model, unknown_version, invalid_model, or what `guard` throws in the transaction that records the
   * choice; the old version then goes on answering.
   */
  async activate(
    name: string,
    version: number,
    reason: ActivationReason = 'request',
    guard?: (tx: Queries) => Promise<void>,
  ): Promise<void> {
    const { registry, classifiers, smokeTest } = this.#deps;
    const previous = registry.describe(name).activeVersion;
    await registry.activate(name, version, {
      smokeTest,
      commit: () => classifiers.activate(name, version, reason, previous, guard),
    });
  }

  /** Activates the version that was active before; gives its number. Throws AppError conflict when there is none. */
  async rollback(name: string): Promise<number> {
    const { registry, classifiers, smokeTest } = this.#deps;
    const { versions, activeVersion } = registry.describe(name);
    const target = await classifiers.findEarlier(
      name,
      activeVersion,
      versions.map(({ manifest }) => manifest.version),
    );
    if (target === undefined)
      throw new AppError(
        'conflict',
        `No version of "${name}" was active before this one: there is nothing to go back to.`,
      );
    await registry.activate(name, target.version, { smokeTest, commit: () => classifiers.rollBack(name, target) });
    return target.version;
  }

  /** To be called before a version is published: the one that answers now goes on answering, after a restart too. */
  async pinActive(name: string): Promise<void> {
    const { registry, classifiers } = this.#deps;
    const known = registry.list().find((classifier) => classifier.name === name);
    if (known) await classifiers.keep(name, known.activeVersion);
  }

  /** To be called when a version was published: serves it under its number here, and has the other processes do so. */
  async reloadServed(): Promise<void> {
    await this.#deps.registry.reload();
    await this.#deps.classifiers.announce();
  }

  /** Deletes a version that is not active. Throws AppError unknown_model, unknown_version, conflict. */
  async remove(name: string, version: number): Promise<void> {
    const { registry, classifiers, modelsDir } = this.#deps;
    registry.version(name, version);
    if (registry.describe(name).activeVersion === version) {
      throw new AppError('conflict', `Version ${version} of "${name}" is active: activate another one first.`);
    }
    await removeVersion(modelsDir, name, version);
    await registry.reload();
    await classifiers.forget(name, version);
  }

  /** At start: activates what the database says where the registry, knowing nothing of it, chose otherwise. */
  async applyRecordedChoices(): Promise<void> {
    const { registry, classifiers, logger } = this.#deps;
    for (const [name, version] of await classifiers.activeVersions()) {
      const known = registry.list().find((classifier) => classifier.name === name);
      if (!known || known.activeVersion === version) continue;
      await registry.activate(name, version).catch((error: unknown) => {
        logger.error(
          { err: error, model: name, version },
          'the chosen version cannot be activated; another one answers',
        );
      });
    }
  }

  /** Reads the models directory again and takes over what the database says. */
  async #synchronise(): Promise<void> {
    const { registry, classifiers } = this.#deps;
    await registry.reload(() => classifiers.activeVersions());
  }

  /** Follows the other processes until stop. */
  async follow(): Promise<void> {
    const { classifiers, logger } = this.#deps;
    this.#unlisten = await classifiers.onChange(() => {
      this.#synchronise().catch((error: unknown) =>
        logger.error({ err: error }, 'what another process changed could not be taken over'),
      );
    });
  }

  async stop(): Promise<void> {
    await this.#unlisten?.();
    this.#unlisten = undefined;
  }
}
