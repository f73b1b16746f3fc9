// A checkpoint of torch.save since PyTorch 1.6: a zip with a pickle of the tensors' names and shapes, and their numbers in files beside it.
import { stat } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { invalidModel } from '../invalidModel.js';
import { sizeOf, type Weights } from '../layersModel.js';
import { openZip, type Zip } from '../zipEntries.js';
import { isTensor, readPickle, type Pickled, type PickledTensor } from './pickle.js';
import { bytesPerValue, decodeFloats, type FloatType } from './tensorBytes.js';

const floatTypes: Readonly<Record<string, FloatType>> = {
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  DoubleStorage: 'F64',
};

/** Under which names trainings keep the weights beside their other state. */
const innerNames = ['state_dict', 'model_state_dict', 'model'];

/** The dictionary of tensors, which may be an entry of the dictionary that was saved. */
function stateDict(saved: Pickled, path: string): ReadonlyMap<Pickled, Pickled> {
  if (saved instanceof Map) {
    if ([...saved.values()].some(isTensor)) return saved;
    const inner = innerNames.map((name) => saved.get(name)).find((value) => value instanceof Map);
    if (inner) return stateDict(inner, path);
  }
  throw invalidModel(
    `${path} holds no dictionary of tensors: save it with torch.save(model.state_dict(), "weights.pt")`,
  );
}

/** The tensor's values in row-major order, whatever order they are stored in. */
function ordered(values: Float32Array, { offset, shape, strides }: PickledTensor): Float32Array | undefined {
  const size = sizeOf(shape);
  // Strides of zero would make any number of values of a few.
  if (size > values.length) return undefined;
  const last = shape.reduce((place, side, axis) => place + (side - 1) * strides[axis]!, offset);
  if (size > 0 && last >= values.length) return undefined;
  const contiguous = shape.every((side, axis) => side === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
  if (contiguous) return values.slice(offset, offset + size);
  return Float32Array.from({ length: size }, (_, index) => {
    let [place, rest] = [offset, index];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return values[place]!;
  });
}

async function readTensors(zip: Zip, prefix: string, path: string): Promise<Weights> {
  const pickle = await buffer(await zip.open(`${prefix}data.pkl`));
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  const { size } = await stat(path);
  let claimed = 0;
  for (const [name, tensor] of stateDict(readPickle(pickle, path), path)) {
    if (typeof name !== 'string' || !isTensor(tensor)) continue;
    const type = floatTypes[tensor.storage.type];
    if (type === undefined) continue;
    // Many tensors may be of the same numbers; those of a network are hardly ever.
    claimed += sizeOf(tensor.shape);
    if (claimed > size) throw invalidModel(`${path} has ${size} bytes and claims to hold more weights than that`);
    const bytes = await buffer(await zip.open(`${prefix}data/${tensor.storage.key}`));
    const whole = bytes.length % bytesPerValue[type] === 0;
    const data = whole ? ordered(decodeFloats(bytes, type), tensor) : undefined;
    if (data === undefined) throw invalidModel(`${path}: ${name} has fewer values than its shape needs`);
    weights.set(name, { shape: tensor.shape, data });
  }
  return weights;
}

/** The tensors of floats by name; those of whole numbers, which are counters, are left out. Runs no code of the file. Throws AppError invalid_model. */
export async function readCheckpoint(path: string): Promise<Weights> {
  const zip = await openZip(path);
  try {
    const pickle = zip.names.find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
    if (pickle === undefined) throw invalidModel(`${path} has no data.pkl`);
    const prefix = pickle.slice(0, -'data.pkl'.length);
    const order = zip.names.includes(`${prefix}byteorder`)
      ? (await buffer(await zip.open(`${prefix}byteorder`))).toString()
      : 'little';
    if (order !== 'little') throw invalidModel(`${path} was saved on a machine with ${order}-endian numbers`);
    return await readTensors(zip, prefix, path);
  } finally {
    zip.close();
  }
}
