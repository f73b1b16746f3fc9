// Our models in memory → tfjs layers models on the current backend.
import * as layers from '@tensorflow/tfjs-layers';
import { invalidModel } from '../../formats/invalidModel.js';
import { writeKerasTopology } from '../../formats/keras/topology.js';
import type { LayersModel, Weight } from '../../formats/layersModel.js';

/** Throws AppError invalid_model with tfjs' reason when it cannot build the layers or a weight does not fit. */
export async function loadTfjsModel({ topology, weights }: LayersModel): Promise<layers.LayersModel> {
  const artifacts = {
    modelTopology: writeKerasTopology(topology),
    weightSpecs: [...weights].map(([name, { shape }]) => ({ name, shape: [...shape], dtype: 'float32' as const })),
    weightData: [...weights.values()].map(bufferOf),
  };
  try {
    return await layers.loadLayersModel({ load: async () => artifacts });
  } catch (error) {
    throw invalidModel(
      `${topology.name} cannot be loaded by tfjs: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

const bufferOf = ({ data }: Weight): ArrayBuffer =>
  data.buffer.byteLength === data.byteLength ? (data.buffer as ArrayBuffer) : data.slice().buffer;
