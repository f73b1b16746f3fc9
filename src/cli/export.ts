// taxon export NAME: a classifier's version for other programs, or its backbone for a server that runs it.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { exportFormats, fileEndings, type ExportFormat } from '../models/exportModel.js';
import { writeModelRepository, type ModelServer } from '../models/modelRepository.js';
import { nameDirectories, type ModelsDirs } from '../models/modelsDirs.js';
import { listVersions, type Version } from '../models/versions.js';
import { exportChecked } from '../serving/checkedExport.js';
import { findActiveVersion } from './activeVersion.js';
import { examples } from './help.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';
import { jsonOption, show } from './output.js';

const optionsSchema = z.object({
  format: z.enum(exportFormats).optional(),
  triton: z.string().optional(),
  ovms: z.string().optional(),
  maxBatchSize: z.coerce.number().int().min(1),
  instances: z.coerce.number().int().min(1),
  version: z.coerce.number().int().positive().optional(),
  out: z.string().optional(),
  models: z.string().optional(),
  url: z.string().optional(),
  key: z.string().optional(),
  json: z.boolean().optional(),
});

type Options = z.infer<typeof optionsSchema>;

export const exportCommand = (): Command =>
  new Command('export')
    .description(
      'Write a version as one file (or, for tfjs, one folder) that other programs read, or its backbone for a server that runs it.',
    )
    .argument('<name>', 'the classifier')
    .addOption(
      new Option(
        '-f, --format <format>',
        'onnx: image in, probabilities out; tfjs; h5 and keras: Keras; tflite, tflite-float16 and tflite-int8: phones; coreml: Apple, with -float16 half as large; taxon: for another Taxon',
      )
        .choices(exportFormats)
        .conflicts(['triton', 'ovms']),
    )
    .addOption(
      new Option(
        '--triton <dir>',
        'add the backbone to this model repository of Triton, for servers with ENGINE=remote',
      ).conflicts('ovms'),
    )
    .option('--ovms <dir>', 'the same for OpenVINO Model Server, with config.json')
    .option('--max-batch-size <images>', 'of --triton: most images that it puts into one run', '32')
    .option('--instances <number>', 'of --triton: runs at the same time on each device', '1')
    .option('--version <number>', 'the version (default: the active one; of a folder given with --models the newest)')
    .option(
      '-o, --out <path>',
      'where to write (default: NAME-VERSION and the ending of the format, for tflite-int8 NAME-VERSION.int8.tflite)',
    )
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
        'taxon export flowers --format tflite-int8',
        'taxon export flowers --format taxon --version 2 --out flowers.taxon',
        'taxon export flowers --triton /srv/triton-models',
      ),
    )
    .action((name: string, options: unknown) => exportNamed(name, optionsSchema.parse(options)));

async function exportNamed(name: string, options: Options): Promise<void> {
  const { version, models, url, key } = options;
  if (options.format === undefined && options.triton === undefined && options.ovms === undefined)
    throw new AppError('invalid_request', 'say what to write: --format, --triton or --ovms');
  // A folder that was named is exported from alone: its newest version, whatever comes with Taxon.
  const modelsDirs = models === undefined ? modelsDirsFrom(undefined) : { own: models };
  const findActive = async () => (models === undefined ? findActiveVersion(name, { url, key }) : undefined);
  const chosen = await findVersion(modelsDirs, name, version, findActive);
  if (options.format === undefined) await exportBackbone(modelsDirs, chosen, options);
  else await exportWhole(modelsDirs, chosen, options.format, options);
}

async function exportWhole(dirs: ModelsDirs, chosen: Version, format: ExportFormat, options: Options): Promise<void> {
  const { name, version } = chosen.manifest;
  const out = options.out ?? `${name}-${version}.${fileEndings[format]}`;
  await exportChecked(dirs, chosen, format, out);
  show(options, { name, version, format, out }, () => `Wrote ${name} version ${version} to ${out}.`);
}

async function exportBackbone(dirs: ModelsDirs, chosen: Version, options: Options): Promise<void> {
  const server: ModelServer = options.triton === undefined ? 'ovms' : 'triton';
  const out = (options.triton ?? options.ovms)!;
  const { name, version } = chosen.manifest;
  const models = await writeModelRepository(dirs, chosen, out, { server, ...options });
  show(
    options,
    { name, version, server, out, models },
    () => `Wrote the backbone of ${name} version ${version} to ${out}: ${models.join(', ')}.`,
  );
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
