// An ONNX graph under conversion: which tensor of the TFLite graph each of its values is, in which order of axes, and in which numbers.
//
// ONNX keeps images as [N, channels, rows, columns], TFLite as [N, rows, columns, channels]. A value therefore has, beside the shape that
// ONNX gives it, the order in which its axes are stored; a Transpose only changes that order, and nothing is moved until an operator
// wants another one.
import { encodeFloat16 } from '../../float16.js';
import { invalidModel } from '../../invalidModel.js';
import type { Weight } from '../../layersModel.js';
import { floatsOf, integersOf, readConstants } from '../../onnx/nodes.js';
import { elementTypes, type GraphProto, type NodeProto, type TensorProto } from '../../onnx/protobuf.js';
import type { Quantization, TfliteGraph } from '../modelFile.js';
import { operatorKind, plainOptions, type OperatorName, type OperatorOptions } from '../operators.js';
import { permute, strideSizes } from './axes.js';
import type { RoundedConstant } from './rounding.js';

/** How the weights of layers that compute in floats are stored. */
export type FloatStorage = 'float32' | 'float16';

/** A value of the ONNX graph: its `shape` as ONNX has it, for one image; stored axis i is ONNX' axis order[i]. */
export interface Value {
  readonly tensor: number;
  readonly shape: readonly number[];
  readonly order: readonly number[];
  /** Of a value in int8; absent: float32. */
  readonly scale?: Scale;
}

/** value = scale × (integer − zeroPoint), int8, one for the whole tensor. */
export interface Scale {
  readonly scale: number;
  readonly zeroPoint: number;
}

const asQuantization = ({ scale, zeroPoint }: Scale): Quantization => ({ scales: [scale], zeroPoint });

/** The order in which TFLite wants images, and that in which values have their axes as ONNX has them. */
export const imageOrder: readonly number[] = [0, 2, 3, 1];
export const plainOrder = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);

const sameList = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((item, i) => item === b[i]);
export const sameScale = (a: Scale, b: Scale): boolean => a.scale === b.scale && a.zeroPoint === b.zeroPoint;

export interface EmitOptions {
  readonly options?: OperatorOptions | undefined;
  readonly version?: number;
  /** Of the output, where it is in int8. */
  readonly scale?: Scale | undefined;
}

export class Conversion {
  readonly #constants: Map<string, TensorProto>;
  readonly #values = new Map<string, Value>();
  readonly #consumers = new Map<string, NodeProto[]>();
  readonly #outputs: ReadonlySet<string>;
  readonly #floats = new Map<number, number>();
  readonly #weights = new Map<string, number>();
  readonly #rounded = new Map<string, RoundedConstant>();
  readonly #fused = new Set<NodeProto>();

  constructor(
    readonly graph: TfliteGraph,
    source: GraphProto,
    private readonly storage: FloatStorage,
  ) {
    this.#constants = new Map(readConstants(source));
    this.#outputs = new Set(source.output.map(({ name }) => name));
    for (const node of source.node)
      for (const name of node.input) this.#consumers.set(name, [...(this.#consumers.get(name) ?? []), node]);
  }

  /** Values that do not depend on the image, by name. */
  get constants(): ReadonlyMap<string, TensorProto> {
    return this.#constants;
  }

