// saved_model.pb: which value of a TensorFlow SavedModel the image is, and which the class scores.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { invalidModel } from '../invalidModel.js';

/** Where TensorFlow writes the graph inside a SavedModel's folder. */
export const savedModelFileName = 'saved_model.pb';

/** The parts of tensorflow/core/protobuf/{saved_model,meta_graph}.proto that describe the signatures. */
const schema = `
syntax = "proto3";
message SavedModel { repeated MetaGraphDef meta_graphs = 2; }
message MetaGraphDef { MetaInfoDef meta_info_def = 1; map<string, SignatureDef> signature_def = 5; }
message MetaInfoDef { repeated string tags = 4; }
message SignatureDef { map<string, TensorInfo> inputs = 1; map<string, TensorInfo> outputs = 2; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message TensorShapeProto { repeated Dim dim = 2; }
message Dim { int64 size = 1; }
`;
const savedModelType = protobuf.parse(schema, { keepCase: true }).root.lookupType('SavedModel');

/** TensorFlow's number for float32. */
const floatType = 1;
/** The tag of graphs for inference. */
const servingTag = 'serve';
const servingSignature = 'serving_default';

interface TensorInfo {
  readonly name: string;
  readonly dtype: number;
  readonly tensor_shape?: { readonly dim: readonly { readonly size: unknown }[] } | null;
}
interface SignatureDef {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
}
interface SavedModelProto {
  readonly meta_graphs: readonly {
    readonly meta_info_def?: { readonly tags: readonly string[] } | null;
    readonly signature_def: Readonly<Record<string, SignatureDef>>;
  }[];
}

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

function decode(bytes: Uint8Array, path: string): SavedModelProto {
  try {
    return savedModelType.decode(bytes) as unknown as SavedModelProto;
  } catch (cause) {
    throw invalidModel(`${path} cannot be read: it is damaged, or no SavedModel`, cause);
  }
}

function findSignature({ meta_graphs: graphs }: SavedModelProto, path: string): SignatureDef {
  const graph = graphs.find(({ meta_info_def: info }) => info?.tags.includes(servingTag));
  if (!graph) throw invalidModel(`${path} holds no graph with the tag ${servingTag}; save it with model.export(…)`);
  const signatures = Object.entries(graph.signature_def).filter(([name]) => !name.startsWith('__'));
  const [, found] =
    signatures.find(([name]) => name === servingSignature) ?? (signatures.length === 1 ? signatures[0]! : []);
  if (found) return found;
  throw invalidModel(
    `${path} has the signatures ${signatures.map(([name]) => name).join(', ') || '(none)'}; expected ${servingSignature}, or a single one`,
  );
}

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
  const signature = findSignature(decode(await readFile(path), path), path);
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
