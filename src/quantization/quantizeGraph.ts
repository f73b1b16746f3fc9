// An ONNX graph in float32 → the same graph with the roundings of int8 written into it, as pairs of QuantizeLinear and
// DequantizeLinear that both ONNX Runtime and OpenVINO turn into their integer kernels.
import { ancestors } from '../formats/graphFlow.js';
import { int } from '../formats/onnx/compiler/graph.js';
import { attributeOf, floatsOf, intOf, readNodes } from '../formats/onnx/nodes.js';
import { opsetOf } from '../formats/onnx/onnxFile.js';
import {
  elementTypes,
  type ElementType,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../formats/onnx/protobuf.js';
import { invalidModel } from '../formats/invalidModel.js';
import type { ActivationRanges } from './activationRanges.js';
import { activationScale, quantizeBiases, quantizeWeights, type ActivationScale } from './arithmetic.js';
import { convolutionsOf, findQuantizable, wire, type Wiring } from './quantizableValues.js';

/** Raised whenever the same graph and ranges give another graph. */
export const quantizerRevision = 1;

/** The operator set from which on DequantizeLinear takes a scale per channel. */
const neededOpset = 13;

/** Nodes and constants under construction; names cannot meet those of the graph. */
class Addition {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];

  constant(name: string, type: ElementType, dims: readonly number[], values: ArrayBufferView): string {
    const raw_data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.constants.push({ name, dims, data_type: elementTypes[type], raw_data });
    return name;
  }

  node(op_type: string, name: string, input: readonly string[], attribute: NodeProto['attribute'] = []): string {
    this.nodes.push({ op_type, name, input, output: [name], attribute });
    return name;
  }

  /** Scale and zero point of a u8 value, as constants. */
  scaleOf(name: string, { scale, zeroPoint }: ActivationScale): [string, string] {
    return [
      this.constant(`${name}/scale`, 'float32', [], Float32Array.of(scale)),
      this.constant(`${name}/zero`, 'uint8', [], Uint8Array.of(zeroPoint)),
    ];
  }
}

/** The pixels as bytes in [N, 3, H, W], and how the graph makes floats of them: scale × byte + offset, by channel. */
interface PixelInput {
  readonly bytes: string;
  readonly scale: Float32Array;
  readonly offset: Float32Array;
}

/** What comes before a value, where it is emitPixels' normalisation. */
function readPixels(name: string, { producers, constants }: Wiring): PixelInput | undefined {
  const add = producers.get(name);
  const mul = producers.get(add?.input[0] ?? '');
  const cast = producers.get(mul?.input[0] ?? '');
  if (add?.op_type !== 'Add' || mul?.op_type !== 'Mul' || cast?.op_type !== 'Cast') return undefined;
  const scale = floatsOf(mul, 1, constants)?.data;
  const offset = floatsOf(add, 1, constants)?.data;
  if (scale?.length !== 3 || offset?.length !== 3) return undefined;
  return { bytes: cast.input[0]!, scale, offset };
}

const isPadded = (node: NodeProto): boolean =>
  (attributeOf(node, 'pads')?.ints ?? []).some((side) => Number(side) !== 0) ||
  attributeOf(node, 'auto_pad') !== undefined;

interface Weights {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly bias: Float32Array;
}

/** The first convolution on bytes: normalisation becomes part of its weights and biases, exactly, where nothing is padded. */
function foldPixels({ data, shape, bias }: Weights, { scale, offset }: PixelInput): Weights {
  const [channels, inputs, ...window] = shape as [number, number, ...number[]];
  const area = window.reduce((product, side) => product * side, 1);
  const folded = data.slice();
  const biases = bias.slice();
  for (let i = 0; i < data.length; i++) {
    const input = Math.floor(i / area) % inputs;
    biases[Math.floor(i / (area * inputs))]! += data[i]! * offset[input]!;
    folded[i]! *= scale[input]!;
  }
  return { data: folded, shape: [channels, inputs, ...window], bias: biases };
}

function weightsOf(node: NodeProto, { constants }: Wiring): Weights {
  const { data, shape } = floatsOf(node, 1, constants)!;
  return { data, shape, bias: floatsOf(node, 2, constants)?.data ?? new Float32Array(shape[0]!) };
}

/** A convolution whose weights, biases and input are 8 and 32 bits wide. */
function quantizeConvolution(
  addition: Addition,
  node: NodeProto,
  input: string,
  { scale }: ActivationScale,
  { data, shape, bias }: Weights,
): NodeProto {
  const name = node.output[0]!;
  const channels = shape[0]!;
  const weights = quantizeWeights(data, channels);
  const axis = [{ name: 'axis', ...int(0) }];
  const scales = addition.constant(`${name}/weights/scale`, 'float32', [channels], weights.scales);
  const kernel = addition.node(
    'DequantizeLinear',
    `${name}/weights`,
    [
      addition.constant(`${name}/weights/values`, 'int8', shape, weights.values),
      scales,
      addition.constant(`${name}/weights/zero`, 'int8', [channels], new Int8Array(channels)),
    ],
    axis,
  );
  const biases = addition.node(
    'DequantizeLinear',
    `${name}/bias`,
    [
      addition.constant(`${name}/bias/values`, 'int32', [channels], quantizeBiases(bias, scale, weights.scales)),
      addition.constant(
        `${name}/bias/scale`,
        'float32',
        [channels],
        weights.scales.map((own) => own * scale),
      ),
    ],
    axis,
  );
  return { ...node, input: [input, kernel, biases] };
}

