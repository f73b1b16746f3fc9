// The `taxon` command as its own process, as a person runs it.
import { spawnSync } from 'node:child_process';
import { environmentOf, type Environment } from './environment.js';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `taxon …args` to its end with `env`, which environmentOf completes. */
export const runTaxonWith = (env: Environment, ...args: readonly string[]): Ended =>
  spawnSync(process.execPath, ['dist/src/cli/main.js', ...args], {
    env: { ...process.env, ...environmentOf(env) },
    encoding: 'utf8',
  });

/** As runTaxonWith, on the models in `modelsDir` and an empty data directory beside them. */
export const runTaxon = (modelsDir: string, ...args: readonly string[]): Ended =>
  runTaxonWith({ MODELS_DIR: modelsDir, DATA_DIR: `${modelsDir}-data` }, ...args);
