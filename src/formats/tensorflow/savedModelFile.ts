// saved_model.pb: which value of a TensorFlow SavedModel the image is, and which the class scores.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidModel } from '../invalidModel.js';
import { decodeServingGraph, findSignature, type TensorInfo } from './savedModelProto.js';

/** Where TensorFlow writes the graph inside a SavedModel's folder. */
export const savedModelFileName = 'saved_model.pb';

/** TensorFlow's number for float32. */
const floatType = 1;

export interface SavedModelEnds {
  /** Names of operations. */
  readonly input: string;
  readonly output: string;
  /** undefined: open. */
  readonly height: number | undefined;
  readonly width: number | undefined;
  readonly classes: number;
}

const sidesOf = ({ tensor_shape: shape }: TensorInfo): (number | undefined)[] =>
  (shape?.dim ?? []).map(({ size }) => (Number(size) > 0 ? Number(size) : undefined));
const operationOf = ({ name }: TensorInfo): string => name.replace(/:0$/, '');
const describe = (sides: readonly (number | undefined)[]): string => `[${sides.map((side) => side ?? '?').join(', ')}]`;

function onlyEntry(entries: Readonly<Record<string, TensorInfo>>, what: string, path: string): TensorInfo {
  const [only, ...others] = Object.values(entries);
  if (only && others.length === 0) return only;
  throw invalidModel(
    `${path} has ${Object.keys(entries).length} ${what} (${Object.keys(entries).join(', ')}); expected one`,
  );
}

/** Reads the signature `serving_default`, or the only one. Throws AppError invalid_model naming the file. */
export async function readSavedModelEnds(directory: string): Promise<SavedModelEnds> {
  const path = join(directory, savedModelFileName);
  const signature = findSignature(decodeServingGraph(await readFile(path), path), path);
  const [input, output] = [onlyEntry(signature.inputs, 'inputs', path), onlyEntry(signature.outputs, 'outputs', path)];
  const [image, scores] = [sidesOf(input), sidesOf(output)];
  if (input.dtype !== floatType || image.length !== 4 || image[3] !== 3)
    throw invalidModel(
      `${path}: input ${input.name} has shape ${describe(image)} and type ${input.dtype}; expected [N, height, width, 3] of float32 (type 1)`,
    );
  if (output.dtype !== floatType || scores.length !== 2 || scores[1] === undefined)
    throw invalidModel(
      `${path}: output ${output.name} has shape ${describe(scores)} and type ${output.dtype}; expected [N, classes] of float32 (type 1)`,
    );
  return {
    input: operationOf(input),
    output: operationOf(output),
    height: image[1],
    width: image[2],
    classes: scores[1],
  };
}
