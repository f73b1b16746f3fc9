// The path of the Flask tutorial's users, end to end: taxon import of their Keras file, the server on it, an image to POST /classify; then out again.
//   python bench/oracle/make_models.py /tmp/oracle TutorialStyle && PYTHON=python node dist/bench/flaskServer.js /tmp/oracle/TutorialStyle
// Prints the largest absolute difference between the server's probabilities and those that Python computes on the same pixels with
// the original file (Keras) and with each exported file (onnx in onnxruntime, h5 and keras in Keras); the exports of the bundled
// classifier are compared likewise.
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { z } from 'zod';
import { startComparedServer } from './comparedServer.js';
import { loadImages } from './images.js';
import { writePixels } from './networkPixels.js';

const limit = 1e-4;
const exportFormats = ['onnx', 'h5', 'keras'] as const;
const run = promisify(execFile);
const taxon = (...args: string[]): Promise<unknown> => run(process.execPath, ['dist/src/cli/main.js', ...args]);

const expectedSchema = z.object({ size: z.int(), preprocess: z.string(), images: z.int(), classes: z.int() });
const answerSchema = z.strictObject({
  success: z.literal(true),
  predictions: z.array(z.strictObject({ label: z.string(), probability: z.number() })),
});

/** Images of the model's size as PNGs, which every decoder reads alike, and images that our decoder has to resize. */
async function drawImages(folder: string, size: number, count: number): Promise<Buffer[]> {
  const pixels = await readFile(join(folder, 'pixels.u8'));
  const image = pixels.length / count;
  const raw = { width: size, height: size, channels: 3 } as const;
  const exact = Array.from({ length: count }, (_, i) =>
    sharp(pixels.subarray(i * image, (i + 1) * image), { raw })
      .png()
      .toBuffer(),
  );
  return [...(await Promise.all(exact)), ...(await loadImages('../shared/data/clothing/test', 2, 640, 480))];
}

async function classify(url: string, image: Buffer, labels: readonly string[]): Promise<number[]> {
  const form = new FormData();
  form.set('img', new Blob([new Uint8Array(image)]), 'image');
  const response = await fetch(`${url}/classify`, { method: 'POST', body: form });
  const { predictions } = answerSchema.parse(await response.json());
  if (predictions.some(({ label }, i) => label !== labels[i]))
    throw new Error(`the labels came in another order: ${JSON.stringify(predictions)}`);
  return predictions.map(({ probability }) => probability);
}

async function classifyAll(
  models: string,
  dataDir: string,
  images: readonly Buffer[],
  labels: readonly string[],
): Promise<number[][]> {
  const server = await startComparedServer({
    MODELS_DIR: models,
    BUNDLED_MODELS_DIR: 'none',
    DATA_DIR: dataDir,
  });
  try {
    const answers: number[][] = [];
    for (const image of images) answers.push(await classify(server.url, image, labels));
    return answers;
  } finally {
    await server.stop();
  }
}

async function predictInPython(
  folder: string,
  files: readonly string[],
): Promise<Readonly<Record<string, number[][]>>> {
  const { stdout } = await run(process.env['PYTHON'] ?? 'python3', ['bench/oracle/predict.py', folder, ...files], {
    maxBuffer: 1e8,
  });
  return z.record(z.string(), z.array(z.array(z.number()))).parse(JSON.parse(stdout));
}

const differences = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) : Infinity;

interface Served {
  readonly models: string;
  readonly name: string;
  readonly convention: string;
  readonly images: readonly Buffer[];
  /** The Keras file that it was imported from. */
  readonly original?: string;
}

/** The largest difference between the server and Python on the original and on every export. */
async function compare({ models, name, convention, images, original }: Served, scratch: string): Promise<number> {
  const pixels = join(scratch, 'pixels');
  await mkdir(pixels, { recursive: true });
  await writeFile(join(pixels, 'convention'), convention);
  const { labels } = await writePixels(pixels, images, join(models, name, '1'));
  const served = await classifyAll(models, join(scratch, 'data'), images, labels);
  const exported = exportFormats.map((format) => join(scratch, `${name}.${format}`));
  for (const [i, format] of exportFormats.entries())
    await taxon('export', name, '--format', format, '--out', exported[i]!, '--models', models);

  const computed = await predictInPython(pixels, [...(original === undefined ? [] : [original]), ...exported]);
  console.log(
    `\n| ${name} in Python, against POST /classify | ${images.map((_, i) => `image ${i + 1}`).join(' | ')} |\n|---|${'---|'.repeat(images.length)}`,
  );
  const rows = Object.entries(computed).map(([file, values]) => ({
    file,
    row: values.map((image, i) => differences(image, served[i]!)),
  }));
  for (const { file, row } of rows)
    console.log(
      `| ${file === original ? 'the original' : 'exported'} ${file.replace(/.*\./, '.')} | ${row.map((value) => value.toExponential(1)).join(' | ')} |`,
    );
  console.log(`largest probability of each image: ${served.map((image) => Math.max(...image).toFixed(3)).join(', ')}`);
  return Math.max(...rows.flatMap(({ row }) => row));
}

async function importSeed(folder: string, scratch: string): Promise<Served> {
  const {
    size,
    preprocess,
    images: count,
    classes,
  } = expectedSchema.parse(JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')));
  const [models, original] = [join(scratch, 'models'), join(folder, 'whole.h5')];
  await writeFile(join(scratch, 'labels.txt'), Array.from({ length: classes }, (_, i) => `class ${i}`).join('\n'));
  await taxon(
    'import',
    original,
    '--name',
    'tutorial',
    '--labels',
    join(scratch, 'labels.txt'),
    '--preprocess',
    preprocess,
    '--models',
    models,
  );
  return { models, name: 'tutorial', convention: preprocess, images: await drawImages(folder, size, count), original };
}

const folder = process.argv[2];
if (folder === undefined) throw new Error('usage: PYTHON=python node dist/bench/flaskServer.js FOLDER');
const scratch = await mkdtemp(join(tmpdir(), 'taxon-flask-'));
try {
  // The bundled classifier has a temperature, and a graph in the words of Keras 2.
  const clothing: Served = {
    models: 'models',
    name: 'clothing',
    convention: 'inception',
    images: await loadImages('../shared/data/clothing/test', 3, 640, 480),
  };
  const worst = Math.max(
    await compare(await importSeed(folder, scratch), scratch),
    await compare(clothing, await mkdtemp(join(scratch, 'clothing-'))),
  );
  console.log(`largest difference ${worst.toExponential(1)}, limit ${limit}`);
  if (!(worst <= limit)) process.exitCode = 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}
