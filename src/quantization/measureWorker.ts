// The tasks of the thread that measures activation ranges: runs the graph image by image and keeps a histogram of each activation.
import { workerData } from 'piscina';
import { InferenceSession, Tensor } from '../engines/onnxRuntime.js';
import { elementTypes, encodeModel, type ModelProto } from '../formats/onnx/protobuf.js';
import { readOnnxFile } from '../formats/onnx/onnxFile.js';
import { Histogram } from './histogram.js';
import type { Measured, MeasureJob, MeasureTask } from './measureRanges.js';
import { pixelInputs } from './quantizeGraph.js';
import { findQuantizable, wire } from './quantizableValues.js';

const { file, shape, threads, method } = workerData as MeasureJob;
const floats = { tensor_type: { elem_type: elementTypes.float32 } };

/** Values of one activation that count, of each image, spread over all of it: an odd step meets every channel. */
const sampled = 20_000;

/** Every value in `names` becomes an output. */
const exposing = (model: ModelProto, names: readonly string[]): ModelProto => ({
  ...model,
  graph: { ...model.graph, output: names.map((name) => ({ name, type: floats })) },
});

interface Measurement {
  readonly session: InferenceSession;
  /** By the name of the activation. */
  readonly histograms: ReadonlyMap<string, Histogram>;
}

async function open(): Promise<Measurement> {
  const model = await readOnnxFile(file);
  const wiring = wire(model.graph);
  const { names } = findQuantizable(wiring, new Set(pixelInputs(wiring).keys()));
  const session = await InferenceSession.create(encodeModel(exposing(model, names)), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    extra: { session: { 'intra_op.allow_spinning': '0' } },
  });
  return { session, histograms: new Map(names.map((name) => [name, new Histogram()])) };
}

let opened: Promise<Measurement> | undefined;
let images = 0;

async function measure({ session, histograms }: Measurement, pixels: Uint8Array): Promise<void> {
  const outputs = await session.run({ [session.inputNames[0]!]: new Tensor('uint8', pixels, [1, ...shape]) });
  for (const [name, histogram] of histograms) {
    const values = outputs[name]!.data as Float32Array;
    histogram.add(values, Math.max(1, Math.floor(values.length / sampled) | 1));
  }
  for (const output of Object.values(outputs)) output.dispose();
  images += 1;
}

/** What all images so far gave is worked out for the last task alone; the others have an answer without ranges. */
export default async (pixels: MeasureTask): Promise<Measured> => {
  const measurement = await (opened ??= open());
  if (pixels !== null) {
    await measure(measurement, pixels);
    return { images, ranges: {} };
  }
  if (images === 0) throw new Error('there is no image to measure activation ranges on');
  const ranges = Object.fromEntries(
    [...measurement.histograms].map(([name, histogram]) => [name, histogram.range(method)]),
  );
  return { images, ranges };
};
