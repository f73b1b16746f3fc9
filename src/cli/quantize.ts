// taxon quantize NAME: what a version loses in int8 and bf16, found out on a folder of labelled images, so that it may answer in them.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { pino } from 'pino';
import { z } from 'zod';
import { decodersOf, engineChoiceOf, imageLimitsOf, loadConfig, type Config } from '../config.js';
import { startEngine } from '../engines/select.js';
import { AppError } from '../errors.js';
import { createImageDecoder } from '../image/decoder.js';
import { findActivationRanges, keepActivationRanges } from '../models/backboneRanges.js';
import { resolveBackbone } from '../models/backbones.js';
import { loadHead } from '../models/loadHead.js';
import { classifierNameSchema } from '../models/manifest.js';
import { isBundled, type ModelsDirs } from '../models/modelsDirs.js';
import { fetchVersion, listVersions, replaceMetrics, type Version } from '../models/versions.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';
import { spread } from '../spread.js';
import { PrecisionPolicy } from '../serving/precision.js';
import {
  describeCheck,
  isGoodEnough,
  leastCheckedImages,
  precisionChecksMetric,
  precisionChecksOf,
  type PrecisionCheck,
} from '../serving/precisionChecks.js';
import { measureActivationRanges, measuredImages } from '../training/backboneRanges.js';
import { checkPrecisions, type CheckedImage } from '../training/checkPrecisions.js';
import { examples } from './help.js';
import { listImages, type FolderImage } from './imageFolder.js';
import { modelsDirsFrom, modelsOption } from './modelsOption.js';
import { jsonOption, show, tell, type OutputOptions } from './output.js';

const optionsSchema = z.object({
  images: z.string(),
  number: z.coerce.number().int().min(1).optional(),
  measureAgain: z.boolean().default(false),
  models: z.string().optional(),
  json: z.boolean().optional(),
});
type Options = z.infer<typeof optionsSchema>;

export const quantizeCommand = (): Command =>
  new Command('quantize')
    .description('Find out on labelled images whether a version may answer in int8 or bf16, and let it.')
    .argument('<name>', 'the classifier')
    .requiredOption('-i, --images <folder>', 'class folders, or train and test folders with class folders in them')
    .option('--number <version>', 'which version (default: the newest)')
    .option(
      '--measure-again',
      'measure the activation ranges although the backbone has some: other versions on it must then be checked again too',
    )
    .addOption(modelsOption())
    .addOption(jsonOption())
    .addHelpText('after', examples('taxon quantize flowers --images ./photos'))
    .action((name: string, options: unknown) =>
      quantize(classifierNameSchema.parse(name), optionsSchema.parse(options)),
    );

/** Images to measure on, and those that judge: none is in both. */
interface Division {
  readonly measured: readonly FolderImage[];
  readonly checked: readonly FolderImage[];
}

/** Images that judge, at most: these take a minute. */
const mostChecked = 500;

const chanceOf = ({ name }: FolderImage): string => createHash('sha256').update(name).digest('hex');

/** By their splits where they have them, else at random, but the same in each run. */
function divide(images: readonly FolderImage[]): Division {
  const of = (split: FolderImage['split']): FolderImage[] => images.filter((image) => image.split === split);
  const [train, test] = [of('train'), of('test')];
  const drawn = [...images].sort((a, b) => (chanceOf(a) < chanceOf(b) ? -1 : 1));
  const half = Math.min(measuredImages, Math.floor(images.length / 2));
  const given = train.length > 0 && test.length > 0;
  return {
    measured: spread(given ? train : drawn.slice(0, half), measuredImages),
    checked: spread(given ? test : drawn.slice(half), mostChecked),
  };
}

async function findVersion(dirs: ModelsDirs, name: string, number: number | undefined) {
  const { versions } = await listVersions(dirs);
  const own = versions.filter(({ manifest }) => manifest.name === name);
  const version = number === undefined ? own.at(-1) : own.find(({ manifest }) => manifest.version === number);
  if (version === undefined)
    throw new AppError('unknown_version', `there is no ${name}${number === undefined ? '' : ` version ${number}`}`);
  if (isBundled(dirs, version.directory))
    throw new AppError(
      'conflict',
      `${name} version ${version.manifest.version} comes with Taxon, with its own figures, and is only read; what is trained or imported can be quantized`,
    );
  await fetchVersion(dirs, version);
  const { directory } =
    version.manifest.layout === 'full' ? version : await resolveBackbone(dirs, version.manifest.backbone.id, versions);
  return { version, versions, backboneDirectory: directory };
}

