// What an import understood of a TensorFlow graph that becomes an ONNX graph, so that every engine that runs those serves it.
import { basename, dirname } from 'node:path';
import { AppError } from '../../errors.js';
import { invalidModel } from '../../formats/invalidModel.js';
import type { TfGraph } from '../../formats/tensorflow/graphDef.js';
import { readGraphModel } from '../../formats/tensorflow/graphModelGraph.js';
import { modelFileName } from '../../formats/tensorflow/layersFiles.js';
import { savedModelFileName } from '../../formats/tensorflow/savedModelFile.js';
import { readSavedModelGraph } from '../../formats/tensorflow/savedModelGraph.js';
import { convertToOnnx } from '../../formats/tensorflow/toOnnx/convert.js';
import { findArchitecture, layerNamesIn } from '../architectures.js';
import type { ExternalModel } from '../externalModel.js';
import type { PixelOptions } from '../modelFacts.js';
import { understandModel } from '../onnx/onnxImport.js';

/** Where the graph leaves its size open: what the user says, else the size of the network that its names show. */
function openSide({ nodes, functions }: TfGraph, { size }: PixelOptions): number {
  const names = [...nodes.keys(), ...[...functions.values()].flatMap((called) => [...called.nodes.keys()])];
  return size ?? findArchitecture(layerNamesIn(names))?.size ?? 224;
}

function convert(graph: TfGraph, path: string, options: PixelOptions): ReturnType<typeof convertToOnnx> {
  const side = openSide(graph, options);
  try {
    return convertToOnnx(graph, { height: side, width: side }, options.output);
  } catch (error) {
    throw error instanceof AppError ? invalidModel(`${path}: ${error.detail}`, error) : error;
  }
}

const folderOf = (given: string, fileName: string): string => (basename(given) === fileName ? dirname(given) : given);

/**
 * Reads, converts and cuts a tfjs graph model or a SavedModel, given by its folder or its main file, and writes its parts into folders of
 * `scratch`. Throws AppError invalid_model naming the file, and the operation where one cannot be converted.
 */
export async function understandConverted(
  given: string,
  format: 'tfjs-graph' | 'saved-model',
  scratch: string,
  options: PixelOptions = {},
): Promise<ExternalModel> {
  const isSavedModel = format === 'saved-model';
  const directory = folderOf(given, isSavedModel ? savedModelFileName : modelFileName);
  const graph = await (isSavedModel ? readSavedModelGraph(directory) : readGraphModel(directory));
  return understandModel(convert(graph, directory, options), directory, scratch, options);
}
