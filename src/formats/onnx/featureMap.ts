// The feature map of an imported ONNX graph: what the global average pooling at its end takes.
import { integersOf, readConstants } from './nodes.js';
import type { GraphProto, ModelProto, NodeProto } from './protobuf.js';
import { prune } from './prune.js';
import type { ImageInput } from './imageInput.js';

export interface FeatureMap {
  /** The value's name. */
  readonly value: string;
  readonly layout: ImageInput['layout'];
}

/** Leaves every value of an item, and their order, as they are. */
const moving: ReadonlySet<string> = new Set([
  'Identity',
  'Dropout',
  'Cast',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
]);

/** Where height and width are, by the axes of a mean that takes them away. */
const layouts: ReadonlyMap<string, FeatureMap['layout']> = new Map([
  ['2,3', 'NCHW'],
  ['-2,-1', 'NCHW'],
  ['1,2', 'NHWC'],
  ['-3,-2', 'NHWC'],
]);

/** The feature map whose average the graph gives; undefined where it ends in anything else. */
export function findFeatureMap(graph: GraphProto): FeatureMap | undefined {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  let node = makers.get(graph.output[0]!.name);
  while (node !== undefined && moving.has(node.op_type)) node = makers.get(node.input[0]!);
  const layout = node && pooledLayout(node, graph);
  return layout && { value: node!.input[0]!, layout };
}

function pooledLayout(node: NodeProto, graph: GraphProto): FeatureMap['layout'] | undefined {
  if (node.op_type === 'GlobalAveragePool') return 'NCHW';
  if (node.op_type !== 'ReduceMean') return undefined;
  const axes = integersOf(node, 'axes', 1, readConstants(graph))?.toSorted((a, b) => a - b);
  return layouts.get(String(axes));
}

/** The model up to the feature map. */
export const upToFeatureMap = (model: ModelProto, { value }: FeatureMap): ModelProto => ({
  ...model,
  graph: prune(model.graph, model.graph.input[0]!, { name: value, type: null }),
});
