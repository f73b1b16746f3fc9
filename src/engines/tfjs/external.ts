// TensorFlow graphs in their original form: a tfjs graph model run up to its cut, a SavedModel run whole. On the current backend.
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';
import { mainFiles, type BackboneRecord, type GraphEnds } from '../../models/backboneRecord.js';
import type { ExternalKind } from '../../models/externalBackbone.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { readGraphFile } from '../../formats/tensorflow/graphFile.js';
import type { BackboneModel, TfjsRuntime } from './runtime.js';

type ExternalRecord = BackboneRecord & { readonly kind: ExternalKind };

/** Below every float32 probability that is not 0; its logarithm is finite. */
const smallestProbability = 1e-37;

/** Throws AppError invalid_model when TensorFlow cannot load it, or when it is of another engine. */
export async function loadExternal(
  runtime: TfjsRuntime,
  directory: string,
  record: ExternalRecord,
): Promise<BackboneModel> {
  const { id, kind, ends } = record;
  if (kind === 'onnx')
    throw invalidModel(`backbone ${id} is an ONNX graph, which the tfjs engine cannot run; start with ENGINE=onnx`);
  if (ends === undefined) throw invalidModel(`${directory}: its record names neither input nor output of the graph`);
  const model =
    kind === 'graph' ? await loadGraph(directory, ends) : runtime.loadSavedModel(directory, ends.input, ends.output);
  const apply = (pixels: tf.Tensor): tf.Tensor => {
    const rows = tf.reshape(model.apply(pixels), [pixels.shape[0], -1]);
    return ends.logarithm ? tf.log(tf.maximum(rows, smallestProbability)) : rows;
  };
  return { apply, dispose: () => model.dispose() };
}

async function loadGraph(directory: string, { input, output }: GraphEnds): Promise<BackboneModel> {
  const { groups } = await readGraphFile(directory);
  const { modelTopology } = JSON.parse(await readFile(join(directory, mainFiles.graph), 'utf8')) as {
    modelTopology: object;
  };
  const weightSpecs = groups
    .flatMap(({ weights }) => weights)
    .map(({ quantization, ...spec }) => ({ ...spec, ...(quantization && { quantization }) }));
  const shards = await Promise.all(
    groups
      .flatMap(({ paths }) => paths)
      .map(async (name) => Uint8Array.from(await readFile(join(directory, name))).buffer),
  );
  try {
    const model = await loadGraphModel({
      load: async () => ({ format: 'graph-model', modelTopology, weightSpecs, weightData: shards }),
    });
    return {
      apply: (pixels) => model.execute({ [input]: pixels }, output) as tf.Tensor,
      dispose: () => model.dispose(),
    };
  } catch (error) {
    throw invalidModel(
      `${directory} cannot be loaded by tfjs: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}
