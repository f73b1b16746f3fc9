// An .onnx file read whole, with the weights that it keeps in files beside it.
import { open, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { invalidModel } from '../invalidModel.js';
import { decodeModel, type ModelProto, type TensorProto } from './protobuf.js';

/** No protobuf message may be longer, and we pack the weights into one. */
const maxBytes = 2 ** 31 - 1;
/** From here on Mul and Add broadcast as they do today; ONNX Runtime promises nothing for older files. */
const oldestOpset = 7;
/** onnx.proto's TensorProto.DataLocation. */
const external = 1;

const tooLarge = (path: string, bytes: number): Error =>
  invalidModel(
    `${path} has ${(bytes / 2 ** 30).toFixed(1)} GB of weights; an ONNX model must stay below 2 GB: store it in float16, or take a smaller network`,
  );

/** The operator set of ONNX' own operators. */
export const opsetOf = ({ opset_import: sets }: ModelProto): number =>
  Number(sets.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0);

/** Reads and checks a file. Throws AppError invalid_model naming it. */
export async function readOnnxFile(path: string): Promise<ModelProto> {
  const { size } = await stat(path);
  if (size > maxBytes) throw tooLarge(path, size);
  const model = decodeOnnx(await readFile(path), path);
  const opset = opsetOf(model);
  if (opset < oldestOpset)
    throw invalidModel(
      `${path} uses operator set ${opset}; at least ${oldestOpset} is needed: export it again with a newer exporter`,
    );
  return readExternalWeights(model, path, size);
}

/** The model in the bytes of a file; `path` is for the message. Throws AppError invalid_model. */
export function decodeOnnx(bytes: Uint8Array, path: string): ModelProto {
  try {
    // Named one by one: an empty list is no own property of a decoded message, and a copy would lack it.
    const { graph, ir_version, producer_name, opset_import, metadata_props, functions } = decodeModel(bytes);
    if (graph !== null && graph.node.length > 0)
      return { ir_version, producer_name, opset_import, metadata_props, functions: functions ?? [], graph };
  } catch (cause) {
    throw invalidModel(`${path} cannot be read: it is damaged, or no ONNX file`, cause);
  }
  throw invalidModel(`${path} cannot be read: it holds no graph; it is damaged, or no ONNX file`);
}

async function readExternalWeights(model: ModelProto, path: string, size: number): Promise<ModelProto> {
  if (!model.graph.initializer.some(({ data_location: location }) => location === external)) return model;
  const places = model.graph.initializer.map((tensor) =>
    tensor.data_location === external ? placeOf(tensor, path) : undefined,
  );
  const total = places.reduce((sum, place) => sum + (place?.length ?? 0), size);
  if (total > maxBytes) throw tooLarge(path, total);
  const initializer: TensorProto[] = [];
  for (const [i, tensor] of model.graph.initializer.entries()) {
    const place = places[i];
    initializer.push(
      place
        ? {
            name: tensor.name,
            dims: tensor.dims,
            data_type: tensor.data_type,
            raw_data: await readPlace(place, tensor.name),
          }
        : tensor,
    );
  }
  return { ...model, graph: { ...model.graph, initializer } };
}

interface Place {
  readonly path: string;
  readonly offset: number;
  readonly length: number;
}

/** Where a tensor's bytes are. The file name is untrusted: only a file beside the model is accepted. */
function placeOf({ name, external_data: entries = [] }: TensorProto, path: string): Place {
  const value = (key: string): string | undefined => entries.find((entry) => entry.key === key)?.value;
  const location = value('location') ?? '';
  if (!/^(?!\.\.?$)[^/\\]+$/.test(location))
    throw invalidModel(
      `${path}: tensor ${name} is kept in "${location}"; expected the name of a file in the same folder`,
    );
  const [offset, length] = [Number(value('offset') ?? 0), Number(value('length') ?? NaN)];
  if (Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)
    return { path: join(dirname(path), location), offset, length };
  throw invalidModel(`${path}: tensor ${name} does not say where in ${location} it begins and how long it is`);
}

async function readPlace({ path, offset, length }: Place, name: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw invalidModel(`${path}, which holds tensor ${name}, cannot be read; put it beside the .onnx file`, cause);
  });
  try {
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, offset);
    if (bytesRead === length) return bytes;
    throw invalidModel(`${path} is too short for tensor ${name}: it needs ${offset + length} bytes`);
  } finally {
    await file.close();
  }
}
