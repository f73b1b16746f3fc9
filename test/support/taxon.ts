// The `taxon` command as its own process, as a person runs it.
import { spawnSync } from 'node:child_process';

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `taxon …args` to its end, with MODELS_DIR at `modelsDir`. */
export const runTaxon = (modelsDir: string, ...args: readonly string[]): Ended =>
  spawnSync(process.execPath, ['dist/src/cli/main.js', ...args], {
    env: { ...process.env, MODELS_DIR: modelsDir },
    encoding: 'utf8',
  });
