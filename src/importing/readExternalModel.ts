// A file whose backbone stays another framework's graph: read, cut, and proved in the engine that will serve it.
import type { ExternalFormat } from './importFile.js';
import type { ExternalModel } from './externalModel.js';
import type { PixelOptions } from './importModel.js';
import { understandOnnx } from './onnx/importOnnx.js';
import { understandGraph } from './tensorflow/importGraph.js';
import { understandSavedModel } from './tensorflow/importSavedModel.js';
import { runScores, verifyExternal } from './verification.js';

const areProbabilities = (scores: Float32Array): boolean =>
  scores.every((value) => value >= 0) && Math.abs(scores.reduce((sum, value) => sum + value, 0) - 1) < 1e-3;

/** A signature does not say whether its scores went through a softmax: two images do. */
async function readSavedModel(path: string, scratch: string, options: PixelOptions): Promise<ExternalModel> {
  const raw = await understandSavedModel(path, scratch, options, false);
  const scores = await runScores(raw, path, scratch);
  return scores.every(areProbabilities) ? understandSavedModel(path, scratch, options, true) : raw;
}

function read(path: string, format: ExternalFormat, scratch: string, options: PixelOptions): Promise<ExternalModel> {
  switch (format) {
    case 'onnx':
      return understandOnnx(path, scratch, options);
    case 'tfjs-graph':
      return understandGraph(path, scratch, options);
    case 'saved-model':
      return readSavedModel(path, scratch, options);
  }
}

/**
 * Reads a model, cuts it and tries its parts, which are written into folders of `scratch`. Throws AppError invalid_model naming the
 * file and what is wrong with it; engine_unavailable when only an engine that is not here could serve it.
 */
export async function readExternalModel(
  path: string,
  format: ExternalFormat,
  scratch: string,
  options: PixelOptions = {},
): Promise<ExternalModel> {
  const model = await read(path, format, scratch, options);
  await verifyExternal(model, path, scratch);
  return model;
}
