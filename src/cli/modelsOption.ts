// --models: the models directory of a command, where it is not that of the configuration.
import { Option } from 'commander';
import { filesOptionsOf, loadConfig, modelsDirsOf } from '../config.js';
import { openFiles } from '../files/openFiles.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { openModelsDirs } from '../models/openModelsDirs.js';

export const modelsOption = (): Option =>
  new Option('--models <folder>', 'models directory (default: MODELS_DIR; what comes with Taxon is known too)');

/**
 * Those that the server uses, up to date where they mirror a bucket; the one that was given takes the place of its own. Throws AppError
 * storage_unavailable.
 */
export async function modelsDirsFrom(given: string | undefined): Promise<ModelsDirs> {
  const config = loadConfig(process.env);
  const dirs = modelsDirsOf(config);
  if (given !== undefined) return { ...dirs, own: given };
  const options = filesOptionsOf(config);
  if (options.bucket === undefined) return dirs;
  const { models } = await openFiles(options);
  const { modelsDirs } = openModelsDirs(dirs, models, config.S3_MODEL_CACHE_BYTES);
  await modelsDirs.shared?.sync();
  return modelsDirs;
}
