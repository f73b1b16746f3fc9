// What format a model file or folder has, found from its bytes and not from its name; those made of layers are read here.
import { open, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { inceptionV3TopologyLike } from './inceptionV3Names.js';
import { modelsIn } from './modelArchive.js';
import { describeForeign, describeForeignZip, describeWeights, isCheckpoint, isSafetensors } from './foreignFormats.js';
import { readStateDict } from './torchvision/stateDict.js';
import { openZip } from '../formats/zipEntries.js';
import { invalidModel, parseModelJson } from '../formats/invalidModel.js';
import { readKerasArchive, readKerasHdf5 } from '../formats/keras/files.js';
import { readKerasTopology } from '../formats/keras/topology.js';
import { mainFiles } from '../models/backboneRecord.js';
import { modelFileName, readLayersModel } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../formats/layersModel.js';

/** Formats that become layers. */
export type LayersFormat = 'keras-hdf5' | 'keras' | 'tfjs-layers' | 'safetensors' | 'checkpoint';
/** Formats whose backbone stays another framework's graph. */
export type ExternalFormat = 'onnx' | 'tfjs-graph' | 'saved-model';
/** archive: a zip that holds one of the others. */
export type ModelFormat = LayersFormat | ExternalFormat | 'taxon' | 'archive';

const savedModelFileName = mainFiles['saved-model'];
const hdf5Magic = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');
const zipMagic = Buffer.from('PK\x03\x04', 'latin1');

/** Every exporter writes the file version first: field 1 of the message, a small number. */
const looksLikeOnnx = (bytes: Buffer): boolean => bytes[0] === 0x08 && bytes[1]! >= 3 && bytes[1]! < 32;

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Both formats of tfjs are in a model.json; only a graph model has nodes. */
async function detectTfjs(path: string): Promise<ModelFormat> {
  const parsed = z
    .object({ modelTopology: z.object({ node: z.array(z.unknown()) }) })
    .safeParse(parseModelJson(await readFile(path, 'utf8'), path));
  return parsed.success ? 'tfjs-graph' : 'tfjs-layers';
}

async function detectInFolder(path: string): Promise<ModelFormat> {
  if (await exists(join(path, modelFileName))) return detectTfjs(join(path, modelFileName));
  if (await exists(join(path, savedModelFileName))) return 'saved-model';
  throw invalidModel(
    `${path} is a folder without ${modelFileName} or ${savedModelFileName}; expected a tfjs model or a TensorFlow SavedModel`,
  );
}

/** Keras 3 and PyTorch both save zip files; others are a model in a zip. */
async function detectZip(path: string): Promise<ModelFormat> {
  const zip = await openZip(path);
  zip.close();
  const foreign = describeForeignZip(zip.names, path);
  if (foreign !== undefined) throw invalidModel(foreign);
  if (isCheckpoint(zip.names)) return 'checkpoint';
  return zip.names.includes('config.json') || modelsIn(zip.names).length === 0 ? 'keras' : 'archive';
}

/** Throws AppError invalid_model naming what was expected, or how to bring a model of another format. */
export async function detectModelFormat(path: string): Promise<ModelFormat> {
  const found = await stat(path).catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read`, cause);
  });
  if (found.isDirectory() && path.endsWith('.mlpackage')) throw invalidModel(describeForeign(Buffer.alloc(0), path)!);
  if (found.isDirectory()) return detectInFolder(path);
  if (basename(path) === modelFileName) return detectTfjs(path);
  if (basename(path) === savedModelFileName) return 'saved-model';
  const bytes = await firstBytes(path);
  if (bytes.subarray(0, 8).equals(hdf5Magic)) return 'keras-hdf5';
  if (bytes.subarray(0, 4).equals(zipMagic)) return path.endsWith('.taxon') ? 'taxon' : detectZip(path);
  if (isSafetensors(bytes)) return 'safetensors';
  const foreign = describeForeign(bytes, path);
  if (foreign !== undefined) throw invalidModel(foreign);
  if (path.endsWith('.onnx') || looksLikeOnnx(bytes)) return 'onnx';
  throw invalidModel(
    `${path} is none of the formats that can be imported: Keras .h5 or .keras, ONNX, a tfjs model, a TensorFlow SavedModel, weights of PyTorch, a .taxon bundle`,
  );
}

export interface ReadOptions {
  /** A file with the text of Keras' model.to_json(), for files that hold weights alone. */
  readonly topology?: string | undefined;
}

/** Reads a model of a format that becomes layers. Throws AppError invalid_model. */
export async function readLayersFile(
  path: string,
  format: LayersFormat,
  { topology }: ReadOptions = {},
): Promise<LayersModel> {
  switch (format) {
    case 'tfjs-layers':
      return readLayersModel(basename(path) === modelFileName ? dirname(path) : path);
    case 'keras':
      return readKerasArchive(path);
    case 'safetensors':
    case 'checkpoint':
      return readStateDict(path, format, describeWeights(path, format));
    case 'keras-hdf5': {
      const given =
        topology === undefined
          ? undefined
          : readKerasTopology(parseModelJson(await readFile(topology, 'utf8'), topology), topology);
      return readKerasHdf5(path, (layerNames) => given ?? inceptionV3TopologyLike(layerNames));
    }
  }
}
