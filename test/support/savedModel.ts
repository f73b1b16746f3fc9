// Small SavedModels written here: a graph with one function, the function that restores its variables, and a checkpoint.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import type { Weight } from '../../src/formats/layersModel.js';
import { schema } from '../../src/formats/tensorflow/savedModelProto.js';

const savedModelType = protobuf.parse(schema, { keepCase: true }).root.lookupType('SavedModel');
const entryTypes = protobuf.parse(
  `syntax = "proto3";
  message Header { int32 num_shards = 1; }
  message Entry { int32 dtype = 1; Shape shape = 2; int32 shard_id = 3; int64 offset = 4; int64 size = 5; }
  message Shape { repeated Dim dim = 2; }
  message Dim { int64 size = 1; }`,
  { keepCase: true },
).root;
const [headerType, entryType] = [entryTypes.lookupType('Header'), entryTypes.lookupType('Entry')];

export type Attributes = Readonly<Record<string, object>>;

/** A node as saved_model.pb has it. */
export interface SketchNode {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Attributes;
}
export const node = (name: string, op: string, input: readonly string[] = [], attr: Attributes = {}): SketchNode => ({
  name,
  op,
  input,
  attr,
});

const shapeOf = (sides: readonly number[]): object => ({ dim: sides.map((size) => ({ size })) });
export const ints = (values: readonly number[]): object => ({ list: { i: values } });
export const text = (value: string): object => ({ s: Buffer.from(value) });
export const integers = (name: string, values: readonly number[]): SketchNode =>
  node(name, 'Const', [], {
    value: { tensor: { dtype: 3, tensor_shape: shapeOf([values.length]), int_val: values } },
  });
const strings = (name: string, values: readonly string[]): SketchNode =>
  node(name, 'Const', [], {
    value: {
      tensor: { dtype: 7, tensor_shape: shapeOf([values.length]), string_val: values.map((one) => Buffer.from(one)) },
    },
  });

/** LevelDB's numbers: seven bits a byte. */
const number = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...number(value >> 7)]);

/** Entries whose keys share their beginnings, as LevelDB writes them. */
function block(entries: readonly (readonly [key: string, value: Uint8Array])[]): Buffer {
  let last = '';
  const bytes = entries.flatMap(([key, value]) => {
    let shared = 0;
    while (shared < last.length && last[shared] === key[shared]) shared++;
    last = key;
    const own = Buffer.from(key.slice(shared));
    return [...number(shared), ...number(own.length), ...number(value.length), ...own, ...value];
  });
  // One restart at 0, then no compression and no checksum.
  return Buffer.from([...bytes, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
}

function table(entries: readonly (readonly [string, Uint8Array])[]): Buffer {
  const data = block(entries);
  const index = block([['~', Buffer.from([...number(0), ...number(data.length - 5)])]]);
  const footer = Buffer.alloc(48);
  footer.set([0, 0, ...number(data.length), ...number(index.length - 5)]);
  footer.writeBigUInt64LE(0xdb4775248b80fb57n, 40);
  return Buffer.concat([data, index, footer]);
}

async function writeCheckpoint(folder: string, values: ReadonlyMap<string, Weight>): Promise<void> {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  const entries = [...values]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { shape, data }]) => {
      const entry = { dtype: 1, shape: shapeOf(shape), shard_id: 0, offset, size: data.byteLength };
      chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      offset += data.byteLength;
      return [key, entryType.encode(entry).finish()] as const;
    });
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'variables.index'),
    table([['', headerType.encode({ num_shards: 1 }).finish()], ...entries]),
  );
  await writeFile(join(folder, 'variables.data-00000-of-00001'), Buffer.concat(chunks));
}

export interface SketchModel {
  /** Sides of the image; -1 is open. */
  readonly inputShape: readonly number[];
  /** TensorFlow's number of the image's type; 1, float32, where it is absent. */
  readonly inputType?: number;
  /** Of the function that the signature calls: it takes `image` and the variables by name. */
  readonly nodes: readonly SketchNode[];
  /** What the function gives, such as softmax:softmax:0. */
  readonly result: string;
  readonly variables: ReadonlyMap<string, Weight>;
}

/** Writes a SavedModel as TensorFlow 2 lays it out into the folder. */
export async function writeSavedModel(
  folder: string,
  { inputShape, inputType = 1, nodes, result, variables }: SketchModel,
): Promise<void> {
  const names = [...variables.keys()];
  const keys = new Map([...variables.values()].map((value, i) => [`layer-${i}/.ATTRIBUTES/VARIABLE_VALUE`, value]));
  const [image, scores] = ['serving_default_image', 'StatefulPartitionedCall'];
  const argument = (name: string): object => ({ name });
  const graph = {
    node: [
      node(image, 'Placeholder'),
      ...names.map((name) => node(name, 'VarHandleOp')),
      node(scores, 'StatefulPartitionedCall', [image, ...names], { f: { func: { name: 'serve' } } }),
      node('file', 'Placeholder'),
      node('restore', 'StatefulPartitionedCall', ['file', ...names], { f: { func: { name: 'restore_all' } } }),
    ],
    library: {
      function: [
        {
          signature: {
            name: 'serve',
            input_arg: [argument('image'), ...names.map(argument)],
            output_arg: [argument('scores')],
          },
          node_def: nodes,
          ret: { scores: result },
        },
        {
          signature: { name: 'restore_all', input_arg: [argument('prefix'), ...names.map(argument)], output_arg: [] },
          node_def: [
            strings('keys', [...keys.keys()]),
            node('restored', 'RestoreV2', ['prefix', 'keys:output:0', 'keys:output:0']),
            ...names.flatMap((name, i) => [
              node(`value_${i}`, 'Identity', [`restored:tensors:${i}`]),
              node(`assign_${i}`, 'AssignVariableOp', [name, `value_${i}:output:0`]),
            ]),
          ],
          ret: {},
        },
      ],
    },
  };
  const end = (name: string, dtype: number, sides: readonly number[]): object => ({
    name: `${name}:0`,
    dtype,
    tensor_shape: shapeOf(sides),
  });
  await writeCheckpoint(join(folder, 'variables'), keys);
  await writeFile(
    join(folder, 'saved_model.pb'),
    savedModelType
      .encode({
        meta_graphs: [
          {
            meta_info_def: { tags: ['serve'] },
            graph_def: graph,
            saver_def: { restore_op_name: 'restore' },
            signature_def: {
              serving_default: {
                inputs: { image: end(image, inputType, inputShape) },
                outputs: { scores: end(scores, 1, [-1, -1]) },
              },
            },
          },
        ],
      })
      .finish(),
  );
}
