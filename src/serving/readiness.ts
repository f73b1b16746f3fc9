// Why the server should get no traffic now: what /health/ready and /v2/health/ready answer.
import type { Database } from '../data/database/database.js';
import type { Engine } from '../engines/engine.js';
import { nameDirectories, type ModelsDirs } from '../models/modelsDirs.js';
import type { ClassifierRegistry } from './registry.js';

export interface ReadinessDeps {
  readonly registry: ClassifierRegistry;
  readonly engine: Pick<Engine, 'outage'>;
  readonly database: Pick<Database, 'outage'>;
  readonly modelsDirs: ModelsDirs;
  /** DEFAULT_MODEL; empty: none is named. */
  readonly defaultModel: string;
  readonly isClosing: () => boolean;
  /** See Presence. */
  readonly whyOthersServe: () => string | undefined;
}

/** Gives the reason in a sentence; undefined when the server is ready. */
export const createReadiness =
  ({ registry, engine, database, modelsDirs, defaultModel, isClosing, whyOthersServe }: ReadinessDeps) =>
  (): string | undefined => {
    if (isClosing()) return 'the server is shutting down';
    if (engine.outage !== undefined) return engine.outage;
    if (database.outage !== undefined) return database.outage;
    if (registry.list().length === 0) return `there is no classifier in ${nameDirectories(modelsDirs)}`;
    return missingDefault(registry, defaultModel) ?? missingChoice(registry) ?? whyOthersServe();
  };

/** What is wrong with DEFAULT_MODEL; undefined when it is empty or names a classifier that answers. */
export function missingDefault(registry: ClassifierRegistry, defaultModel: string): string | undefined {
  const names = registry.list().map(({ name }) => name);
  if (defaultModel === '' || names.includes(defaultModel)) return undefined;
  return `DEFAULT_MODEL names "${defaultModel}", which is not installed; there ${names.length === 0 ? 'is no classifier at all' : `are: ${names.join(', ')}`}`;
}

/** The classifier that was chosen can have been taken out of the directories by hand. */
function missingChoice(registry: ClassifierRegistry): string | undefined {
  const names = registry.list().map(({ name }) => name);
  const chosen = registry.defaultName();
  if (names.includes(chosen)) return undefined;
  return `the default classifier "${chosen}" is not installed; choose one with PUT /v1/admin/default-model: ${names.join(', ')}`;
}
