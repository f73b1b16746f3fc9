// Keras models on disk: .h5 (whole, or weights alone with the topology given) and .keras archives.
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { openZip } from '../zipEntries.js';
import { invalidModel, parseModelJson } from '../invalidModel.js';
import { readKerasTopology } from './topology.js';
import type { LayersModel, Topology } from '../layersModel.js';
import { textAttribute, withHdf5 } from './hdf5.js';
import { layerNamesIn, readKerasWeights } from './weights.js';

/** Finds the topology that a file of weights alone belongs to, by the names of its layers; undefined when none fits. */
export type TopologyFinder = (layerNames: readonly string[]) => Topology | undefined;

/** A Keras HDF5 file. `findTopology` is asked when the file holds weights alone. Throws AppError invalid_model. */
export function readKerasHdf5(path: string, findTopology: TopologyFinder): Promise<LayersModel> {
  return withHdf5(path, (file) => {
    const config = textAttribute(file.root, 'model_config');
    const topology =
      config === undefined
        ? findTopology(layerNamesIn(file))
        : readKerasTopology(parseModelJson(config, `${path}: model_config`), path);
    if (!topology)
      throw invalidModel(
        `${path} holds weights alone; give the model's architecture with --topology FILE (the text of model.to_json())`,
      );
    return { topology, weights: readKerasWeights(file, topology) };
  });
}

/** A Keras 3 archive: config.json and model.weights.h5. Throws AppError invalid_model. */
export async function readKerasArchive(path: string): Promise<LayersModel> {
  const zip = await openZip(path);
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-import-'));
  try {
    const config = await text(await zip.open('config.json'));
    const topology = readKerasTopology(parseModelJson(config, `${path}: config.json`), path);
    const weightsFile = join(scratch, 'model.weights.h5');
    await pipeline(await zip.open('model.weights.h5'), createWriteStream(weightsFile));
    return { topology, weights: await withHdf5(weightsFile, (file) => readKerasWeights({ ...file, path }, topology)) };
  } finally {
    zip.close();
    await rm(scratch, { recursive: true, force: true });
  }
}
