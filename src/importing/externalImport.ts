// A file whose backbone stays another framework's graph: read, cut, verified in the engine that will serve it, and installed.
import { invalidModel } from '../formats/invalidModel.js';
import { writeLayersModel } from '../formats/tensorflow/layersFiles.js';
import { installBackbone } from '../models/backbones.js';
import type { ModelsDirs } from '../models/modelsDirs.js';
import { publishVersion, type Version } from '../models/versions.js';
import type { ExternalFormat } from './modelFormat.js';
import type { ExternalModel } from './externalModel.js';
import type { PixelOptions } from './modelFacts.js';
import { understandOnnx } from './onnx/onnxImport.js';
import { understandGraph } from './tensorflow/graphImport.js';
import { understandSavedModel } from './tensorflow/savedModelImport.js';
import { runScores, verifyExternal } from './verification.js';
import { draftVersion, type InstallOptions } from './versionDraft.js';

const areProbabilities = (scores: Float32Array): boolean =>
  scores.every((value) => value >= 0) && Math.abs(scores.reduce((sum, value) => sum + value, 0) - 1) < 1e-3;

/** A signature does not say whether its scores are probabilities; a run on two images shows it. */
async function readSavedModel(path: string, scratch: string, options: PixelOptions): Promise<ExternalModel> {
  const raw = await understandSavedModel(path, scratch, options, false);
  const scores = await runScores(raw, path, scratch);
  if (scores.every(areProbabilities)) return understandSavedModel(path, scratch, options, true);
  if (scores.every((values) => values.every((value) => value >= 0 && value <= 1)))
    throw invalidModel(
      `${path} gives values between 0 and 1 that do not sum to 1: the sigmoids of classes that do not exclude one another, which cannot be told from scores here; save the model as .keras or ONNX, or without its last sigmoid and import that with --activation sigmoid`,
    );
  return raw;
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
 * Reads a model, cuts it and verifies its parts, which are written into folders of `scratch`. Throws AppError
 * invalid_model naming the file and what is wrong with it; engine_unavailable when only an engine that is not available
 * could serve it.
 */
export async function understandExternal(
  path: string,
  format: ExternalFormat,
  scratch: string,
  options: PixelOptions = {},
): Promise<ExternalModel> {
  const model = await read(path, format, scratch, options);
  await verifyExternal(model, path, scratch);
  return model;
}

/** Keeps the backbone and publishes the head as the next version of the classifier `options.name`. Throws AppError invalid_model. */
export async function installExternal(
  dirs: ModelsDirs,
  model: ExternalModel,
  options: InstallOptions,
): Promise<Version> {
  // Made first: labels that do not fit are found before the backbone is kept.
  const draft = draftVersion(model, 'head', options);
  await installBackbone(dirs, model.backboneId, model.directory);
  return publishVersion(dirs, draft, (directory) => writeLayersModel(directory, model.head));
}