/** By group, the scale of the range that holds those of all its values. Throws AppError invalid_model when one was not measured. */
function scalesOf(
  { names, groupOf }: ReturnType<typeof findQuantizable>,
  { ranges }: ActivationRanges,
): Map<string, ActivationScale> {
  const hulls = new Map<string, [number, number]>();
  for (const name of names) {
    const range = ranges[name];
    if (range === undefined)
      throw invalidModel(`the activation ranges lack ${name}: they were measured on another graph; measure them again`);
    const hull = hulls.get(groupOf(name)) ?? [0, 0];
    hulls.set(groupOf(name), [Math.min(hull[0], range[0]), Math.max(hull[1], range[1])]);
  }
  return new Map([...hulls].map(([group, hull]) => [group, activationScale(hull)]));
}

/** The first convolutions, which read normalised pixels: by their input. */
export function pixelInputs(wiring: Wiring): Map<string, PixelInput> {
  const found = convolutionsOf(wiring).flatMap(({ input: [name] }) => {
    const pixels = readPixels(name!, wiring);
    return pixels ? [[name!, pixels] as const] : [];
  });
  return new Map(found);
}

/**
 * Throws AppError invalid_model when the ranges are not of this graph, or its operator set is older than int8 needs. A graph without
 * convolutions comes back as it is.
 */
export function quantizeGraph(model: ModelProto, ranges: ActivationRanges): ModelProto {
  if (opsetOf(model) < neededOpset)
    throw invalidModel(`int8 needs operator set ${neededOpset}; the graph has ${opsetOf(model)}`);
  const wiring = wire(model.graph);
  const pixels = pixelInputs(wiring);
  const values = findQuantizable(wiring, new Set(pixels.keys()));
  const scales = scalesOf(values, ranges);
  const scaleOf = (name: string): ActivationScale => scales.get(values.groupOf(name))!;
  const quantized = new Set(values.names);
  const rounded = (name: string): string => (quantized.has(name) ? `${name}/rounded` : name);
  const convolutions = new Set(convolutionsOf(wiring));
  const addition = new Addition();
  const bytes = new Map<string, string>();
  for (const node of model.graph.node) {
    const input = node.input[0]!;
    const pixelInput = pixels.get(input);
    if (convolutions.has(node) && quantized.has(input))
      addition.nodes.push(quantizeConvolution(addition, node, rounded(input), scaleOf(input), weightsOf(node, wiring)));
    else if (convolutions.has(node) && pixelInput && !isPadded(node) && intOf(node, 'group', 1) === 1)
      addition.nodes.push(
        quantizeConvolution(
          addition,
          node,
          bytesAsFloats(addition, bytes, pixelInput.bytes),
          { scale: 1, zeroPoint: 0 },
          foldPixels(weightsOf(node, wiring), pixelInput),
        ),
      );
    else addition.nodes.push({ ...node, input: node.input.map(rounded) });
    for (const name of node.output) if (quantized.has(name)) roundValue(addition, name, scaleOf(name));
  }
  return {
    ...model,
    graph: dropUnused({
      ...model.graph,
      node: addition.nodes,
      initializer: [...model.graph.initializer, ...addition.constants],
    }),
  };
}

function roundValue(addition: Addition, name: string, scale: ActivationScale): void {
  const constants = addition.scaleOf(name, scale);
  const small = addition.node('QuantizeLinear', `${name}/int8`, [name, ...constants]);
  addition.node('DequantizeLinear', `${name}/rounded`, [small, ...constants]);
}

/** Bytes are integers already: with the scale 1 they are their own quantization. */
function bytesAsFloats(addition: Addition, made: Map<string, string>, name: string): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const floats = addition.node('DequantizeLinear', `${name}/floats`, [
    name,
    ...addition.scaleOf(name, { scale: 1, zeroPoint: 0 }),
  ]);
  made.set(name, floats);
  return floats;
}

/** Without the nodes and constants that the output does not need any more: the weights in float32, and what prepared the pixels. */
function dropUnused(graph: GraphProto): GraphProto {
  const nodes = ancestors(readNodes(graph), graph.output[0]!.name);
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return {
    ...graph,
    node: nodes.map(({ proto }) => proto),
    initializer: graph.initializer.filter(({ name }) => used.has(name)),
  };
}
