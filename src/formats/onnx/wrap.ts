// An imported ONNX graph wrapped so that it takes our pixels and gives a vector, as the graphs that we compile do.
import type { EndActivation } from '../globalPoolingCut.js';
import { invalidModel } from '../invalidModel.js';
import type { LayersModel } from '../layersModel.js';
import type { Preprocessing } from '../../image/preprocessing.js';
import { emitLayers, emitPixels, type Compiled } from './compiler/compile.js';
import { Graph, int, ints, valueInfo } from './compiler/graph.js';
import { findFeatureMap, upToFeatureMap } from './featureMap.js';
import { opsetOf } from './onnxFile.js';
import { keepPooledPaddings } from './pooledPaddings.js';
import { readImageInput, type ImageInput } from './imageInput.js';
import {
  elementTypes,
  encodeModel,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
} from './protobuf.js';

/** The first operator set in which an operator means what our emitters expect, for those that changed after the oldest one that we read. */
const neededOpset: Readonly<Record<string, number>> = { Clip: 11, Gelu: 20 };
/** From this version on, constants need not be listed among the inputs. */
const oldestIrVersion = 4;

/** Our pixels as the graph's own input. A graph that takes bytes prepares them itself: scale and offset say what it does. */
function emitImage(graph: Graph, { type, layout }: ImageInput, preprocessing: Preprocessing): string {
  const { height, width } = preprocessing;
  if (type === 'uint8') {
    const { name } = graph.input('pixels', 'uint8', [height, width, 3]);
    return layout === 'NHWC' ? name : graph.node('Transpose', [name], { perm: ints([0, 3, 1, 2]) });
  }
  const planes = emitPixels(graph, preprocessing).name;
  const ordered = layout === 'NCHW' ? planes : graph.node('Transpose', [planes], { perm: ints([0, 2, 3, 1]) });
  return type === 'float32' ? ordered : graph.node('Cast', [ordered], { to: int(elementTypes.float16) });
}

function renameIn(nodes: readonly NodeProto[], rename: (name: string) => string): NodeProto[] {
  const inGraph = (graph: GraphProto): GraphProto => ({
    ...graph,
    node: renameIn(graph.node, rename),
    output: graph.output.map((output) => ({ ...output, name: rename(output.name) })),
  });
  const inAttribute = (attribute: AttributeProto): AttributeProto => {
    if (!attribute.g && !attribute.graphs?.length) return attribute;
    return {
      ...attribute,
      ...(attribute.g && { g: inGraph(attribute.g) }),
      ...(attribute.graphs && { graphs: attribute.graphs.map(inGraph) }),
    };
  };
  return nodes.map((node) => ({
    ...node,
    input: node.input.map(rename),
    output: node.output.map(rename),
    attribute: node.attribute.map(inAttribute),
  }));
}

/** Names of the graph's values. */
const valuesOf = (graph: GraphProto): readonly string[] => [
  ...[...graph.initializer, ...graph.input].map(({ name }) => name),
  ...graph.node.flatMap(({ output }) => output),
];

/** Frees the names that the wrapped graph gives to its own input and output; a graph that was wrapped before has them. */
function freeNames(graph: GraphProto, taken: readonly string[]): GraphProto {
  const names = new Set(valuesOf(graph));
  const unused = (name: string): string => (names.has(name) ? unused(`${name}/inner`) : name);
  const rename = (name: string): string => (taken.includes(name) ? unused(`${name}/inner`) : name);
  const renamed = <Value extends { readonly name: string }>(values: readonly Value[]): Value[] =>
    values.map((value) => ({ ...value, name: rename(value.name) }));
  if (!taken.some((name) => names.has(name))) return graph;
  return {
    ...graph,
    node: renameIn(graph.node, rename),
    initializer: renamed(graph.initializer),
    input: renamed(graph.input),
    output: renamed(graph.output),
  };
}

/** What begins no name of the graph: our own export that was imported again has those that we gave it then. */
function unusedPrefix(graph: GraphProto): string {
  const names = [...valuesOf(graph), ...graph.node.map(({ name }) => name)];
  const prefixOf = (round: number): string => (round === 1 ? 'taxon/' : `taxon${round}/`);
  let round = 1;
  while (names.some((name) => name.startsWith(prefixOf(round)))) round++;
  return prefixOf(round);
}

