// Which classifier answers when a request names none: chosen once and kept in the database, unless the configuration says it.
import type { Logger } from 'pino';
import type { Classifiers } from '../data/classifiers/classifiers.js';
import { AppError } from '../errors.js';
import type { ClassifierRegistry } from './registry.js';

export interface DefaultClassifierDeps {
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly logger: Logger;
}

export class DefaultClassifier {
  constructor(private readonly deps: DefaultClassifierDeps) {}

  /** Has the registry answer with what the database says. */
  async follow(): Promise<void> {
    this.deps.registry.chooseDefault(await this.deps.classifiers.findDefault());
  }

  /**
   * Keeps the classifier that is the default though nobody chose it, so that another one that comes later does not take its
   * place. Does nothing where there is no classifier yet.
   */
  async keep(): Promise<void> {
    const { registry, classifiers, logger } = this.deps;
    if (registry.isDefaultFixed || registry.chosenDefault !== undefined || registry.list().length === 0) return;
    const name = await classifiers.keepDefault(registry.defaultName());
    registry.chooseDefault(name);
    logger.info({ model: name }, 'this is the default classifier from now on');
  }

  /** Throws AppError unknown_model, or conflict where DEFAULT_MODEL decides. */
  choose(name: string): Promise<void> {
    const { registry, classifiers } = this.deps;
    return registry.whileUnchanged(async () => {
      registry.describe(name);
      if (registry.isDefaultFixed)
        throw new AppError('conflict', 'DEFAULT_MODEL says which classifier is the default: change it there.');
      await classifiers.chooseDefault(name);
      registry.chooseDefault(name);
    });
  }
}
