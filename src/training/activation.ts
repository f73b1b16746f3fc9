// Changes which version of a classifier answers: proved on stored images, decided in the database, switched in memory; and the way back.
import type { Logger } from 'pino';
import type { ActivationReason, Classifiers } from '../data/classifiers/classifiers.js';
import type { Unlisten } from '../data/database/database.js';
import { AppError } from '../errors.js';
import { removeVersion } from '../models/versions.js';
import type { ClassifierRegistry, ServedVersion } from '../serving/registry.js';

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
  /** What this process is changing itself, by classifier: the notice of it is no news. */
  readonly #own = new Map<string, number>();
  #unlisten: Unlisten | undefined;

  constructor(deps: ActivationDeps) {
    this.#deps = deps;
  }

  /** Throws AppError unknown_model, unknown_version, invalid_model; the old version then goes on answering. */
  async activate(name: string, version: number, reason: ActivationReason = 'request'): Promise<void> {
    const { registry, classifiers } = this.#deps;
    const previous = registry.describe(name).activeVersion;
    await this.#switch(name, version, () => classifiers.activate(name, version, reason, previous));
  }

  /** Activates the version that was active before; gives its number. Throws AppError conflict when there is none. */
  async rollback(name: string): Promise<number> {
    const { registry, classifiers } = this.#deps;
    const { versions, activeVersion } = registry.describe(name);
    const target = await classifiers.findEarlier(name, activeVersion, versions.map(({ manifest }) => manifest.version));
    if (target === undefined) throw new AppError('conflict', `No version of "${name}" was active before this one: there is nothing to go back to.`);
    await this.#switch(name, target.version, () => classifiers.rollBack(name, target));
    return target.version;
  }

  async #switch(name: string, version: number, decide: () => Promise<void>): Promise<void> {
    const { registry, smokeTest } = this.#deps;
    const commit = (): Promise<void> => {
      this.#own.set(name, version);
      return decide();
    };
    await registry.activate(name, version, { smokeTest, commit });
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
    await classifiers.announce(name);
  }

  /** At start: activates what the database says where the registry, knowing nothing of it, chose otherwise. */
  async adoptDecisions(): Promise<void> {
    const { registry, classifiers, logger } = this.#deps;
    for (const [name, version] of await classifiers.activeVersions()) {
      const known = registry.list().find((classifier) => classifier.name === name);
      if (!known || known.activeVersion === version) continue;
      await registry.activate(name, version).catch((error: unknown) => {
        logger.error({ err: error, model: name, version }, 'the chosen version cannot be activated; another one answers');
      });
    }
  }

  /** Reads the models directory again and takes over what the database says. */
  async synchronise(): Promise<void> {
    const { registry, classifiers } = this.#deps;
    await registry.reload(await classifiers.activeVersions());
  }

  /** Follows the other processes until stop. */
  async follow(): Promise<void> {
    const { registry, classifiers, logger } = this.#deps;
    this.#unlisten = await classifiers.onChange((name) => {
      void this.#adopt(name, registry).catch((error: unknown) => logger.error({ err: error, model: name }, 'a change of versions could not be taken over'));
    });
  }

  async stop(): Promise<void> {
    await this.#unlisten?.();
    this.#unlisten = undefined;
  }

  async #adopt(name: string | undefined, registry: ClassifierRegistry): Promise<void> {
    if (name === undefined) return this.synchronise();
    const wanted = (await this.#deps.classifiers.activeVersions()).get(name);
    const known = registry.list().find((classifier) => classifier.name === name);
    if (known && (known.activeVersion === wanted || this.#own.get(name) === wanted)) return;
    await this.synchronise();
  }
}