/** The nodes of the wrapped graph, none of them with the name of one around it: no two nodes of a file may have the same. */
function withOwnNames(nodes: readonly NodeProto[], around: readonly NodeProto[]): NodeProto[] {
  const taken = new Set(around.map(({ name }) => name));
  return nodes.map((node) => (taken.has(node.name) ? { ...node, name: '' } : node));
}

function checkOpset(nodes: readonly NodeProto[], opset: number): void {
  const newer = nodes.find(({ op_type: operator }) => (neededOpset[operator] ?? 0) > opset);
  if (newer)
    throw invalidModel(
      `the head needs ${newer.op_type} of ONNX' operator set ${neededOpset[newer.op_type]!}, but its backbone was imported from a file of operator set ${opset}; export as taxon, or export the backbone again with a newer operator set`,
    );
}

export interface WrapOptions {
  readonly outputName: string;
  /** Values that `model` gives for one image. */
  readonly embeddingSize: number;
  /** Appended with its `activation`. */
  readonly head?: LayersModel;
  /** Default: softmax. */
  readonly activation?: EndActivation | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * `model`, which takes one image, as a graph from `pixels` uint8 [N, height, width, 3] RGB to `outputName` float32 [N, outputSize].
 * Throws AppError invalid_model when a head needs a newer operator set than the model's.
 */
export function wrapOnnx(
  model: ModelProto,
  preprocessing: Preprocessing,
  { outputName, embeddingSize, head, activation, metadata = {} }: WrapOptions,
): Compiled {
  let outputSize = embeddingSize;
  const bytes = wrap(model, preprocessing, metadata, outputName, (graph, value) => {
    const embedding = { name: flatten(graph, value), shape: [embeddingSize] };
    const logits = head ? emitLayers(graph, head, embedding) : embedding;
    outputSize = logits.shape[0]!;
    if (!head) return { name: embedding.name, sides: logits.shape };
    const name =
      activation === 'sigmoid'
        ? graph.node('Sigmoid', [logits.name])
        : graph.node('Softmax', [logits.name], { axis: int(1) });
    return { name, sides: logits.shape };
  });
  return { bytes, outputSize };
}

/**
 * The bytes of a graph from `pixels`, as above, to the feature map that `model` pools at its end: `outputName` float32
 * [N, rows × columns × channels]. Throws AppError invalid_model for a model that ends in anything else.
 */
export function wrapFeatureMap(model: ModelProto, preprocessing: Preprocessing, outputName: string): Uint8Array {
  const inner = { ...model, graph: freeNames(model.graph, ['pixels', outputName]) };
  const map = findFeatureMap(inner.graph);
  if (map === undefined)
    throw invalidModel('the backbone does not end in global average pooling: it has no feature map');
  return wrap(upToFeatureMap(inner, map), preprocessing, {}, outputName, (graph, value) => {
    const channelsLast = map.layout === 'NHWC' ? value : graph.node('Transpose', [value], { perm: ints([0, 2, 3, 1]) });
    // How many cells there are shows only when the graph is run.
    return { name: flatten(graph, channelsLast), sides: ['values'] };
  });
}

const flatten = (graph: Graph, value: string): string =>
  graph.node('Cast', [graph.node('Flatten', [value], { axis: int(1) })], { to: int(elementTypes.float32) });

/** `finish` appends what follows the model's own output, and gives what is the wrapped graph's. */
function wrap(
  model: ModelProto,
  preprocessing: Preprocessing,
  metadata: Readonly<Record<string, string>>,
  outputName: string,
  finish: (graph: Graph, value: string) => { readonly name: string; readonly sides: ReadonlyArray<number | string> },
): Uint8Array {
  const inner = freeNames(model.graph, ['pixels', outputName]);
  const image = readImageInput(inner, 'the backbone');
  const graph = new Graph(unusedPrefix(inner));
  graph.alias(emitImage(graph, image, preprocessing), image.name);
  const before = graph.parts.nodes.length;
  const { name, sides } = finish(graph, inner.output[0]!.name);
  graph.alias(name, outputName);
  const { nodes, constants, inputs } = graph.parts;
  checkOpset(nodes, opsetOf(model));
  return encodeModel({
    ...model,
    ir_version: Math.max(oldestIrVersion, Number(model.ir_version)),
    metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: keepPooledPaddings({
      ...inner,
      node: [...nodes.slice(0, before), ...withOwnNames(inner.node, nodes), ...nodes.slice(before)],
      initializer: [...inner.initializer, ...constants],
      input: inputs,
      output: [valueInfo(outputName, 'float32', sides)],
    }),
  });
}
