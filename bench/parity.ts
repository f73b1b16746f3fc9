// Parity with Keras: imports every file that bench/oracle/make_models.py wrote and compares embeddings and probabilities.
//   python bench/oracle/make_models.py /tmp/oracle && node dist/bench/parity.js /tmp/oracle [onnx|tfjs]
// Prints architecture × format: largest absolute difference, relative to the largest value where that is above 1, and import time.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../src/errors.js';
import { normalisationNames } from '../src/importing/architectures.js';
import { detectModelFormat, readLayersFile } from '../src/importing/modelFormat.js';
import { understandLayers, type UnderstoodLayers } from '../src/importing/layersImport.js';
import { writeLayersModel } from '../src/formats/tensorflow/layersFiles.js';
import { cutAtGlobalPooling } from '../src/formats/globalPoolingCut.js';
import { runOnEngine, type EngineResult } from './engineRun.js';
import { runExternal } from './externalParity.js';

const limit = 1e-4;
const files = ['whole.h5', 'whole.keras', 'legacy-weights.h5', 'keras3.weights.h5'];
/** Compared where they are: tf2onnx is not everywhere, and tensorflowjs_converter needs another TensorFlow than ours. */
const filesIfThere = ['tf2onnx.onnx', 'saved_model', 'tfjs-graph'];
const expectedSchema = z.object({
  size: z.int(),
  preprocess: z.enum(normalisationNames),
  images: z.int(),
  embeddings: z.array(z.number()),
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

async function compare(
  folder: string,
  file: string,
): Promise<{ embedding: number; probability: number; seconds: number; architecture: string }> {
  const { size, preprocess, images, ...expected } = expectedSchema.parse(
    JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')),
  );
  const path = join(folder, file);
  const format = await detectModelFormat(path);
  if (format === 'taxon') throw new Error(`${path} is a bundle`);
  const pixels = new Uint8Array(await readFile(join(folder, 'pixels.u8')));
  if (format === 'onnx' || format === 'tfjs-graph' || format === 'saved-model') {
    const found = await runExternal(path, format, { normalisation: preprocess, size }, pixels, images);
    return {
      ...found,
      embedding: difference(
        found.embeddings,
        format === 'saved-model' ? Array.from(expected.probabilities, Math.log) : expected.embeddings,
      ),
      probability: difference(found.probabilities, expected.probabilities),
    };
  }
  const started = performance.now();
  const understood = understandLayers(await readLayersFile(path, format, { topology: join(folder, 'topology.json') }), {
    normalisation: preprocess,
    size,
  });
  const seconds = (performance.now() - started) / 1000;
  const { embeddings, probabilities } = await runLayers(understood, pixels, images);
  return {
    embedding: difference(embeddings, expected.embeddings),
    probability: difference(probabilities, expected.probabilities),
    seconds,
    architecture: understood.architecture,
  };
}

const root = process.argv[2];
if (root === undefined) throw new Error('usage: node dist/bench/parity.js FOLDER [onnx|tfjs]');
const engine = engineSchema.parse(process.argv[3] ?? 'onnx');
console.log(`engine ${engine}; ONNX files and SavedModels are run by the engine that serves them`);
console.log(
  '| model | file | recognised as | embedding | probabilities | import | RSS |\n|---|---|---|---|---|---|---|',
);
let worst = 0;
for (const name of (await readdir(root)).sort()) {
  const there = await readdir(join(root, name));
  for (const file of [...files, ...filesIfThere.filter((candidate) => there.includes(candidate))]) {
    try {
      const { embedding, probability, seconds, architecture } = await compare(join(root, name), file);
      worst = Math.max(worst, embedding, probability);
      const rss = Math.round(process.memoryUsage().rss / 1e6);
      console.log(
        `| ${name} | ${file} | ${architecture} | ${embedding.toExponential(1)} | ${probability.toExponential(1)} | ${seconds.toFixed(1)} s | ${rss} MB |`,
      );
    } catch (error) {
      // A SavedModel needs the tfjs engine; where that was not built, this is no difference to Keras.
      if (!(error instanceof AppError && error.code === 'engine_unavailable')) worst = Infinity;
      console.log(`| ${name} | ${file} | ${error instanceof Error ? error.message : String(error)} |`);
    }
  }
}
if (worst > limit) {
  console.error(`the largest difference, ${worst.toExponential(1)}, is above ${limit}`);
  process.exitCode = 1;
}
