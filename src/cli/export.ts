// taxon export NAME: a classifier's version for other programs.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { exportFormats, exportVersion } from '../models/exportModel.js';
import { nameDirectories, type ModelsDirs } from '../models/modelsDirs.js';
import { fetchVersion, listVersions, type Version } from '../models/versions.js';
import { findActiveVersion } from './activeVersion.js';
import { examples } from './help.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';
import { jsonOption, show } from './output.js';

const optionsSchema = z.object({
  format: z.enum(exportFormats),
  version: z.coerce.number().int().positive().optional(),
  out: z.string().optional(),
  models: z.string().optional(),
  url: z.string().optional(),
  key: z.string().optional(),
  json: z.boolean().optional(),
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
    .option('--version <number>', 'the version (default: the active one; of a folder given with --models the newest)')
    .option('-o, --out <path>', 'where to write (default: NAME-VERSION.FORMAT)')
    .addOption(modelsOption())
    .addOption(
      new Option('--url <url>', 'server to ask for the active version while it has the data directory open').env(
        'TAXON_URL',
      ),
    )
    .addOption(new Option('--key <key>', 'API key for it, where it requires one').env('TAXON_API_KEY'))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'taxon export flowers --format onnx',
        'taxon export flowers --format taxon --version 2 --out flowers.taxon',
      ),
    )
    .action((name: string, options: unknown) => exportNamed(name, optionsSchema.parse(options)));

async function exportNamed(name: string, options: z.infer<typeof optionsSchema>): Promise<void> {
  const { format, version, out, models, url, key } = options;
  // A folder that was named is exported from alone: its newest version, whatever comes with Taxon.
  const modelsDirs = models === undefined ? await modelsDirsFrom(undefined) : { own: models };
  const findActive = async () => (models === undefined ? findActiveVersion(name, { url, key }) : undefined);
  const chosen = await findVersion(modelsDirs, name, version, findActive);
  const path = out ?? `${name}-${chosen.manifest.version}.${format}`;
  await fetchVersion(modelsDirs, chosen);
  await exportVersion(modelsDirs, chosen, format, path);
  const written = { name, version: chosen.manifest.version, format, out: path };
  show(options, written, () => `Wrote ${name} version ${written.version} to ${path}.`);
}

/** The version `given`, else the active one, else the newest. */
async function findVersion(
  dirs: ModelsDirs,
  name: string,
  given: number | undefined,
  findActive: () => Promise<number | undefined>,
): Promise<Version> {
  const { versions } = await listVersions(dirs);
  const own = versions.filter(({ manifest }) => manifest.name === name);
  const number = given ?? (own.length > 1 ? await findActive() : undefined);
  const found = number === undefined ? own.at(-1) : own.find(({ manifest }) => manifest.version === number);
  if (found) return found;
  const code = own.length === 0 ? 'unknown_model' : 'unknown_version';
  const what = `usable ${name}${number === undefined ? '' : ` version ${number}`}`;
  throw new AppError(code, `there is no ${what} in ${nameDirectories(dirs)}`);
}
