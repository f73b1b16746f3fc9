// taxon export NAME: a classifier's version for other programs.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { loadConfig } from '../config.js';
import { AppError } from '../errors.js';
import { exportFormats, exportVersion } from '../models/exportModel.js';
import { listVersions, type Version } from '../models/versions.js';

const optionsSchema = z.object({
  format: z.enum(exportFormats),
  version: z.coerce.number().int().positive().optional(),
  out: z.string().optional(),
  models: z.string().optional(),
});

export const exportCommand = (): Command =>
  new Command('export')
    .description('Write a version as one file (or, for tfjs, one folder) that other programs read.')
    .argument('<name>', 'the classifier')
    .addOption(
      new Option(
        '-f, --format <format>',
        'onnx: image in, probabilities out; tfjs; h5 and keras: Keras; taxon: for another Taxon',
      )
        .choices(exportFormats)
        .makeOptionMandatory(),
    )
    .option('--version <number>', 'the version (default: the newest)')
    .option('-o, --out <path>', 'where to write (default: NAME-VERSION.FORMAT)')
    .option('--models <folder>', 'models directory (default: MODELS_DIR)')
    .action((name: string, options: unknown) => exportNamed(name, optionsSchema.parse(options)));

async function exportNamed(
  name: string,
  { format, version, out, models }: z.infer<typeof optionsSchema>,
): Promise<void> {
  const modelsDir = models ?? loadConfig(process.env).MODELS_DIR;
  const chosen = await findVersion(modelsDir, name, version);
  const path = out ?? `${name}-${chosen.manifest.version}.${format}`;
  await exportVersion(modelsDir, chosen, format, path);
  console.log(`Wrote ${name} version ${chosen.manifest.version} to ${path}.`);
}

async function findVersion(modelsDir: string, name: string, number: number | undefined): Promise<Version> {
  const { versions } = await listVersions(modelsDir);
  const own = versions.filter(({ manifest }) => manifest.name === name);
  const found = number === undefined ? own.at(-1) : own.find(({ manifest }) => manifest.version === number);
  if (found) return found;
  const code = own.length === 0 ? 'unknown_model' : 'unknown_version';
  throw new AppError(code, `${modelsDir} has no usable ${name}${number === undefined ? '' : ` version ${number}`}`);
}