  /** A constant that follows from others. */
  setConstant(name: string, { shape, data }: Weight): void {
    const raw_data = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#constants.set(name, { name, dims: shape, data_type: elementTypes.float32, raw_data });
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** The value of that name. Throws AppError invalid_model where it depends on nothing that was converted. */
  value(name: string): Value {
    const value = this.#values.get(name);
    if (value) return value;
    throw invalidModel(`value ${name} is computed in a way that has no TFLite operator`);
  }

  setRounded(name: string, constant: RoundedConstant): void {
    this.#rounded.set(name, constant);
  }

  /** A constant that the graph has in integers. */
  roundedConstant(name: string): RoundedConstant | undefined {
    return this.#rounded.get(name);
  }

  /** Whether a value depends on the image. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The only node that reads a value, where there is one and the value is not the graph's output. */
  onlyConsumer(name: string): NodeProto | undefined {
    const [first, ...others] = this.#consumers.get(name) ?? [];
    return others.length === 0 && !this.#outputs.has(name) ? first : undefined;
  }

  /** Marks a node as part of the one before it. */
  fuse(node: NodeProto): void {
    this.#fused.add(node);
  }

  isFused(node: NodeProto): boolean {
    return this.#fused.has(node);
  }

  floats(node: NodeProto, input: number): Weight | undefined {
    return floatsOf(node, input, this.#constants);
  }

  integers(node: NodeProto, name: string, input: number): number[] | undefined {
    return integersOf(node, name, input, this.#constants);
  }

  /** Appends an operator with one output. Gives that output, with its axes in `order`. */
  emit(
    name: OperatorName,
    inputs: readonly number[],
    label: string,
    shape: readonly number[],
    order: readonly number[],
    { options = plainOptions(name), version, scale }: EmitOptions = {},
  ): Value {
    const tensor = this.graph.tensor({
      name: label,
      shape: permute(shape, order),
      type: scale ? 'int8' : 'float32',
      quantization: scale && asQuantization(scale),
    });
    this.graph.operator(operatorKind(name), inputs, [tensor], {
      version: version ?? (scale ? 2 : 1),
      ...(options && { options }),
    });
    return { tensor, shape, order, ...(scale && { scale }) };
  }

  /** The value in float32, its axes in `order`. */
  float(value: Value, order: readonly number[] = value.order): Value {
    if (!value.scale) return this.ordered(value, order);
    const placed = this.ordered(value, order);
    let tensor = this.#floats.get(placed.tensor);
    if (tensor === undefined) {
      const { name } = this.graph.spec(placed.tensor);
      tensor = this.emit('DEQUANTIZE', [placed.tensor], `${name}/floats`, value.shape, order, { version: 2 }).tensor;
      this.#floats.set(placed.tensor, tensor);
    }
    return { tensor, shape: value.shape, order };
  }

  /** The value with its axes stored in `order`, in the numbers that it is in. */
  ordered(value: Value, order: readonly number[]): Value {
    if (sameList(value.order, order)) return value;
    const { name } = this.graph.spec(value.tensor);
    const { shape, scale } = value;
    const long = (axes: readonly number[]): number[] => axes.filter((axis) => shape[axis]! > 1);
    // Where only axes of one element change places, nothing moves.
    if (sameList(long(value.order), long(order)))
      return this.#reshaped(value, permute(shape, order), `${name}/reshaped`, shape, order);
    const places = order.map((axis) => value.order.indexOf(axis));
    const inputs = [value.tensor, this.int32s(`${name}/order`, places)];
    return this.emit('TRANSPOSE', inputs, `${name}/transposed`, shape, order, { scale });
  }

  #reshaped(
    { tensor, scale }: Value,
    stored: readonly number[],
    label: string,
    shape: readonly number[],
    order: readonly number[],
  ): Value {
    return this.emit('RESHAPE', [tensor, this.int32s(`${label}/shape`, stored)], label, shape, order, {
      scale,
      version: 1,
    });
  }

  /** The value as another shape, its elements in ONNX' order. */
  reshape(value: Value, shape: readonly number[], label: string): Value {
    const plain = this.ordered(value, plainOrder(value.shape.length));
    if (sameList(plain.shape, shape)) return plain;
    return this.#reshaped(plain, shape, label, shape, plainOrder(shape.length));
  }

  /** The value rounded to int8 with this scale. */
  rounded(value: Value, scale: Scale): Value {
    if (value.scale && sameScale(value.scale, scale)) return value;
    const { name } = this.graph.spec(value.tensor);
    const version = value.scale ? 2 : 1;
    return this.emit('QUANTIZE', [value.tensor], `${name}/int8`, value.shape, value.order, { scale, version });
  }

  /** The number of a float32 constant; `weights`: of a layer, which may be stored in half precision. */
  constant(name: string, shape: readonly number[], data: Float32Array, use: 'weights' | 'other' = 'other'): number {
    if (use === 'other' || this.storage === 'float32')
      return this.graph.tensor({ name, shape, type: 'float32', constant: data });
    const known = this.#weights.get(name);
    if (known !== undefined) return known;
    const half = encodeFloat16(data);
    if (half.some((bits) => (bits & 0x7c00) === 0x7c00))
      throw invalidModel(`the weights of ${name} lie beyond ±65504, which float16 cannot hold; export it as tflite`);
    const stored = this.graph.tensor({ name: `${name}/half`, shape, type: 'float16', constant: half });
    const { tensor } = this.emit('DEQUANTIZE', [stored], name, shape, plainOrder(shape.length), { version: 3 });
    this.#weights.set(name, tensor);
    return tensor;
  }

  int32s(name: string, values: readonly number[], shape: readonly number[] = [values.length]): number {
    return this.graph.tensor({ name, shape, type: 'int32', constant: Int32Array.from(values) });
  }

  /** A float constant of ONNX as an operand beside a value of `rank` axes stored in `order`: broadcast as ONNX does. */
  operand(name: string, { shape, data }: Weight, order: readonly number[]): number {
    const full = [...new Array<number>(Math.max(0, order.length - shape.length)).fill(1), ...shape];
    if (data.length === 1) return this.constant(name, [], data);
    return this.constant(name, permute(full, order), permuteData(data, full, order));
  }
}

/** The elements of a tensor of this shape with its axes in another order. */
export function permuteData<Values extends Float32Array | Int8Array>(
  data: Values,
  shape: readonly number[],
  order: readonly number[],
): Values {
  if (sameList(order, plainOrder(shape.length))) return data;
  const from = permute(strideSizes(shape), order);
  const sides = permute(shape, order);
  const moved = data.slice() as Values;
  const counts = new Array<number>(sides.length).fill(0);
  let source = 0;
  for (let target = 0; target < data.length; target++) {
    moved[target] = data[source]!;
    for (let axis = sides.length - 1; axis >= 0; axis--) {
      source += from[axis]!;
      if (++counts[axis]! < sides[axis]!) break;
      source -= from[axis]! * sides[axis]!;
      counts[axis] = 0;
    }
  }
  return moved;
}
