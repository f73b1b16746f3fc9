// taxon import PATH: a model that was trained elsewhere becomes the next version of a classifier.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join } from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { normalisationNames, normalisations } from '../importing/architectures.js';
import { importBundle } from '../models/bundle.js';
import { detectModelFormat, readLayersFile, type ExternalFormat, type ModelFormat } from '../importing/modelFormat.js';
import { installExternal, understandExternal } from '../importing/externalImport.js';
import type { ExternalModel } from '../importing/externalModel.js';
import { installLayers, understandLayers } from '../importing/layersImport.js';
import type { ModelFacts, PixelOptions } from '../importing/modelFacts.js';
import type { InstallOptions } from '../importing/versionDraft.js';
import { invalidModel } from '../formats/invalidModel.js';
import { unpackModel } from '../importing/modelArchive.js';
import { statedByTeachableMachine } from '../importing/statedPixels.js';
import { findLabelsBeside, readLabels } from '../importing/labels.js';
import { classifierNameSchema } from '../models/manifest.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import type { Version } from '../models/versions.js';
import { examples } from './help.js';
import { reportInstalled } from './installed.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';
import { jsonOption, show } from './output.js';

const tripleSchema = z
  .string()
  .transform((text) => text.split(',').map(Number))
  .pipe(z.tuple([z.number(), z.number(), z.number()], 'expected three numbers, such as 0.485,0.456,0.406'));

const givenSchema = z.object({
  name: classifierNameSchema.optional(),
  labels: z.string().optional(),
  preprocess: z.enum(normalisationNames).optional(),
  size: z.coerce.number().int().min(16).max(1024).optional(),
  mean: tripleSchema.optional(),
  std: tripleSchema.refine((values) => values.every((value) => value !== 0), 'none of them may be 0').optional(),
  channels: z.enum(['rgb', 'bgr']).optional(),
  activation: z.enum(['softmax', 'sigmoid']).optional(),
  output: z.string().optional(),
  cropFraction: z.coerce.number().gt(0).max(1).optional(),
  resize: z.enum(['stretch', 'centre-crop', 'letterbox']).optional(),
  kernel: z.enum(['nearest', 'linear', 'cubic', 'lanczos3']).optional(),
  topology: z.string().optional(),
  license: z.string().optional(),
  licence: z.string().optional(),
  models: z.string().optional(),
  dryRun: z.boolean().default(false),
  json: z.boolean().optional(),
});
const optionsSchema = givenSchema.transform(({ licence, ...given }) => ({
  ...given,
  license: given.license ?? licence,
}));
type Options = z.infer<typeof optionsSchema>;

export const importCommand = (): Command =>
  new Command('import')
    .description(
      'Install a model: Keras .h5 or .keras, ONNX, a tfjs model, a TensorFlow SavedModel, a zip of one, or a .taxon bundle.',
    )
    .argument('<path>', 'the file or folder')
    .option('-n, --name <name>', "classifier to add a version to (default: the file's name)")
    .option(
      '-l, --labels <path>',
      'labels in the order of the outputs: a text file with one a line, a JSON list, or a folder of class folders (default: what the file says, or a file of labels beside it)',
    )
    .addOption(
      new Option(
        '-p, --preprocess <name>',
        'how the network wants its pixels (default: as the file or its architecture says)',
      ).choices(normalisationNames),
    )
    .option('--mean <r,g,b>', 'of pixels from 0 to 1, in the place of --preprocess: input = (x / 255 - mean) / std')
    .option('--std <r,g,b>', 'their deviation')
    .addOption(new Option('--channels <order>', 'order of the channels').choices(['rgb', 'bgr']))
    .addOption(
      new Option(
        '--activation <name>',
        'what follows the scores where the file has nothing there (default: softmax)',
      ).choices(['softmax', 'sigmoid']),
    )
    .option('--output <name>', 'of an ONNX file with several outputs: which of them is the class scores')
    .option('--size <pixels>', 'side of the square image (default: what the model says)')
    .addOption(
      new Option('--resize <how>', 'how an image becomes that size').choices(['stretch', 'centre-crop', 'letterbox']),
    )
    .option('--crop-fraction <part>', 'of centre-crop: side of the cut to the short side, such as 0.875')
    .addOption(new Option('--kernel <name>', 'interpolation').choices(['nearest', 'linear', 'cubic', 'lanczos3']))
    .option('--topology <file>', 'for files of weights alone: the text of model.to_json()')
    .option('--license <text>', 'terms of the weights (default: what the file says)')
    // For scripts written before the option was spelled as in SPDX.
    .addOption(new Option('--licence <text>').hideHelp())
    .addOption(modelsOption())
    .option('--dry-run', 'show what was understood and install nothing')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      examples(
        'taxon import model.h5 --labels labels.txt --name flowers',
        'taxon import model.onnx --labels ./train --preprocess torch --dry-run',
        'taxon import flowers-3.taxon',
      ),
    )
    .action((path: string, options: unknown) => importPath(path, optionsSchema.parse(options)));

/** A name from the file's: my_Model.h5 becomes my-model. */
const nameFrom = (path: string): string =>
  classifierNameSchema.parse(
    basename(path, extname(path))
      .toLowerCase()
      .replace(/[^a-z0-9._-]+|_+/g, '-')
      .replace(/^[^a-z0-9]+/, ''),
  );

