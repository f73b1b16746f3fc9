// --models: the models directory of a command, where it is not that of the configuration.
import { Option } from 'commander';
import { loadConfig, modelsDirsOf } from '../config.js';
import type { ModelsDirs } from '../models/modelsDirs.js';

export const modelsOption = (): Option =>
  new Option('--models <folder>', 'models directory (default: MODELS_DIR; what comes with Taxon is known too)');

/** The one that was given alone, else those that the server uses. */
export const modelsDirsFrom = (given: string | undefined): ModelsDirs =>
  given === undefined ? modelsDirsOf(loadConfig(process.env)) : { own: given };
