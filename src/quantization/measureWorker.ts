// Entry of the thread that measures activation ranges: runs the graph image by image and keeps a histogram of each activation.
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from '../engines/onnxRuntime.js';
import { elementTypes, encodeModel, type ModelProto } from '../formats/onnx/protobuf.js';
import { readOnnxFile } from '../formats/onnx/onnxFile.js';
import { Histogram } from './histogram.js';
import type { MeasureInput, MeasureJob, MeasureReply } from './measureRanges.js';
import { pixelInputs } from './quantizeGraph.js';
import { findQuantizable, wire } from './quantizableValues.js';

const { file, shape, threads, method } = workerData as MeasureJob;
const port = parentPort!;
const reply = (message: MeasureReply): void => port.postMessage(message);

const floats = { tensor_type: { elem_type: elementTypes.float32 } };

/** Every value in `names` becomes an output. */
const exposing = (model: ModelProto, names: readonly string[]): ModelProto => ({
  ...model,
  graph: { ...model.graph, output: names.map((name) => ({ name, type: floats })) },
});

const model = await readOnnxFile(file);
const wiring = wire(model.graph);
const { names } = findQuantizable(wiring, new Set(pixelInputs(wiring).keys()));
const session = await InferenceSession.create(encodeModel(exposing(model, names)), {
  executionProviders: ['cpu'],
  intraOpNumThreads: threads,
  extra: { session: { 'intra_op.allow_spinning': '0' } },
});
const histograms = new Map(names.map((name) => [name, new Histogram()]));
/** Values of one activation that count, of each image, spread over all of it: an odd step meets every channel. */
const sampled = 20_000;
let images = 0;

async function measure(pixels: Uint8Array): Promise<void> {
  const outputs = await session.run({ [session.inputNames[0]!]: new Tensor('uint8', pixels, [1, ...shape]) });
  for (const [name, histogram] of histograms) {
    const values = outputs[name]!.data as Float32Array;
    histogram.add(values, Math.max(1, Math.floor(values.length / sampled) | 1));
  }
  for (const output of Object.values(outputs)) output.dispose();
  images += 1;
}

function finish(): void {
  if (images === 0) {
    reply({ type: 'failed', reason: 'there is no image to measure activation ranges on' });
    return;
  }
  const ranges = Object.fromEntries([...histograms].map(([name, histogram]) => [name, histogram.range(method)]));
  reply({ type: 'done', images, ranges });
}

port.on('message', (pixels: MeasureInput) => {
  if (pixels === null) {
    finish();
    return;
  }
  measure(pixels).then(
    () => reply({ type: 'next' }),
    (error: unknown) => reply({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
  );
});
reply({ type: 'next' });
