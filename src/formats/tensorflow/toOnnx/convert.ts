// A TensorFlow graph for inference → ONNX: functions opened, variables and everything constant made constants.
import { invalidModel } from '../../invalidModel.js';
import { elementTypes, type ModelProto, type ValueInfoProto } from '../../onnx/protobuf.js';
import { parseReference, type TfGraph } from '../graphDef.js';
import { GraphBuilder, inputTypeOf } from './builder.js';
import { Evaluation } from './evaluate.js';
import { foldBiases } from './foldBiases.js';
import type { Computed, Value } from './values.js';

/** 20 is what Taxon writes everywhere; 9 is the file version that goes with it. */
const [opset, irVersion] = [20, 9];

export interface Sides {
  readonly height: number;
  readonly width: number;
}

const valueInfo = (name: string, type: number, shape: readonly number[]): ValueInfoProto => ({
  name,
  type: {
    tensor_type: {
      elem_type: type,
      shape: { dim: shape.map((side) => (side === -1 ? { dim_param: 'N' } : { dim_value: side })) },
    },
  },
});

function computed(value: Value, key: string): Computed {
  if (value.is === 'computed') return value;
  throw invalidModel(`output ${key} does not depend on the image`);
}

/**
 * The graph as an ONNX model for images of that size, where the graph leaves it open. `wanted`: one of its outputs, where it has several.
 * Throws AppError invalid_model naming the node and the operation that cannot be converted, and what to do.
 */
export function convertToOnnx(graph: TfGraph, { height, width }: Sides, wanted?: string): ModelProto {
  const { node: input } = parseReference(graph.input.reference);
  const [batch = -1, rows = -1, columns = -1, channels = -1] = graph.inputShape;
  const shape = [batch, rows === -1 ? height : rows, columns === -1 ? width : columns, channels === -1 ? 3 : channels];
  const builder = new GraphBuilder(input);
  const image: Computed = { is: 'computed', name: input, kind: graph.inputKind, shape, layout: 'plain' };
  const evaluation = new Evaluation(graph, builder);
  const outputs = graph.outputs
    .filter(({ key }) => wanted === undefined || key === wanted)
    .map(({ key, reference }) => ({ key, value: computed(evaluation.valueOf(reference, input, image), key) }));
  if (outputs.length === 0)
    throw invalidModel(
      `there is no output ${wanted ?? ''}; there is ${graph.outputs.map(({ key }) => key).join(', ')}`,
    );
  const names = outputs.map(({ key, value }) => {
    builder.begin(key);
    return builder.node('Identity', [builder.plain(value)]);
  });
  return {
    ir_version: irVersion,
    producer_name: 'taxon',
    opset_import: [{ domain: '', version: opset }],
    metadata_props: [],
    graph: {
      name: 'tensorflow',
      node: foldBiases(builder.nodes, builder.constants),
      initializer: builder.constants,
      input: [valueInfo(input, elementTypes[inputTypeOf(graph.inputKind)], shape)],
      output: outputs.map(({ value }, i) => valueInfo(names[i]!, elementTypes.float32, value.shape)),
    },
  };
}
