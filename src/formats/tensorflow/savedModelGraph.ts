// A TensorFlow SavedModel read whole: its graph, the functions that it calls, and the values of its variables.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalidModel } from '../invalidModel.js';
import { sizeOf } from '../layersModel.js';
import { openCheckpoint } from './checkpoint.js';
import type { GraphEnd, TfAttribute, TfFunction, TfGraph, TfNode } from './graphDef.js';
import { savedModelFileName } from './savedModelFile.js';
import {
  decodeServingGraph,
  findSignature,
  type AttrValue,
  type FunctionDef,
  type MetaGraphDef,
  type NodeDef,
  type ShapeProto,
  type TensorInfo,
  type TensorProto,
} from './savedModelProto.js';
import { restoredVariables } from './restoredVariables.js';
import { dataTypes, decodeTensor, kindOf, tensorOf, type Tensor } from './tensor.js';

const shapeOf = (shape: ShapeProto | null | undefined): number[] => (shape?.dim ?? []).map(({ size }) => Number(size));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** The values where the tensor lists them one by one. */
function listedValues(tensor: TensorProto): ArrayLike<number> {
  switch (tensor.dtype) {
    case dataTypes.float:
      return tensor.float_val;
    case dataTypes.double:
      return tensor.double_val;
    case dataTypes.int64:
      return tensor.int64_val.map(Number);
    case dataTypes.bool:
      return tensor.bool_val.map(Number);
    case dataTypes.half:
    case dataTypes.bfloat16:
      return decodeTensor(
        tensor.dtype,
        [tensor.half_val.length],
        new Uint8Array(Uint16Array.from(tensor.half_val).buffer),
        'a constant',
      ).data;
    default:
      return tensor.int_val;
  }
}

/** undefined: a constant that is no tensor of numbers. Throws AppError invalid_model naming the node. */
function readConstant(tensor: TensorProto, what: string): Tensor | undefined {
  const kind = kindOf(tensor.dtype);
  if (kind === undefined) return undefined;
  const shape = shapeOf(tensor.tensor_shape);
  if (tensor.tensor_content.length > 0) return decodeTensor(tensor.dtype, shape, tensor.tensor_content, what);
  const listed = listedValues(tensor);
  const size = sizeOf(shape);
  // Of equal values at the end, only the first is written; of none at all, they are zero.
  if (size > maxListed) throw invalidModel(`${what} claims ${size} values that the file does not hold`);
  return tensorOf(
    kind,
    shape,
    Array.from({ length: size }, (_, i) => listed[Math.min(i, listed.length - 1)] ?? 0),
  );
}

/** Constants above this are written as bytes, unless they are one value repeated; weights are variables. */
const maxListed = 2 ** 26;

const readAttribute = (value: AttrValue, what: string): TfAttribute => ({
  i: value.i === undefined ? undefined : Number(value.i),
  f: value.f,
  b: value.b,
  s: value.s && textOf(value.s),
  type: value.type,
  shape: value.shape && !value.shape.unknown_rank ? shapeOf(value.shape) : undefined,
  tensor: value.tensor ? readConstant(value.tensor, what) : undefined,
  strings: value.tensor?.string_val.map(textOf),
  func: value.func?.name,
  list: value.list ? { i: value.list.i.map(Number), s: value.list.s.map(textOf) } : undefined,
});

const readNode = ({ name, op, input, attr }: NodeDef, path: string): TfNode => ({
  name,
  op,
  inputs: input.filter((reference) => !reference.startsWith('^')),
  attr: new Map(Object.entries(attr).map(([key, value]) => [key, readAttribute(value, `${path}: node ${name}`)])),
});

const byName = (nodes: readonly NodeDef[], path: string): ReadonlyMap<string, TfNode> =>
  new Map(nodes.map((node) => [node.name, readNode(node, path)]));

const readFunction = ({ signature, node_def: nodes, ret }: FunctionDef, path: string): TfFunction => ({
  inputs: signature.input_arg.map(({ name }) => name),
  outputs: signature.output_arg.map(({ name }) => ret[name] ?? name),
  nodes: byName(nodes, path),
});

function findInput(inputs: Readonly<Record<string, TensorInfo>>, path: string): readonly [string, TensorInfo] {
  const [only, ...others] = Object.entries(inputs);
  if (only && others.length === 0) return only;
  throw invalidModel(
    `${path} has ${Object.keys(inputs).length} inputs (${Object.keys(inputs).join(', ')}); expected one, the image`,
  );
}

const inputKinds: Readonly<Record<number, TfGraph['inputKind']>> = {
  [dataTypes.float]: 'float',
  [dataTypes.uint8]: 'uint8',
};

function readInput(
  [key, info]: readonly [string, TensorInfo],
  path: string,
): Pick<TfGraph, 'input' | 'inputShape' | 'inputKind'> {
  const [kind, shape] = [inputKinds[info.dtype], shapeOf(info.tensor_shape)];
  if (!kind || shape.length !== 4)
    throw invalidModel(
      `${path}: input ${info.name} has shape [${shape.join(', ')}] and TensorFlow's data type ${info.dtype}; expected [N, height, width, channels] of float32 (1) or uint8 (4): save the model with a signature that takes pixels`,
    );
  return { input: { key, reference: info.name }, inputShape: shape, inputKind: kind };
}

async function readVariables(
  { saver_def: saver }: MetaGraphDef,
  nodes: TfGraph['nodes'],
  functions: TfGraph['functions'],
  directory: string,
): Promise<ReadonlyMap<string, Tensor>> {
  const keys = restoredVariables(nodes, functions, saver?.restore_op_name ?? '');
  const values = new Map<string, Tensor>();
  if (keys.size === 0) return values;
  const checkpoint = await openCheckpoint(join(directory, 'variables', 'variables'));
  for (const [variable, key] of keys) values.set(variable, await checkpoint.read(key));
  return values;
}

/** Reads the graph for inference in a SavedModel's folder. Throws AppError invalid_model naming the file and what is wrong with it. */
export async function readSavedModelGraph(directory: string): Promise<TfGraph> {
  const path = join(directory, savedModelFileName);
  const meta = decodeServingGraph(await readFile(path), path);
  const signature = findSignature(meta, path);
  const outputs = Object.entries(signature.outputs).map(([key, { name }]): GraphEnd => ({ key, reference: name }));
  const nodes = byName(meta.graph_def?.node ?? [], path);
  const functions = new Map(
    (meta.graph_def?.library?.function ?? []).map((one) => [one.signature.name, readFunction(one, path)]),
  );
  return {
    nodes,
    functions,
    ...readInput(findInput(signature.inputs, path), path),
    outputs,
    variables: await readVariables(meta, nodes, functions, directory),
  };
}
