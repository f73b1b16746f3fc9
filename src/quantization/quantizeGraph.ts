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
import { activationScale, quantizeBiases, quantizeWeights, shiftBiases, type ActivationScale } from './arithmetic.js';
import { convolutionsOf, findQuantizable, layersOf, outputAxisOf, wire, type Wiring } from './quantizableValues.js';

/** Raised whenever the same graph and ranges give another graph. */
export const quantizerRevision = 2;

/**
 * How a first convolution reads the pixels; both are exact. `bytes`: as they are, with the scale 1: ONNX Runtime computes nothing for
 * it, but OpenVINO drops such a rounding and computes that convolution in float32. `centred`: (byte − 128) / 128 in floats, rounded like
 * any other value: OpenVINO makes all of it part of its integer convolution (0.8 ms less an image on two cores), ONNX Runtime would
 * compute it step by step (1.1 ms more).
 */
export type PixelRounding = 'bytes' | 'centred';

/** The byte around which the errors of rounded weights cancel best: pixels lie on both sides of it. */
const middleGrey = 128;

const pixelScales: Readonly<Record<PixelRounding, ActivationScale>> = {
  bytes: { scale: 1, zeroPoint: 0 },
  centred: { scale: 1 / 128, zeroPoint: middleGrey },
};

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
  /** The dimension of `shape` that counts the outputs. */
  readonly axis: 0 | 1;
}

/**
 * The first convolution on pixels rounded with `rounded`: normalisation becomes part of its weights and biases, exactly, where nothing
 * is padded. The biases are what it gives on middleGrey.
 */
function foldPixels({ data, shape, bias }: Weights, { scale, offset }: PixelInput, rounded: ActivationScale): Weights {
  const [channels, inputs, ...window] = shape as [number, number, ...number[]];
  const area = window.reduce((product, side) => product * side, 1);
  const folded = data.slice();
  const biases = bias.slice();
  for (let i = 0; i < data.length; i++) {
    const input = Math.floor(i / area) % inputs;
    biases[Math.floor(i / (area * inputs))]! += data[i]! * (offset[input]! + scale[input]! * middleGrey);
    folded[i]! *= scale[input]! / rounded.scale;
  }
  return { data: folded, shape: [channels, inputs, ...window], bias: biases, axis: 0 };
}

function weightsOf(node: NodeProto, { constants }: Wiring): Weights {
  const { data, shape } = floatsOf(node, 1, constants)!;
  const axis = outputAxisOf(node);
  return { data, shape, bias: floatsOf(node, 2, constants)?.data ?? new Float32Array(shape[axis]!), axis };
}

/** [rows, columns] → [columns, rows]. */
function transpose<Values extends Float32Array | Int8Array>(values: Values, rows: number, columns: number): Values {
  const transposed = values.slice() as Values;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) transposed[column * rows + row] = values[row * columns + column]!;
  return transposed;
}

/**
 * A layer whose weights, biases and input are 8 and 32 bits wide. `bias` is what it gives where its whole input is the integer
 * `biasAt`. A product without a bias (MatMul) stays without one.
 */
