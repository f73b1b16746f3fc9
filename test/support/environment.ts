// The environment of a server under test: what the tests say, and nothing of this machine's or of a .env in this clone.
import { configSchema } from '../../src/config.js';
import { bundledModels } from './bundledModels.js';

export type Environment = Readonly<Record<string, string>>;

/** An empty value counts as not set, and keeps one in .env out. */
const unset: Environment = Object.fromEntries(Object.keys(configSchema.shape).map((name) => [name, '']));

/** On a free port of this machine; with the bundled classifier, unless `env` has a MODELS_DIR, which is then alone. */
export const environmentOf = (env: Environment): Environment => ({
  ...unset,
  BUNDLED_MODELS_DIR: env.MODELS_DIR === undefined ? bundledModels : 'none',
  CACHE_DIR: 'dist/test-cache',
  HOST: '127.0.0.1',
  PORT: '0',
  ...env,
});