/** Puts the file's name before the message with which `work` refuses it, which names only a layer or weight. */
function naming<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof AppError ? invalidModel(`${path}: ${error.detail}`, error) : error;
  }
}

/** Unpacks a zip and imports the model in it, under the name of the zip. */
async function importArchive(path: string, options: Options): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-import-'));
  try {
    await importPath(await unpackModel(path, scratch), { ...options, name: options.name ?? nameFrom(path) });
  } catch (error) {
    throw error instanceof AppError ? new AppError(error.code, error.detail.replaceAll(scratch, path)) : error;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function importPath(path: string, options: Options): Promise<void> {
  const modelsDirs = await modelsDirsFrom(options.models);
  const format = await detectModelFormat(path);
  switch (format) {
    case 'taxon':
      return reportInstalled(await importBundle(modelsDirs, path, options.name), options);
    case 'archive':
      return importArchive(path, options);
    case 'onnx':
    case 'tfjs-graph':
    case 'saved-model':
      return importExternal(modelsDirs, path, format, options);
    case 'keras-hdf5':
    case 'keras':
    case 'tfjs-layers': {
      const model = await readLayersFile(path, format, options);
      const stated = await statedByTeachableMachine(path);
      const understood = naming(path, () => understandLayers(model, pixelOptions(options), stated));
      return install(understood, path, format, options, (install) => installLayers(modelsDirs, understood, install));
    }
  }
}

const pixelOptions = (options: Options): PixelOptions => ({ ...options, normalisation: options.preprocess });

/** For a model whose backbone stays another framework's graph: cut, verified in the engine that will serve it, installed. */
async function importExternal(
  modelsDirs: ModelsDirs,
  path: string,
  format: ExternalFormat,
  options: Options,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-import-'));
  try {
    const model = await understandExternal(path, format, scratch, pixelOptions(options));
    await install(model, path, format, options, (install) => installExternal(modelsDirs, model, install));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What was understood of a model, with the labels and the license that the file itself states, if any. */
type Understood = ModelFacts & Partial<Pick<ExternalModel, 'cutAt' | 'labels' | 'license'>>;

async function install(
  understood: Understood,
  path: string,
  format: ModelFormat,
  options: Options,
  publish: (install: InstallOptions) => Promise<Version>,
): Promise<void> {
  if (options.json !== true) console.log(describe(understood));
  if (options.dryRun) {
    show(options, { understood: factsOf(understood), installed: null }, () => 'Dry run: nothing was installed.');
    return;
  }
  const labels =
    options.labels === undefined
      ? (understood.labels ?? (await labelsBeside(path, understood, options)))
      : await readLabels(options.labels);
  if (labels === undefined) throw new Error(`The model has ${understood.classes} outputs; name them with --labels.`);
  const { name = nameFrom(path), license = understood.license ?? 'not stated' } = options;
  const version = await publish({ name, labels, license, provenance: { importedFrom: basename(path), format } });
  await reportInstalled(version, options, { understood: factsOf(understood) });
}

/** Said, because nobody named the file. */
async function labelsBeside(path: string, { classes }: Understood, { json }: Options): Promise<string[] | undefined> {
  const found = await findLabelsBeside(path, classes);
  if (found && json !== true) console.log(`labels         from ${basename(found.file)}`);
  return found?.labels;
}

/** Of the model alone, without its weights. */
const factsOf = ({
  architecture,
  embeddingSize,
  classes,
  activation,
  normalisation,
  preprocessing,
  backboneId,
}: Understood) => ({
  architecture,
  backboneId,
  embeddingSize,
  classes,
  ...(activation === 'sigmoid' && { activation }),
  normalisation,
  preprocessing,
});

function describe({
  architecture,
  layers,
  parameters,
  embeddingSize,
  classes,
  normalisation,
  preprocessing,
  backboneId,
  activation,
  cutAt,
}: Understood): string {
  const { scale, offset, channels, height, width, resize, kernel } = preprocessing;
  const size =
    layers === undefined || parameters === undefined
      ? ''
      : `: ${layers} ${cutAt === undefined ? 'layers' : 'nodes'}, ${(parameters / 1e6).toFixed(1)} million values`;
  const pixels = [
    `pixels         ${normalisation}: ${channels}, × ${scale.map(short).join(', ')}, + ${offset.map(short).join(', ')}`,
    `               (others: ${Object.keys(normalisations).join(', ')}; choose with --preprocess)`,
  ];
  return [
    `architecture   ${architecture}${size}`,
    `backbone       ${embeddingSize} values, ${backboneId}`,
    ...(embeddingSize < fewValues
      ? ['               few values: it answers as the file does, but a training on it can learn little']
      : []),
    ...(cutAt === undefined ? [] : [`cut            at ${cutAt}`]),
    `head           ${classes} classes${activation === 'sigmoid' ? ', which do not exclude one another' : ''}`,
    `image          ${resize} to ${width} × ${height}, ${kernel}`,
    ...(normalisation === 'own' ? ['pixels         0 to 255: the model prepares them itself'] : pixels),
  ].join('\n');
}

/** An embedding of fewer values is class scores, or nearly so; networks for images pool hundreds. */
const fewValues = 64;

const short = (value: number): string => String(Number(value.toPrecision(5)));
