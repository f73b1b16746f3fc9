// A version as a .tflite file, as phones run them: float32, float16 or int8, with labels, preprocessing and temperature inside.
import { decodeOnnx } from '../formats/onnx/onnxFile.js';
import { compileHead } from '../formats/onnx/compiler/compile.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { LayersModel } from '../formats/layersModel.js';
import { convertClassifier } from '../formats/tflite/fromOnnx/convert.js';
import { appendFiles, encodeMetadata, metadataName, type ClassifierFacts } from '../formats/tflite/metadata.js';
import type { Preprocessing } from '../image/preprocessing.js';
import type { ActivationRanges } from '../quantization/activationRanges.js';
import { compileBackboneBytes } from './compileBackbone.js';
import type { Manifest } from './manifest.js';

/** float16: weights in half precision. int8: what the activation ranges allow in integers, the rest as float16. */
export type TflitePrecision = 'float32' | 'float16' | 'int8';

export interface TfliteParts {
  readonly manifest: Manifest;
  /** Of the backbone. */
  readonly directory: string;
  /** From the embedding to logits, the temperature in it. */
  readonly head: LayersModel;
  /** Of the backbone's activations, for int8. */
  readonly ranges: ActivationRanges | undefined;
}

const resizings: Readonly<Record<Preprocessing['resize'], (size: string, cropFraction: number) => string>> = {
  stretch: (size) => `the whole image stretched to ${size}`,
  'centre-crop': (size, fraction) =>
    `the middle of the image in ${size}, of which the short side shows ${Number((100 * fraction).toFixed(1))} %`,
  letterbox: (size) => `the whole image in ${size} with black bars`,
};

function factsOf(manifest: Manifest, precision: TflitePrecision): ClassifierFacts {
  const { name, version, labels, preprocessing, temperature, activation, thresholds, license, backbone } = manifest;
  const { height, width, resize, cropFraction } = preprocessing;
  const hasFloatPixels = precision !== 'int8';
  const pixels = `${resizings[resize](`${height} × ${width}`, cropFraction)}, RGB, ${hasFloatPixels ? 'floats from 0 to 255' : 'bytes'}`;
  return {
    name,
    version: String(version),
    description: `An image classifier of ${labels.length} classes (${backbone.architecture}, ${precision}).`,
    license,
    labels,
    input: `${pixels}; normalisation is part of the model.`,
    hasFloatPixels,
    height,
    width,
    details: {
      name,
      version,
      precision,
      labels,
      activation: activation ?? 'softmax',
      temperature,
      ...(thresholds && { thresholds }),
      preprocessing,
      backbone,
      license,
    },
  };
}

/**
 * The bytes of a .tflite file: `image` [1, height, width, 3] RGB from 0 to 255, float32 (int8: uint8) → `probabilities` float32 [1, classes].
 * Throws AppError invalid_model where TFLite lacks an operator, or the activation ranges for int8 are not known.
 */
export async function compileTflite(
  { manifest, directory, head, ranges }: TfliteParts,
  precision: TflitePrecision,
): Promise<Uint8Array> {
  const { backbone, preprocessing, activation = 'softmax' } = manifest;
  if (precision === 'int8' && !ranges)
    throw invalidModel(
      `the activation ranges of the backbone of ${manifest.name} were never measured; run taxon quantize ${manifest.name} --images FOLDER, or export as tflite-float16`,
    );
  const form = precision === 'int8' ? { int8: { ranges: ranges!, pixels: 'bytes' as const } } : {};
  const bytes = await compileBackboneBytes(backbone.id, directory, preprocessing, form);
  const graphs = {
    backbone: decodeOnnx(bytes, directory),
    head: decodeOnnx(compileHead(head, backbone.embeddingSize).bytes, manifest.name),
    activation,
  };
  const { graph, input, output } = convertClassifier(graphs, {
    pixels: precision === 'int8' ? 'uint8' : 'float32',
    storage: precision === 'float32' ? 'float32' : 'float16',
  });
  const facts = factsOf(manifest, precision);
  const model = graph.encode(
    { input, output, description: facts.description },
    { [metadataName]: encodeMetadata(facts) },
  );
  return appendFiles(model, facts);
}
