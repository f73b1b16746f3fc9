// The .tflite files of a version in TensorFlow Lite's interpreter, beside the answers of the server over HTTP on the same images.
//   PYTHON=python node dist/bench/tflite.js [folder of images] [how many] [models directory] [classifier]
// needs pip install ai-edge-litert==2.3.0 for that Python. Images are drawn where there is no such folder. Prints a table; fails where a
// float32 file is off by more than 1e-3, float16 changes the class of more than one image in a hundred or int8 of one in twenty, or a
// library for phones reads other labels.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { readVersion } from '../src/models/versions.js';
import { startComparedServer } from './comparedServer.js';
import { loadImages } from './images.js';
import { markdownTable } from './markdown.js';
import { decodeAll } from './networkPixels.js';

const mostOff = 1e-3;
const leastAgreement = { tflite: 0.99, 'tflite-float16': 0.99, 'tflite-int8': 0.95 } as const;
const formats = ['tflite', 'tflite-float16', 'tflite-int8'] as const;
type Format = (typeof formats)[number];

const folder = process.argv[2] ?? '../shared/data/clothing/test';
const count = Number(process.argv[3] ?? 100);
const models = process.argv[4] ?? 'models';
const name = process.argv[5] ?? 'clothing';

const run = promisify(execFile);
const answerSchema = z.object({ predictions: z.array(z.object({ label: z.string(), probability: z.number() })) });
const bestSchema = z.tuple([z.string(), z.number()]).nullable();
const computedSchema = z.record(
  z.string(),
  z.object({
    probabilities: z.array(z.array(z.number())),
    labels: z.array(z.string()),
    operators: z.record(z.string(), z.number()),
    seconds: z.number(),
    taskLibrary: bestSchema,
    mediapipe: bestSchema,
  }),
);
type Computed = z.infer<typeof computedSchema>[string];

async function classify(url: string, image: Buffer): Promise<number[]> {
  const form = new FormData();
  form.set('img', new Blob([new Uint8Array(image)]), 'image');
  const response = await fetch(`${url}/classify`, { method: 'POST', body: form });
  return answerSchema.parse(await response.json()).predictions.map(({ probability }) => probability);
}

/** In the order of the labels. */
async function askServer(images: readonly Buffer[], dataDir: string): Promise<number[][]> {
  const server = await startComparedServer({
    MODELS_DIR: models,
    BUNDLED_MODELS_DIR: 'none',
    DEFAULT_MODEL: name,
    DATA_DIR: dataDir,
  });
  try {
    const answers: number[][] = [];
    for (const image of images) answers.push(await classify(server.url, image));
    return answers;
  } finally {
    await server.stop();
  }
}

/** The file of a format; undefined, with the reason on standard error, where the version may not be exported so. */
async function exportTo(format: Format, out: string): Promise<string | undefined> {
  try {
    await run(process.execPath, [
      'dist/src/cli/main.js',
      ...['export', name, '--format', format, '--out', out, '--models', models],
    ]);
    return out;
  } catch (error) {
    if (format !== 'tflite-int8') throw error;
    console.error(`int8 is left out: ${(error as { stderr?: string }).stderr ?? String(error)}`);
    return undefined;
  }
}

const bestOf = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  a.length === b.length ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) : Infinity;

interface Comparison {
  readonly largest: number;
  readonly mean: number;
  readonly agreement: number;
}

function compare({ probabilities }: Computed, served: readonly number[][]): Comparison {
  const off = served.map((row, i) => largestDifference(row, probabilities[i]!));
  const same = served.filter((row, i) => bestOf(row) === bestOf(probabilities[i]!));
  return {
    largest: Math.max(...off),
    mean: off.reduce((sum, value) => sum + value, 0) / off.length,
    agreement: same.length / served.length,
  };
}

/** What phone libraries say of the first image. */
function describeLibraries({ taskLibrary, mediapipe }: Computed): string {
  const found = Object.entries({ 'Task Library': taskLibrary, MediaPipe: mediapipe }).filter(
    ([, best]) => best !== null,
  );
  return found.map(([library, best]) => `${library}: ${best![0]} ${best![1].toFixed(3)}`).join(', ') || 'not installed';
}

/** Whether the libraries that are there name the class that the interpreter's probabilities do. */
const librariesAgree = ({ taskLibrary, mediapipe, labels, probabilities: [first] }: Computed): boolean =>
  [taskLibrary, mediapipe].every((best) => best === null || best[0] === labels[bestOf(first!)]);

const scratch = await mkdtemp(join(tmpdir(), 'taxon-tflite-'));
try {
  const { manifest } = await readVersion(join(models, name, '1'));
  const { height, width } = manifest.preprocessing;
  const images = await loadImages(folder, count, 640, 480);
  const pixels = join(scratch, 'pixels.u8');
  await writeFile(pixels, Buffer.concat(await decodeAll(images, manifest.preprocessing)));
  const served = await askServer(images, join(scratch, 'data'));
  const files = new Map<Format, string>();
  for (const format of formats) {
    const file = await exportTo(format, join(scratch, `${format}.tflite`));
    if (file !== undefined) files.set(format, file);
  }
  const { stdout } = await run(
    process.env['PYTHON'] ?? 'python3',
    ['bench/oracle/tflite.py', pixels, String(height), String(width), ...files.values()],
    { maxBuffer: 1e9 },
  );
  const computed = computedSchema.parse(JSON.parse(stdout));
  const rows = [];
  for (const [format, file] of files) {
    const own = computed[file]!;
    const { largest, mean, agreement } = compare(own, served);
    const isRight =
      agreement >= leastAgreement[format] &&
      (format !== 'tflite' || largest <= mostOff) &&
      own.labels.join('\n') === manifest.labels.join('\n') &&
      librariesAgree(own);
    if (!isRight) process.exitCode = 1;
    rows.push({
      [`${name}, ${manifest.backbone.architecture}, ${images.length} images`]: format,
      MB: ((await stat(file)).size / 1e6).toFixed(1),
      'largest difference': largest.toExponential(1),
      'mean of the largest of each image': mean.toExponential(1),
      'same class': `${(100 * agreement).toFixed(1)} %`,
      'processor ms an image': (1000 * own.seconds).toFixed(0),
      'phone libraries on the first image': describeLibraries(own),
      '': isRight ? 'good' : 'WRONG',
    });
  }
  console.log(markdownTable(rows));
} finally {
  await rm(scratch, { recursive: true, force: true });
}
