// A backbone's directory → the ONNX file that the engine loads, cached under a name that changes whenever its content would.
import { join } from 'node:path';
import { backboneId } from './backboneId.js';
import { mainFiles } from './backboneRecord.js';
import { replaceFile } from '../durableFiles.js';
import { readExternal } from './externalBackbone.js';
import { withoutPooling } from '../formats/globalPoolingCut.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { readBackbone } from './modelParts.js';
import { compileFeatureMap, compilePixels, compilerRevision } from '../formats/onnx/compiler/compile.js';
import { decodeOnnx, readOnnxFile } from '../formats/onnx/onnxFile.js';
import { encodeModel } from '../formats/onnx/protobuf.js';
import { paddingRevision } from '../formats/onnx/pooledPaddings.js';
import { fingerprintOf, type ActivationRanges } from '../quantization/activationRanges.js';
import { quantizeGraph, quantizerRevision, type PixelRounding } from '../quantization/quantizeGraph.js';
import { wrapFeatureMap, wrapOnnx } from '../formats/onnx/wrap.js';

/** What an int8 graph is made with. */
export interface Quantization {
  readonly ranges: ActivationRanges;
  readonly pixels: PixelRounding;
}

/** What is compiled of a backbone; by default, its embedding in fp32. */
export interface CompiledForm {
  readonly int8?: Quantization;
  /** See BackboneArtifact; never in int8. */
  readonly output?: 'featureMap';
}

/** The cached file's name: a stale one is never found, because it covers weights, normalisation, ranges and the revisions of what wrote it. */
export function compiledFileName(id: string, { int8, output }: CompiledForm = {}): string {
  const revision = `r${compilerRevision}.p${paddingRevision}`;
  if (output === 'featureMap') return `${id}.feature-map.${revision}.onnx`;
  const quantized = int8 ? `.int8-${int8.pixels}-${fingerprintOf(int8.ranges)}.q${quantizerRevision}` : '';
  return `${id}.${revision}${quantized}.onnx`;
}

/**
 * Compiles the backbone in `directory` (a layers model, full or cut at its pooling, or an ONNX graph) into the file `outFile`,
 * which then exists whole or not at all: `pixels` uint8 [N, height, width, 3] → `embedding` float32 [N, embeddingSize]; with `int8`
 * in that precision; or, where that is the form's output, → `featureMap` float32 [N, rows × columns × embeddingSize]. Checks that the backbone is the one named by `id`. Throws AppError invalid_model. Takes about a second and 400 MB for 22 M
 * weights, twice that in int8.
 */
export async function compileBackbone(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
  outFile: string,
  form: CompiledForm = {},
): Promise<void> {
  await replaceFile(outFile, await compileBackboneBytes(id, directory, preprocessing, form));
}

/** What compileBackbone writes. */
export async function compileBackboneBytes(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
  { int8, output }: CompiledForm,
): Promise<Uint8Array> {
  const bytes =
    (await compileExternal(id, directory, preprocessing, output)) ??
    (await compileLayers(id, directory, preprocessing, output));
  return int8 ? quantize(bytes, int8, directory) : bytes;
}

function quantize(bytes: Uint8Array, { ranges, pixels }: Quantization, directory: string): Uint8Array {
  if (ranges.graphRevision !== compilerRevision)
    throw invalidModel(`the activation ranges of ${directory} are of an older release; measure them again`);
  return encodeModel(quantizeGraph(decodeOnnx(bytes, directory), ranges, pixels));
}

async function compileLayers(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
  output: CompiledForm['output'],
): Promise<Uint8Array> {
  const backbone = await readBackbone(directory);
  const found = backboneId(backbone, preprocessing);
  if (found !== id)
    throw invalidModel(`${directory}: its weights belong to backbone ${found}, not to ${id} as its manifest says`);
  if (output === 'featureMap') return compileFeatureMap(withoutPooling(backbone), preprocessing, output).bytes;
  return compilePixels(backbone, preprocessing, 'embedding').bytes;
}

async function compileExternal(
  id: string,
  directory: string,
  preprocessing: Preprocessing,
  output: CompiledForm['output'],
): Promise<Uint8Array | undefined> {
  const record = await readExternal(id, directory, preprocessing);
  if (record === undefined) return undefined;
  if (record.kind !== 'onnx')
    throw invalidModel(
      `backbone ${id} is a ${record.kind} of TensorFlow, which the onnx engine cannot run; start with ENGINE=tfjs, after npm run build:tfjs-native`,
    );
  const model = await readOnnxFile(join(directory, mainFiles.onnx));
  if (output === 'featureMap') return wrapFeatureMap(model, preprocessing, output);
  return wrapOnnx(model, preprocessing, { outputName: 'embedding', embeddingSize: record.embeddingSize }).bytes;
}
