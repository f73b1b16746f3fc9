// Parity with Keras: imports every file that bench/oracle/make_models.py wrote and compares embeddings and probabilities.
//   python bench/oracle/make_models.py /tmp/oracle && node dist/bench/parity.js /tmp/oracle
// Prints architecture × format: largest absolute difference, relative to the largest value where that is above 1, and import time.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from '../src/engines/onnxRuntime.js';
import { z } from 'zod';
import { AppError } from '../src/errors.js';
import { normalisationNames } from '../src/models/architectures.js';
import { detectFormat, readModelFile } from '../src/models/importFile.js';
import { understandModel } from '../src/models/importModel.js';
import { compilePixels } from '../src/models/onnx/compile.js';
import { splitAtGlobalPooling } from '../src/models/split.js';
import { runForeign } from './foreignParity.js';

const limit = 1e-4;
const files = ['whole.h5', 'whole.keras', 'legacy-weights.h5', 'keras3.weights.h5'];
/** Compared where they are: tf2onnx is not everywhere, and tensorflowjs_converter needs another TensorFlow than ours. */
const filesIfThere = ['tf2onnx.onnx', 'saved_model', 'tfjs-graph'];
const expectedSchema = z.object({
  size: z.int(),
  preprocess: z.enum(normalisationNames),
  pictures: z.int(),
  embeddings: z.array(z.number()),
  probabilities: z.array(z.number()),
});

async function run(bytes: Uint8Array, pixels: Uint8Array, shape: readonly number[]): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1 });
  const output = await session.run({ pixels: new Tensor('uint8', pixels, shape) });
  await session.release();
  return Object.values(output)[0]!.data as Float32Array;
}

/** The largest |a - b| / max(1, largest |b|): absolute where values are of order one, as probabilities are. */
function difference(found: ArrayLike<number>, expected: readonly number[]): number {
  const scale = Math.max(1, ...expected.map(Math.abs));
  return found.length === expected.length ? Math.max(...expected.map((value, i) => Math.abs(value - found[i]!))) / scale : Infinity;
}

async function compare(folder: string, file: string): Promise<{ embedding: number; probability: number; seconds: number; architecture: string }> {
  const { size, preprocess, pictures, ...expected } = expectedSchema.parse(JSON.parse(await readFile(join(folder, 'expected.json'), 'utf8')));
  const path = join(folder, file);
  const format = await detectFormat(path);
  if (format === 'taxon') throw new Error(`${path} is a bundle`);
  const pixels = new Uint8Array(await readFile(join(folder, 'pixels.u8')));
  if (format === 'onnx' || format === 'tfjs-graph' || format === 'saved-model') {
    const found = await runForeign(path, format, { normalisation: preprocess, size }, pixels, pictures);
    return { ...found, embedding: difference(found.embeddings, format === 'saved-model' ? Array.from(expected.probabilities, Math.log) : expected.embeddings), probability: difference(found.probabilities, expected.probabilities) };
  }
  const started = performance.now();
  const understood = understandModel(await readModelFile(path, format, { topology: join(folder, 'topology.json') }), { normalisation: preprocess, size });
  const seconds = (performance.now() - started) / 1000;
  const shape = [pictures, size, size, 3];
  const { model, preprocessing } = understood;
  const embeddings = await run(compilePixels(splitAtGlobalPooling(model).backbone, preprocessing, 'embedding').bytes, pixels, shape);
  const probabilities = await run(compilePixels(model, preprocessing, 'probabilities').bytes, pixels, shape);
  return { embedding: difference(embeddings, expected.embeddings), probability: difference(probabilities, expected.probabilities), seconds, architecture: understood.architecture };
}

const root = process.argv[2];
if (root === undefined) throw new Error('usage: node dist/bench/parity.js FOLDER');
console.log('| model | file | recognised as | embedding | probabilities | import | RSS |\n|---|---|---|---|---|---|---|');
let worst = 0;
for (const name of (await readdir(root)).sort()) {
  const there = await readdir(join(root, name));
  for (const file of [...files, ...filesIfThere.filter((candidate) => there.includes(candidate))]) {
    try {
      const { embedding, probability, seconds, architecture } = await compare(join(root, name), file);
      worst = Math.max(worst, embedding, probability);
      const rss = Math.round(process.memoryUsage().rss / 1e6);
      console.log(`| ${name} | ${file} | ${architecture} | ${embedding.toExponential(1)} | ${probability.toExponential(1)} | ${seconds.toFixed(1)} s | ${rss} MB |`);
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
