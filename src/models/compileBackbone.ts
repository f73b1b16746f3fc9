// A backbone's directory → the ONNX file that the engine loads, cached under a name that changes whenever its content would.
import { join } from 'node:path';
import { backboneId } from './backboneId.js';
import { mainFiles } from './backboneRecord.js';
import { replaceFile } from '../durableFiles.js';
import { readExternal } from './externalBackbone.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { readBackbone } from './modelParts.js';
import { compilePixels, compilerRevision } from '../formats/onnx/compiler/compile.js';
import { readOnnxFile } from '../formats/onnx/onnxFile.js';
import { wrapOnnx } from '../formats/onnx/wrap.js';

/** The cached file's name: a stale one is never found, because the id covers weights and normalisation, the revision our compiler. */
export const compiledFileName = (id: string): string => `${id}.r${compilerRevision}.onnx`;

/**
 * Compiles the backbone in `directory` (a layers model, full or cut at its pooling, or an ONNX graph) into the file `outFile`,
 * which then exists whole or not at all: `pixels` uint8 [N, height, width, 3] → `embedding` float32 [N, embeddingSize].
 * Checks that the backbone is the one named by `id`. Throws AppError invalid_model. Takes about a second and 400 MB for 22 M weights.
 */
export async function compileBackbone(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
  outFile: string,
): Promise<void> {
  await replaceFile(
    outFile,
    (await compileExternal(id, directory, preprocessing)) ?? (await compileLayers(id, directory, preprocessing)),
  );
}

async function compileLayers(id: string, directory: string, preprocessing: Preprocessing): Promise<Uint8Array> {
  const backbone = await readBackbone(directory);
  const found = backboneId(backbone, preprocessing);
  if (found !== id)
    throw invalidModel(`${directory}: its weights belong to backbone ${found}, not to ${id} as its manifest says`);
  return compilePixels(backbone, preprocessing, 'embedding').bytes;
}

async function compileExternal(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
): Promise<Uint8Array | undefined> {
  const record = await readExternal(id, directory, preprocessing);
  if (record === undefined) return undefined;
  if (record.kind !== 'onnx')
    throw invalidModel(
      `backbone ${id} is a ${record.kind} of TensorFlow, which the onnx engine cannot run; start with ENGINE=tfjs, after npm run build:tfjs-native`,
    );
  const model = await readOnnxFile(join(directory, mainFiles.onnx));
  return wrapOnnx(model, preprocessing, { outputName: 'embedding', embeddingSize: record.embeddingSize }).bytes;
}
