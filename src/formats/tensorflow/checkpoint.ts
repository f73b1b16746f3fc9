// A TensorFlow checkpoint: an index of named tensors, and the files with their bytes (tensorflow/core/util/tensor_bundle, tensor_bundle.proto).
import { open, readFile } from 'node:fs/promises';
import protobuf from 'protobufjs';
import { invalidModel } from '../invalidModel.js';
import { sizeOf } from '../layersModel.js';
import { readSortedTable } from './sortedTable.js';
import { decodeTensor, type Tensor } from './tensor.js';

const schema = `
syntax = "proto3";
message Header { int32 num_shards = 1; int32 endianness = 2; }
message Entry {
  int32 dtype = 1;
  Shape shape = 2;
  int32 shard_id = 3;
  int64 offset = 4;
  int64 size = 5;
  repeated bytes slices = 7;
}
message Shape { repeated Dim dim = 2; }
message Dim { int64 size = 1; }
`;
const { root } = protobuf.parse(schema, { keepCase: true });
const [headerType, entryType] = [root.lookupType('Header'), root.lookupType('Entry')];

interface Entry {
  readonly dtype: number;
  readonly shape?: { readonly dim: readonly { readonly size: unknown }[] } | null;
  readonly shard_id: number;
  readonly offset: unknown;
  readonly size: unknown;
  readonly slices: readonly Uint8Array[];
}

function decode(type: protobuf.Type, bytes: Uint8Array, path: string): unknown {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw invalidModel(`${path} cannot be read: it is damaged`, cause);
  }
}

export interface Checkpoint {
  /** The tensor of that name. Throws AppError invalid_model when there is none, or its bytes are not all there. */
  read(name: string): Promise<Tensor>;
}

/** Opens the checkpoint whose files begin with `prefix`, such as …/variables/variables. Throws AppError invalid_model naming the file. */
export async function openCheckpoint(prefix: string): Promise<Checkpoint> {
  const path = `${prefix}.index`;
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read; a SavedModel keeps its weights there: copy the whole folder`, cause);
  });
  const table = readSortedTable(bytes, path);
  // Its key is empty, so that it is the first.
  const { num_shards: shards, endianness } = decode(headerType, table.get('') ?? new Uint8Array(), path) as {
    num_shards: number;
    endianness: number;
  };
  if (endianness !== 0)
    throw invalidModel(`${path} was written on a big-endian machine, whose numbers Taxon does not read`);
  const shardPath = (shard: number): string =>
    `${prefix}.data-${String(shard).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}`;
  return {
    async read(name) {
      const value = table.get(name);
      if (value === undefined) throw invalidModel(`${path} holds no tensor ${name}, which the graph asks for`);
      const entry = decode(entryType, value, path) as Entry;
      if (entry.slices.length > 0)
        throw invalidModel(
          `${path} keeps ${name} in slices (a partitioned variable); save the model without partitions`,
        );
      const shape = (entry.shape?.dim ?? []).map(({ size }) => Number(size));
      const file = shardPath(entry.shard_id);
      return decodeTensor(entry.dtype, shape, await readPart(file, entry, sizeOf(shape)), `${file}: ${name}`);
    },
  };
}

/** A claim of more bytes than eight for each value is not believed, so that a damaged file allocates nothing. */
async function readPart(path: string, entry: Entry, values: number): Promise<Uint8Array> {
  const [offset, size] = [Number(entry.offset), Number(entry.size)];
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw invalidModel(`${path} cannot be read; copy the whole folder of the SavedModel`, cause);
  });
  try {
    const { size: available } = await file.stat();
    if (offset < 0 || size < 0 || size > 8 * values || offset + size > available)
      throw invalidModel(`${path} is too short or damaged: it has ${available} bytes; copy it again`);
    const bytes = new Uint8Array(size);
    await file.read(bytes, 0, size, offset);
    return bytes;
  } finally {
    await file.close();
  }
}