function quantizeLayer(
  addition: Addition,
  node: NodeProto,
  input: string,
  { scale, zeroPoint }: ActivationScale,
  { data, shape, bias, axis }: Weights,
  biasAt = zeroPoint,
): NodeProto {
  const name = node.output[0]!;
  const channels = shape[axis]!;
  const inputs = data.length / channels;
  const weights = quantizeWeights(axis === 0 ? data : transpose(data, inputs, channels), channels);
  const values = axis === 0 ? weights.values : transpose(weights.values, channels, inputs);
  const scales = addition.constant(`${name}/weights/scale`, 'float32', [channels], weights.scales);
  const kernel = addition.node(
    'DequantizeLinear',
    `${name}/weights`,
    [
      addition.constant(`${name}/weights/values`, 'int8', shape, values),
      scales,
      addition.constant(`${name}/weights/zero`, 'int8', [channels], new Int8Array(channels)),
    ],
    [{ name: 'axis', ...int(axis) }],
  );
  if (node.op_type === 'MatMul') return { ...node, input: [input, kernel] };
  const atZero = shiftBiases(bias, weights, (biasAt - zeroPoint) * scale);
  const biases = addition.node(
    'DequantizeLinear',
    `${name}/bias`,
    [
      addition.constant(`${name}/bias/values`, 'int32', [channels], quantizeBiases(atZero, scale, weights.scales)),
      addition.constant(
        `${name}/bias/scale`,
        'float32',
        [channels],
        weights.scales.map((own) => own * scale),
      ),
    ],
    [{ name: 'axis', ...int(0) }],
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

/** All layers; of ranges that an earlier release measured, which knows nothing of the fully connected ones, the convolutions. */
function measuredLayers(
  wiring: Wiring,
  skipped: ReadonlySet<string>,
  { ranges }: ActivationRanges,
): ReadonlySet<NodeProto> {
  const layers = layersOf(wiring);
  const isMeasured = findQuantizable(wiring, skipped, layers).names.every((name) => ranges[name] !== undefined);
  return isMeasured ? layers : new Set(convolutionsOf(wiring));
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
 * convolutions and fully connected layers comes back as it is.
 */
export function quantizeGraph(model: ModelProto, ranges: ActivationRanges, rounding: PixelRounding): ModelProto {
  if (opsetOf(model) < neededOpset)
    throw invalidModel(`int8 needs operator set ${neededOpset}; the graph has ${opsetOf(model)}`);
  const wiring = wire(model.graph);
  const pixels = pixelInputs(wiring);
  const skipped = new Set(pixels.keys());
  const layers = measuredLayers(wiring, skipped, ranges);
  const values = findQuantizable(wiring, skipped, layers);
  const scales = scalesOf(values, ranges);
  const scaleOf = (name: string): ActivationScale => scales.get(values.groupOf(name))!;
  const quantized = new Set(values.names);
  const rounded = (name: string): string => (quantized.has(name) ? `${name}/rounded` : name);
  const addition = new Addition();
  const roundedPixels = new Map<string, string>();
  for (const node of model.graph.node) {
    const input = node.input[0]!;
    const pixelInput = pixels.get(input);
    if (layers.has(node) && quantized.has(input))
      addition.nodes.push(quantizeLayer(addition, node, rounded(input), scaleOf(input), weightsOf(node, wiring)));
    else if (layers.has(node) && pixelInput && !isPadded(node) && intOf(node, 'group', 1) === 1)
      addition.nodes.push(
        quantizeLayer(
          addition,
          node,
          roundPixels(addition, roundedPixels, pixelInput.bytes, rounding),
          pixelScales[rounding],
          foldPixels(weightsOf(node, wiring), pixelInput, pixelScales[rounding]),
          middleGrey,
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

/** Gives the name of the value rounded. */
function roundValue(addition: Addition, name: string, scale: ActivationScale): string {
  const constants = addition.scaleOf(name, scale);
  const small = addition.node('QuantizeLinear', `${name}/int8`, [name, ...constants]);
  return addition.node('DequantizeLinear', `${name}/rounded`, [small, ...constants]);
}

/** Once for each input in bytes, however many convolutions read it. */
function roundPixels(addition: Addition, made: Map<string, string>, name: string, rounding: PixelRounding): string {
  const known = made.get(name);
  if (known !== undefined) return known;
  const scale = pixelScales[rounding];
  const rounded =
    rounding === 'bytes'
      ? addition.node('DequantizeLinear', `${name}/floats`, [name, ...addition.scaleOf(name, scale)])
      : roundValue(addition, centre(addition, name, scale), scale);
  made.set(name, rounded);
  return rounded;
}

/** (byte − zero point) × scale, by channel as OpenVINO wants it. */
function centre(addition: Addition, name: string, { scale, zeroPoint }: ActivationScale): string {
  const byChannel = (part: string, value: number): string =>
    addition.constant(`${name}/${part}`, 'float32', [1, 3, 1, 1], new Float32Array(3).fill(value));
  const floats = addition.node('Cast', `${name}/floats`, [name], [{ name: 'to', ...int(elementTypes.float32) }]);
  const scaled = addition.node('Mul', `${name}/scaled`, [floats, byChannel('factor', scale)]);
  return addition.node('Add', `${name}/centred`, [scaled, byChannel('shift', -zeroPoint * scale)]);
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
