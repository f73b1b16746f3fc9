// Small .onnx files as other exporters write them, with seeded random weights, and what ONNX Runtime itself makes of them.
import { InferenceSession, Tensor } from '../../src/engines/onnxRuntime.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import {
  elementTypes,
  encodeModel,
  type Attribute,
  type DimensionProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../../src/formats/onnx/protobuf.js';
import { sizeOf } from '../../src/formats/layersModel.js';
import { createRandom } from '../support/reference.js';

export type Side = number | string;
/** [operator, inputs, output, attributes]. */
export type NodeSketch = readonly [
  operator: string,
  inputs: readonly string[],
  output: string,
  attributes?: Readonly<Record<string, Attribute>>,
];

export interface OnnxSketch {
  readonly input: readonly [name: string, sides: readonly Side[]];
  readonly nodes: readonly NodeSketch[];
  /** Shapes of float weights by name. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
  readonly output: readonly [name: string, sides: readonly Side[]];
  readonly opset?: number;
  readonly producer?: string;
}

const dimension = (side: Side): DimensionProto =>
  typeof side === 'number' ? { dim_value: side } : { dim_param: side };
export const valueOf = ([name, sides]: readonly [string, readonly Side[]]): ValueInfoProto => ({
  name,
  type: { tensor_type: { elem_type: elementTypes.float32, shape: { dim: sides.map(dimension) } } },
});

export const floatTensor = (name: string, dims: readonly number[], values: Float32Array): TensorProto => ({
  name,
  dims,
  data_type: elementTypes.float32,
  raw_data: new Uint8Array(values.buffer),
});
const integerTensor = (name: string, values: readonly number[]): TensorProto => ({
  name,
  dims: [values.length],
  data_type: elementTypes.int64,
  raw_data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});

const toNode = ([operator, input, output, attributes = {}]: NodeSketch): NodeProto => ({
  name: `/net/${output}`,
  op_type: operator,
  input,
  output: [output],
  attribute: Object.entries(attributes).map(([name, attribute]) => ({ name, ...attribute })),
});

/** Values that keep activations near 1; variances are positive. */
function randomTensor(name: string, dims: readonly number[], random: () => number): TensorProto {
  const fanIn = dims.length > 1 ? sizeOf(dims) / Math.max(dims[0]!, dims[1]!) : 1;
  const value = name.endsWith('variance') ? () => 0.2 + random() : () => (random() * 2 - 1) * Math.sqrt(6 / fanIn);
  return floatTensor(name, dims, Float32Array.from({ length: sizeOf(dims) }, value));
}

export function sketchOnnx({
  input,
  nodes,
  weights,
  integers = {},
  output,
  opset = 17,
  producer = 'pytorch',
}: OnnxSketch): ModelProto {
  const random = createRandom(3);
  const floats = Object.entries(weights).map(([name, dims]) => randomTensor(name, dims, random));
  const shapes = Object.entries(integers).map(([name, values]) => integerTensor(name, values));
  return {
    ir_version: 8,
    producer_name: producer,
    opset_import: [{ domain: '', version: opset }],
    metadata_props: [],
    graph: {
      name: 'main_graph',
      node: nodes.map(toNode),
      initializer: [...floats, ...shapes],
      input: [valueOf(input)],
      output: [valueOf(output)],
    },
  };
}

export const randomPixels = (size: number, count: number): Uint8Array => {
  const random = createRandom(9);
  return Uint8Array.from({ length: count * size * size * 3 }, () => random() * 256);
};

/** Pixel values as the network was trained on them, in the layout of the file. */
function prepare(
  pixels: Uint8Array,
  { scale, offset, channels, height, width }: Preprocessing,
  layout: 'NCHW' | 'NHWC',
): Float32Array {
  const plane = height * width;
  return Float32Array.from(pixels, (_, i) => {
    const [channel, place] =
      layout === 'NHWC'
        ? [i % 3, Math.floor(i / 3)]
        : [Math.floor(i / plane) % 3, Math.floor(i / (3 * plane)) * plane + (i % plane)];
    return pixels[place * 3 + (channels === 'rgb' ? channel : 2 - channel)]! * scale[channel]! + offset[channel]!;
  });
}

/** The output of the file for each image alone, one after another; without the runtime's optimiser, whose faults would be in both sides. */
export async function runOriginal(
  model: ModelProto,
  pixels: Uint8Array,
  preprocessing: Preprocessing,
  layout: 'NCHW' | 'NHWC',
): Promise<Float32Array[]> {
  const { height, width } = preprocessing;
  const session = await InferenceSession.create(encodeModel(model), {
    intraOpNumThreads: 1,
    graphOptimizationLevel: 'disabled',
  });
  const size = height * width * 3;
  const outputs: Float32Array[] = [];
  for (let i = 0; i < pixels.length; i += size) {
    const input = new Tensor(
      'float32',
      prepare(pixels.subarray(i, i + size), preprocessing, layout),
      layout === 'NCHW' ? [1, 3, height, width] : [1, height, width, 3],
    );
    const output = await session.run({ [session.inputNames[0]!]: input });
    outputs.push(Object.values(output)[0]!.data as Float32Array);
  }
  await session.release();
  return outputs;
}
