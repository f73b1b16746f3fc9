// A tfjs graph model read whole, as the graph that TensorFlow had before it was converted.
import { join } from 'node:path';
import { invalidModel } from '../invalidModel.js';
import type { GraphEnd, TfAttribute, TfGraph, TfNode } from './graphDef.js';
import { readGraphConstants, readGraphFile, type GraphConstant, type GraphFile, type GraphNode } from './graphFile.js';
import { modelFileName } from './layersFiles.js';
import { dataTypes, tensorOf, type Tensor } from './tensor.js';

type Json = GraphNode['json']['attr'][string];

/** JSON names the types (DT_INT32), or has their numbers. */
const typeNumber = (type: string | number): number | undefined =>
  typeof type === 'number' ? type : dataTypes[type.replace('DT_', '').toLowerCase() as keyof typeof dataTypes];

/** protobuf's JSON has bytes as base64. */
const textOf = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');

const readAttribute = ({ b, f, i, s, shape, type, list }: Json): TfAttribute => ({
  b,
  f,
  i,
  s: s === undefined ? undefined : textOf(s),
  shape: shape?.dim.map(({ size }) => size),
  type: type === undefined ? undefined : typeNumber(type),
  list: list && { i: list.i, s: list.s.map(textOf) },
});

function readNode({ json }: GraphNode, constants: ReadonlyMap<string, GraphConstant>): TfNode {
  const attr = new Map(Object.entries(json.attr).map(([key, value]) => [key, readAttribute(value)]));
  const values = json.op === 'Const' ? constants.get(json.name) : undefined;
  if (values) {
    const { shape, data } = values;
    const tensor: Tensor =
      data instanceof Float32Array ? { kind: 'float', shape, data } : tensorOf('int32', shape, data);
    attr.set('value', { tensor });
  }
  return { name: json.name, op: json.op, inputs: json.input.filter((name) => !name.startsWith('^')), attr };
}

function findInput(
  nodes: ReadonlyMap<string, TfNode>,
  path: string,
): Pick<TfGraph, 'input' | 'inputShape' | 'inputKind'> {
  const placeholders = [...nodes.values()].filter(({ op }) => op === 'Placeholder');
  const [image, ...others] = placeholders;
  if (!image || others.length > 0)
    throw invalidModel(
      `${path} has ${placeholders.length} inputs (${placeholders.map(({ name }) => name).join(', ')}); expected one, the image`,
    );
  const { type } = image.attr.get('dtype') ?? {};
  const inputShape = image.attr.get('shape')?.shape ?? [];
  if (type !== dataTypes.float || inputShape.length !== 4)
    throw invalidModel(
      `${path}: input ${image.name} has shape [${inputShape.join(', ')}] and TensorFlow's data type ${type ?? '?'}; expected [N, height, width, channels] of float32 (1)`,
    );
  return { input: { key: image.name, reference: image.name }, inputShape, inputKind: 'float' };
}

/** Those that the file states, else every value that no node takes. */
function findOutputs({ nodes, signature }: GraphFile): readonly GraphEnd[] {
  const stated = Object.entries(signature?.outputs ?? {}).map(([key, { name }]) => ({ key, reference: name }));
  if (stated.length > 0) return stated;
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return nodes
    .filter(({ json, inputs }) => inputs.length > 0 && !used.has(json.name))
    .map(({ json: { name } }) => ({ key: name, reference: name }));
}

/** Reads the graph model in a folder. Throws AppError invalid_model naming the file and what is wrong with it. */
export async function readGraphModel(directory: string): Promise<TfGraph> {
  const file = await readGraphFile(directory);
  const constants = await readGraphConstants(file);
  const nodes = new Map(file.nodes.map((node) => [node.json.name, readNode(node, constants)]));
  return {
    nodes,
    functions: new Map(),
    ...findInput(nodes, join(directory, modelFileName)),
    outputs: findOutputs(file),
    variables: new Map(),
  };
}