async function quantize(name: string, options: Options): Promise<void> {
  const { images: folder, number, measureAgain, models } = options;
  const config = loadConfig(process.env);
  const dirs = await modelsDirsFrom(models);
  const { version, versions, backboneDirectory } = await findVersion(dirs, name, number);
  const images = await listImages(folder);
  const { measured, checked } = divide(images);
  if (checked.length < leastCheckedImages)
    throw new AppError(
      'invalid_dataset',
      `${folder} has ${images.length} images in class folders, of which ${checked.length} would judge; at least ${leastCheckedImages} are needed`,
    );
  const engine = await startEngine(engineChoiceOf(config), { logger: pino({ level: 'silent' }) });
  try {
    const backbone = {
      ...version.manifest.backbone,
      directory: backboneDirectory,
      preprocessing: version.manifest.preprocessing,
    };
    const known = measureAgain ? undefined : await findActivationRanges(dirs, backbone.id, backboneDirectory);
    const measure = async (): Promise<ActivationRanges> => {
      tell(`Measuring activation ranges on ${measured.length} images.`);
      const { cacheDir } = engineChoiceOf(config);
      const pixels = pixelsOf(decode(config, version, measured));
      const ranges = await measureActivationRanges(backbone, cacheDir, pixels, { threads: engine.info.threads });
      await keepActivationRanges(dirs, ranges, versions);
      return ranges;
    };
    const policy = new PrecisionPolicy('auto', engine.info);
    const precisions = policy.candidates(policy.isWanted('int8') ? (known ?? (await measure())) : undefined);
    if (precisions.length === 0) {
      report(version, [], options, `The ${engine.info.engine} engine computes in nothing but fp32 here.`);
      return;
    }
    const { model: head } = await loadHead(version.directory, version.manifest);
    const { labels } = version.manifest;
    const checks = await checkPrecisions(
      engine,
      { backbone, head, labels },
      precisions,
      decode(config, version, checked),
    );
    await record(dirs, version, checks);
    report(
      version,
      checks,
      options,
      `Written into ${name} version ${version.manifest.version}. A running server heeds it after a restart or reload.`,
    );
  } finally {
    await engine.close();
  }
}

async function* pixelsOf(images: AsyncIterable<CheckedImage>): AsyncGenerator<Uint8Array> {
  for await (const { pixels } of images) yield pixels;
}

/** An image that cannot be decoded is named and left out. */
async function* decode(
  config: Config,
  { manifest: { preprocessing } }: Version,
  images: readonly FolderImage[],
): AsyncGenerator<CheckedImage> {
  const decoder = createImageDecoder({ limits: imageLimitsOf(config), concurrency: decodersOf(config) });
  const never = new AbortController().signal;
  try {
    for (const { path, label } of images) {
      try {
        const { pixels } = await decoder.decode(await readFile(path), preprocessing, never, 'request');
        yield { pixels, label };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        console.error(`${path} is left out: ${error.detail}`);
      }
    }
  } finally {
    await decoder.close();
  }
}

/** In place of earlier checks of the same engine. */
async function record(
  dirs: ModelsDirs,
  { directory, manifest }: Version,
  checks: readonly PrecisionCheck[],
): Promise<void> {
  const others = precisionChecksOf(manifest).filter((old) => !checks.some(({ engine }) => engine === old.engine));
  await replaceMetrics(dirs, directory, { ...manifest.metrics, [precisionChecksMetric]: [...others, ...checks] });
}

function report(
  { manifest: { name, version } }: Version,
  checks: readonly PrecisionCheck[],
  output: OutputOptions,
  conclusion: string,
): void {
  const judged = checks.map((check) => ({ ...check, isGoodEnough: isGoodEnough(check) }));
  show(output, { name, version, checks: judged }, () => [...checks.map(describe), conclusion].join('\n'));
}

const describe = (check: PrecisionCheck): string =>
  `${check.precision} on ${check.engine}: ${describeCheck(check)}: ${isGoodEnough(check) ? 'good enough' : 'too little'}`;
