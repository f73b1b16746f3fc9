// What a server process has of classifiers, on a fake engine: several of them may share a database and their directories.
import type { TestContext } from 'node:test';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import type { Database } from '../../src/data/database/database.js';
import { ActivationService, type ActivationDeps } from '../../src/serving/activation.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { ClassifierRegistry, type VersionStore } from '../../src/serving/registry.js';
import { silent } from '../support/databases.js';
import { createFakeEngine, type FakeEngine } from './fakeEngine.js';

export interface ServingProcess {
  readonly engine: FakeEngine;
  readonly registry: ClassifierRegistry;
  readonly classifiers: Classifiers;
  readonly activation: ActivationService;
  /** How often the models directories were read. */
  readonly lists: () => number;
}

export interface ServingOptions {
  readonly smokeTest?: ActivationDeps['smokeTest'];
  readonly bundled?: string;
  /** DEFAULT_MODEL. */
  readonly defaultModel?: string;
}

/** Not started yet. */
export function openProcess(
  t: TestContext,
  database: Database,
  modelsDir: string,
  { smokeTest = async () => undefined, bundled, defaultModel = '' }: ServingOptions = {},
): ServingProcess {
  const engine = createFakeEngine(32 * 32 * 3, 2);
  const modelsDirs = { own: modelsDir, bundled };
  let lists = 0;
  const directory = createModelsDirectory(modelsDirs);
  const store: VersionStore = { ...directory, list: () => (lists++, directory.list()) };
  const registry = new ClassifierRegistry(engine, store, silent, { defaultModel, maxIdleVersions: 1 });
  const classifiers = new Classifiers(database);
  const activation = new ActivationService({ registry, classifiers, modelsDirs, smokeTest, logger: silent });
  t.after(() => activation.stop());
  return { engine, registry, classifiers, activation, lists: () => lists };
}
