// Parity with Keras and other programs: imports every file that bench/oracle/make_models.py, make_imports.py, make_state_dicts.py or make_saved_models.py wrote and compares embeddings and probabilities.
//   python bench/oracle/make_models.py /tmp/oracle && node dist/bench/parity.js /tmp/oracle [onnx|tfjs]
// Prints architecture × format: largest absolute difference, relative to the largest value where that is above 1, and import time.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../src/errors.js';
import { normalisationNames } from '../src/importing/architectures.js';
import { unpackModel } from '../src/importing/modelArchive.js';
import { statedByTeachableMachine } from '../src/importing/statedPixels.js';
import { detectModelFormat, readLayersFile } from '../src/importing/modelFormat.js';
import { understandLayers, type UnderstoodLayers } from '../src/importing/layersImport.js';
import { writeLayersModel } from '../src/formats/tensorflow/layersFiles.js';
import { cutAtGlobalPooling } from '../src/formats/globalPoolingCut.js';
import { runOnEngine, type EngineResult } from './engineRun.js';
import { runExternal } from './externalParity.js';

const files = ['whole.h5', 'whole.keras', 'legacy-weights.h5', 'keras3.weights.h5'];
/** Compared where they are: tf2onnx is not everywhere, and tensorflowjs_converter needs another TensorFlow than ours. */
const filesIfThere = ['tf2onnx.onnx', 'saved_model', 'tfjs-graph'];
const expectedSchema = z.object({
  size: z.int(),
  /** Not where the file says it. */
  preprocess: z.enum(normalisationNames).nullable(),
  /** The model's files, where they are not those of make_models.py. */
  files: z.array(z.string()).optional(),
  /** Which of several outputs is the scores. */
  output: z.string().optional(),
  /** The largest difference that the model's own precision allows. */
  limit: z.number().default(1e-4),
  images: z.int(),
  embeddings: z.array(z.number()).optional(),
  probabilities: z.array(z.number()),
});

const engineSchema = z.enum(['onnx', 'tfjs']);

async function runLayers(understood: UnderstoodLayers, pixels: Uint8Array, count: number): Promise<EngineResult> {
  const { backbone, head } = cutAtGlobalPooling(understood.model);
  const directory = await mkdtemp(join(tmpdir(), 'taxon-parity-'));
  try {
    await writeLayersModel(directory, backbone);
    return await runOnEngine(engine, join(directory, 'cache'), { ...understood, directory, head }, pixels, count);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The largest |a - b| / max(1, largest |b|): absolute where values are of order one, as probabilities are. */
function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(1, ...expected.map(Math.abs));
  return found.length === expected.length
    ? Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / scale
    : Infinity;
}

interface Comparison {
  readonly embedding: number | undefined;
  readonly probability: number;
  readonly seconds: number;
  readonly architecture: string;
}

type Expected = z.infer<typeof expectedSchema>;

const readExpected = async (folder: string): Promise<Expected> =>
  expectedSchema.parse(JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')));

/** The model at `path` against what its own framework computed, which `folder` holds. */
async function compare(folder: string, path: string, expected: Expected): Promise<Comparison> {
  const { size, preprocess, images, output } = expected;
  const options = { normalisation: preprocess ?? undefined, size, output };
  const pixels = new Uint8Array(await readFile(join(folder, 'pixels.u8')));
  const against = (
    { embeddings, probabilities }: EngineResult,
    expectedEmbeddings = expected.embeddings,
  ): Pick<Comparison, 'embedding' | 'probability'> => ({
    embedding: expectedEmbeddings && difference(embeddings, expectedEmbeddings),
    probability: difference(probabilities, expected.probabilities),
  });
  const format = await detectModelFormat(path);
  switch (format) {
    case 'taxon':
      throw new Error(`${path} is a bundle`);
    case 'archive':
      return compareInside(folder, path, expected);
    case 'onnx':
    case 'tfjs-graph':
    case 'saved-model': {
      const found = await runExternal(path, format, options, pixels, images, engine);
      const scores = found.runsWhole ? Array.from(expected.probabilities, Math.log) : undefined;
      return { ...found, ...against(found, scores) };
    }
    case 'keras-hdf5':
    case 'keras':
    case 'tfjs-layers':
    case 'safetensors':
    case 'checkpoint': {
      const started = performance.now();
      const topology = expected.files ? undefined : join(folder, 'topology.json');
      const file = await readLayersFile(path, format, { topology });
      const understood = understandLayers(file, options, await statedByTeachableMachine(path));
      const seconds = (performance.now() - started) / 1000;
      const { architecture } = understood;
      return { ...against(await runLayers(understood, pixels, images)), seconds, architecture };
    }
  }
}

async function compareInside(folder: string, path: string, expected: Expected): Promise<Comparison> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-parity-'));
  try {
    return await compare(folder, await unpackModel(path, scratch), expected);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

const root = process.argv[2];
if (root === undefined) throw new Error('usage: node dist/bench/parity.js FOLDER [onnx|tfjs]');
const engine = engineSchema.parse(process.argv[3] ?? 'onnx');
console.log(`engine ${engine}; ONNX files are run by the engine that serves them`);
console.log(
  '| model | file | recognised as | embedding | probabilities | import | RSS |\n|---|---|---|---|---|---|---|',
);
let worst = 0;
const exponential = (value: number | undefined): string => value?.toExponential(1) ?? '';
for (const name of (await readdir(root)).sort()) {
  const folder = join(root, name);
  const expected = await readExpected(folder);
  const there = await readdir(folder);
  for (const file of expected.files ?? [...files, ...filesIfThere.filter((candidate) => there.includes(candidate))]) {
    try {
      const { embedding, probability, seconds, architecture } = await compare(folder, join(folder, file), expected);
      worst = Math.max(worst, Math.max(embedding ?? 0, probability) / expected.limit);
      const rss = Math.round(process.memoryUsage().rss / 1e6);
      console.log(
        `| ${name} | ${file} | ${architecture} | ${exponential(embedding)} | ${exponential(probability)} | ${seconds.toFixed(1)} s | ${rss} MB |`,
      );
    } catch (error) {
      // A SavedModel needs the tfjs engine; where that was not built, this is no difference to Keras.
      if (!(error instanceof AppError && error.code === 'engine_unavailable')) worst = Infinity;
      console.log(`| ${name} | ${file} | ${error instanceof Error ? error.message : String(error)} |`);
    }
  }
}
if (worst > 1) {
  console.error(`the largest difference is ${worst.toPrecision(2)} times what is allowed`);
  process.exitCode = 1;
}
