// Any head of a layers model, run by tfjs: for the trainer worker.
import * as tf from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { serialiseLayersModel } from '../../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../../formats/layersModel.js';

const chunkRows = 512;

/** Runs any head of tfjs layers on `features` [count, size]: its outputs, [count, classes]. For the trainer worker: it computes where it is called. */
export async function runHead(model: LayersModel, features: Float32Array, count: number): Promise<Float32Array> {
  const loaded = await loadLayersModel(artifactsOf(model));
  const size = features.length / count;
  const chunks: Float32Array[] = [];
  for (let start = 0; start < count; start += chunkRows) {
    const rows = Math.min(chunkRows, count - start);
    tf.tidy(() => {
      const output = loaded.predict(
        tf.tensor2d(features.subarray(start * size, (start + rows) * size), [rows, size]),
      ) as tf.Tensor;
      chunks.push(output.dataSync<'float32'>().slice());
    });
  }
  loaded.dispose();
  return concatenate(chunks);
}

function concatenate(chunks: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

/** The stored form in memory, as tfjs' loaders take it. */
function artifactsOf(model: LayersModel): tf.io.IOHandler {
  const files = serialiseLayersModel(model);
  const { modelTopology, weightsManifest } = JSON.parse(
    Buffer.from(files.get('model.json')!).toString(),
  ) as tf.io.ModelJSON;
  const shards = weightsManifest.flatMap(({ paths }) => paths.map((path) => files.get(path)!));
  const bytes = Buffer.concat(shards);
  return tf.io.fromMemory({
    modelTopology,
    weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
    weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
  });
}
