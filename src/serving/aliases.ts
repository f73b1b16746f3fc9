// Other names of versions, such as `stable` and `canary`: kept in the database, and moved from one version to another between two requests.
import type { Classifiers } from '../data/classifiers/classifiers.js';
import { AppError } from '../errors.js';
import type { ClassifierRegistry } from './registry.js';

export interface AliasDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
}

export class Aliases {
  constructor(private readonly deps: AliasDeps) {}

  /** Has the registry answer with what the database says. */
  async follow(): Promise<void> {
    this.deps.registry.nameAllVersions(await this.deps.classifiers.aliases());
  }

  /**
   * Has `alias` name `version`, whatever it named before, once the version is loaded and has answered. Throws AppError unknown_model,
   * unknown_version, invalid_model, engine_unavailable; the alias then stays where it is.
   */
  async set(name: string, alias: string, version: number): Promise<void> {
    const { registry, classifiers } = this.deps;
    const lease = await registry.acquire(name, version);
    try {
      await registry.whileUnchanged(async () => {
        // It may have been deleted since.
        registry.version(name, version);
        registry.nameVersions(name, await classifiers.setAlias(name, alias, version));
      });
    } finally {
      lease.release();
    }
  }

  /** Throws AppError unknown_model, or unknown_version when the classifier has no such alias. */
  remove(name: string, alias: string): Promise<void> {
    const { registry, classifiers } = this.deps;
    return registry.whileUnchanged(async () => {
      registry.describe(name);
      if (!registry.aliasesOf(name).has(alias))
        throw new AppError('unknown_version', `classifier "${name}" has no alias "${alias}"`);
      registry.nameVersions(name, await classifiers.removeAlias(name, alias));
    });
  }
}
