// A tfjs graph model on disk: model.json with TensorFlow's nodes, and the shards with their constants.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { FlowNode } from '../graphFlow.js';
import { invalidModel, parseModel, parseModelJson } from '../invalidModel.js';
import { modelFileName } from './layersFiles.js';
import { byteLengthOf, decodeWeight, weightSpecSchema, type WeightSpec } from './weightBytes.js';
import { openShards } from './shards.js';

/** protobuf's JSON writes 64-bit numbers as strings. */
const integer = z.union([z.string(), z.number()]).transform(Number);
const shapeSchema = z.object({ dim: z.array(z.object({ size: integer.default(0) })).default([]) });

const attributeSchema = z.object({
  b: z.boolean().optional(),
  f: z.number().optional(),
  i: integer.optional(),
  s: z.string().optional(),
  shape: shapeSchema.optional(),
  type: z.union([z.string(), z.number()]).optional(),
  list: z.object({ s: z.array(z.string()).default([]), i: z.array(integer).default([]) }).optional(),
});

const nodeSchema = z.object({
  name: z.string(),
  op: z.string(),
  input: z.array(z.string()).default([]),
  attr: z.record(z.string(), attributeSchema).default({}),
});

const signatureSchema = z.object({
  inputs: z.record(z.string(), z.object({ name: z.string() })).default({}),
  outputs: z.record(z.string(), z.object({ name: z.string() })).default({}),
});
const specSchema = weightSpecSchema.extend({
  dtype: z.enum(['float32', 'int32', 'bool'], 'only constants of float32, int32 and bool are supported'),
});
const fileSchema = z.object({
  modelTopology: z.object({ node: z.array(nodeSchema).min(1) }),
  signature: signatureSchema.nullish(),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string().regex(/^(?!\.\.?$)[\w.-]+$/, 'a file name without a folder')),
      weights: z.array(specSchema),
    }),
  ),
});

type GraphNodeJson = z.infer<typeof nodeSchema>;

/** A node whose values go by the names of nodes: all outputs of a node count as one. */
export interface GraphNode extends FlowNode {
  readonly json: GraphNodeJson;
}

export interface GraphFile {
  readonly directory: string;
  /** In order of calculation. */
  readonly nodes: readonly GraphNode[];
  readonly groups: z.infer<typeof fileSchema>['weightsManifest'];
  readonly signature: z.infer<typeof signatureSchema> | undefined;
}

/** The node that a reference such as `node:0` means. */
export const nodeNameOf = (reference: string): string => reference.replace(/:\d+$/, '');

const toNode = (json: GraphNodeJson): GraphNode => ({
  json,
  // ^node is an order, not a value.
  inputs: json.input.filter((name) => !name.startsWith('^')).map(nodeNameOf),
  outputs: [json.name],
  givesShape: json.op === 'Shape' || json.op === 'Size',
});

/** Every node behind those it takes values from. Throws AppError invalid_model when nodes wait for each other, as in a loop. */
function inOrder(nodes: readonly GraphNode[], path: string): GraphNode[] {
  const waiting = new Map(nodes.map((node) => [node.json.name, node]));
  const ordered: GraphNode[] = [];
  for (let before = -1; waiting.size > 0 && ordered.length !== before;) {
    before = ordered.length;
    for (const [name, node] of waiting) {
      if (node.inputs.some((input) => waiting.has(input))) continue;
      waiting.delete(name);
      ordered.push(node);
    }
  }
  if (waiting.size === 0) return ordered;
  throw invalidModel(
    `${path}: node ${[...waiting.keys()][0]!} waits for its own result; graphs with loops cannot be imported`,
  );
}

/** Reads model.json alone. Throws AppError invalid_model naming the file. */
export async function readGraphFile(directory: string): Promise<GraphFile> {
  const path = join(directory, modelFileName);
  const { modelTopology, signature, weightsManifest } = parseModel(
    fileSchema,
    parseModelJson(await readFile(path, 'utf8'), path),
    path,
  );
  return {
    directory,
    nodes: inOrder(modelTopology.node.map(toNode), path),
    groups: weightsManifest,
    signature: signature ?? undefined,
  };
}

export interface GraphConstant {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

function valuesOf(
  dtype: 'float32' | 'int32' | 'bool',
  spec: WeightSpec,
  bytes: Uint8Array<ArrayBuffer>,
): GraphConstant['data'] {
  if (dtype === 'bool') return Int32Array.from(bytes);
  return dtype === 'int32' && !spec.quantization ? new Int32Array(bytes.buffer) : decodeWeight(spec, bytes);
}

/** All constants by name; those of bool as 0 and 1. Throws AppError invalid_model when a shard is missing or too short. */
export async function readGraphConstants({
  directory,
  groups,
}: GraphFile): Promise<ReadonlyMap<string, GraphConstant>> {
  const constants = new Map<string, GraphConstant>();
  for (const { paths, weights } of groups) {
    const shards = await openShards(paths.map((name) => join(directory, name)));
    try {
      let offset = 0;
      for (const { dtype, ...spec } of weights) {
        const values = { ...spec, dtype: 'float32' as const };
        const length = dtype === 'bool' ? spec.shape.reduce((size, side) => size * side, 1) : byteLengthOf(values);
        if (offset + length > shards.byteLength)
          throw invalidModel(`${directory}: the shards end before constant ${spec.name}; copy all of them`);
        const bytes = await shards.read(offset, length);
        constants.set(spec.name, { shape: spec.shape, data: valuesOf(dtype, values, bytes) });
        offset += length;
      }
    } finally {
      await shards.close();
    }
  }
  return constants;
}
