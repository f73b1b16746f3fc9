// --models: the models directory of a command, where it is not that of the configuration.
import { Option } from 'commander';
import { loadConfig, modelsDirsOf } from '../config.js';
import type { ModelsDirs } from '../models/modelsDirs.js';

export const modelsOption = (): Option =>
  new Option('--models <folder>', 'models directory (default: MODELS_DIR; what comes with Taxon is known too)');

/** Those that the server uses; the one that was given takes the place of its own. */
export const modelsDirsFrom = (given: string | undefined): ModelsDirs => {
  const dirs = modelsDirsOf(loadConfig(process.env));
  return given === undefined ? dirs : { ...dirs, own: given };
};
