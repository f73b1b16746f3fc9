// Core ML exports against the server, over HTTP on the same pixels:
//   PYTHON=python node dist/bench/coreml.js MODELS [IMAGES_A_CLASSIFIER [FOLDER_OF_IMAGES]]
// Exports every classifier of the models directory as coreml and coreml-float16, has bench/oracle/coreml.py compute what the files say
// (pip install coremltools pillow), and prints the largest difference of a probability from what POST /v1/classify answers.
// Exits with 1 where a float32 file is further than 1e-3 away. Core ML itself runs on Apple's systems alone and is not part of this.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { exportVersion } from '../src/models/exportModel.js';
import { listVersions, type Version } from '../src/models/versions.js';
import { classify, startComparedServer } from './comparedServer.js';
import { loadImages } from './images.js';
import { writePixels } from './networkPixels.js';

const limit = 1e-3;
const formats = ['coreml', 'coreml-float16'] as const;
const run = promisify(execFile);

const computedSchema = z.object({
  labels: z.array(z.string()),
  probabilities: z.array(z.array(z.number())),
  halves: z.array(z.array(z.number())),
  layers: z.record(z.string(), z.int()),
});
type Computed = z.infer<typeof computedSchema>;

async function computeInPython(folder: string, files: readonly string[]): Promise<readonly Computed[]> {
  const python = process.env['PYTHON'] ?? 'python3';
  const { stdout } = await run(python, ['bench/oracle/coreml.py', folder, ...files], { maxBuffer: 1e9 });
  const found = z.record(z.string(), computedSchema).parse(JSON.parse(stdout));
  return files.map((file) => found[file]!);
}

const largestDifference = (some: readonly number[][], others: readonly number[][]): number =>
  Math.max(...some.flatMap((row, i) => row.map((value, c) => Math.abs(value - others[i]![c]!))));
const bestClass = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const agreeing = (some: readonly number[][], others: readonly number[][]): number =>
  some.filter((row, i) => bestClass(row) === bestClass(others[i]!)).length;

/** Prints a row for each format and gives the largest difference of the float32 file. */
async function compare(
  models: string,
  url: string,
  version: Version,
  images: readonly Buffer[],
  scratch: string,
): Promise<number> {
  const { name, labels } = version.manifest;
  const folder = join(scratch, name);
  await mkdir(folder, { recursive: true });
  await writePixels(folder, images, version.directory);
  const served: number[][] = [];
  for (const image of images) served.push(await classify(url, name, labels, image, 'image/jpeg'));
  const files = formats.map((format) => join(folder, `${format}.mlmodel`));
  for (const [i, format] of formats.entries()) await exportVersion({ own: models }, version, format, files[i]!);
  const computed = await computeInPython(folder, files);
  for (const [i, { labels: found, probabilities, halves, layers }] of computed.entries()) {
    if (found.join() !== labels.join()) throw new Error(`${name}: the file has the labels ${found.join()}`);
    const megabytes = ((await stat(files[i]!)).size / 1e6).toFixed(1);
    const count = Object.values(layers).reduce((sum, many) => sum + many);
    const cells = [
      name,
      formats[i],
      megabytes,
      count,
      largestDifference(probabilities, served).toExponential(1),
      `${agreeing(probabilities, served)} of ${images.length}`,
      largestDifference(halves, served).toExponential(1),
      `${agreeing(halves, served)} of ${images.length}`,
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
  return largestDifference(computed[0]!.probabilities, served);
}

const [models, count = '3', imageFolder = '../shared/data/clothing/test'] = process.argv.slice(2);
if (models === undefined)
  throw new Error('usage: PYTHON=python node dist/bench/coreml.js MODELS [IMAGES_A_CLASSIFIER [FOLDER_OF_IMAGES]]');
const scratch = await mkdtemp(join(tmpdir(), 'taxon-coreml-'));
const server = await startComparedServer({
  MODELS_DIR: models,
  BUNDLED_MODELS_DIR: 'none',
  DATA_DIR: join(scratch, 'data'),
});
try {
  const images = await loadImages(imageFolder, Number(count), 640, 480);
  console.log(
    '| classifier | format | MB | layers | largest difference | same class | layers rounded to float16 | same class |',
  );
  console.log('|---|---|---|---|---|---|---|---|');
  let worst = 0;
  for (const version of (await listVersions({ own: models })).versions)
    worst = Math.max(worst, await compare(models, server.url, version, images, scratch));
  console.log(`largest difference of a float32 file ${worst.toExponential(1)}, limit ${limit}`);
  if (!(worst <= limit)) process.exitCode = 1;
} finally {
  await server.stop();
  await rm(scratch, { recursive: true, force: true });
}
