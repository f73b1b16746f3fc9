// The ONNX graph that is made of a TensorFlow graph: its nodes keep the names of those that they were made of.
import {
  elementTypes,
  type Attribute,
  type ElementType,
  type NodeProto,
  type TensorProto,
} from '../../onnx/protobuf.js';
import { int, ints } from '../../onnx/compiler/graph.js';
import { invalidModel } from '../../invalidModel.js';
import { sizeOf } from '../../layersModel.js';
import type { NumberKind, Tensor } from '../tensor.js';
import type { Computed, Constant, Layout } from './values.js';

/** Numbers that ONNX has no common name for here: bool is 9 in onnx.proto's TensorProto.DataType. */
const elementNumbers: Readonly<Record<NumberKind, number>> = {
  float: elementTypes.float32,
  uint8: elementTypes.uint8,
  int32: elementTypes.int32,
  int64: elementTypes.int64,
  bool: 9,
};

export const elementNumberOf = (kind: NumberKind): number => elementNumbers[kind];

function bytesOf({ kind, data }: Tensor): Uint8Array {
  switch (kind) {
    case 'float':
      return new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
    case 'int32':
      return new Uint8Array(Int32Array.from(data).buffer);
    case 'int64':
      return new Uint8Array(BigInt64Array.from(data as Float64Array as unknown as number[], BigInt).buffer);
    case 'uint8':
    case 'bool':
      return Uint8Array.from(data);
  }
}

const toPlanes = [0, 3, 1, 2];
const toPlain = [0, 2, 3, 1];

/** [N, H, W, C] as it lies in the ONNX graph. */
export const shapeInGraph = ({ shape, layout }: Pick<Computed, 'shape' | 'layout'>): readonly number[] =>
  layout === 'planes' ? toPlanes.map((axis) => shape[axis]!) : shape;

export class GraphBuilder {
  readonly nodes: NodeProto[] = [];
  readonly constants: TensorProto[] = [];
  readonly #names = new Set<string>();
  readonly #written = new WeakMap<Tensor, string>();
  /** A value in the other layout, by its name. */
  readonly #turned = new Map<string, string>();
  #current = '';
  #batch: string | undefined;

  /** `input`: the name of the graph's image, whose first side is the number of images. */
  constructor(private readonly input: string) {
    this.#names.add(input);
  }

  /** What is made from here on is made of this node. */
  begin(nodeName: string): void {
    this.#current = nodeName;
  }

  #unique(): string {
    let name = this.#current;
    for (let i = 1; this.#names.has(name); i++) name = `${this.#current}/${i}`;
    this.#names.add(name);
    return name;
  }

  /** Appends a node with one output and returns that output's name. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = this.#unique();
    const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...value }));
    this.nodes.push({ name, op_type: opType, input: inputs, output: [name], attribute });
    return name;
  }

  /** The name of the constant, which is written once. Throws AppError invalid_model where it holds the number of images. */
  constant(tensor: Tensor): string {
    const known = this.#written.get(tensor);
    if (known !== undefined) return known;
    if (tensor.kind !== 'float' && tensor.data.some((value) => Number.isNaN(value)))
      throw invalidModel(`node ${this.#current} computes with the number of images, which Taxon does not convert`);
    const name = this.#unique();
    this.constants.push({
      name,
      dims: tensor.shape,
      data_type: elementNumbers[tensor.kind],
      raw_data: bytesOf(tensor),
    });
    this.#written.set(tensor, name);
    return name;
  }

  integers(values: readonly number[]): string {
    return this.constant({ kind: 'int64', shape: [values.length], data: Float64Array.from(values) });
  }

  scalar(value: number): string {
    return this.constant({ kind: 'float', shape: [], data: Float32Array.of(value) });
  }

  /** A shape for Expand, of which NaN is the number of images. */
  shape(values: readonly number[]): string {
    if (!values.some(Number.isNaN)) return this.integers(values);
    this.#batch ??= this.node('Shape', [this.input], { start: int(0), end: int(1) });
    const parts = values.map((value) => (Number.isNaN(value) ? this.#batch! : this.integers([value])));
    return this.node('Concat', parts, { axis: int(0) });
  }

  /** The value's name in the ONNX graph, as TensorFlow sees it. */
  plain(value: Computed | Constant): string {
    if (value.is === 'constant') return this.constant(value.tensor);
    return value.layout === 'plain' ? value.name : this.#turn(value, toPlain);
  }

  /** The value's name in the ONNX graph as [N, C, H, W]; its rank must be 4. */
  planes(value: Computed | Constant): string {
    if (value.is === 'constant') return this.constant(transposed(value.tensor, toPlanes));
    return value.layout === 'planes' ? value.name : this.#turn(value, toPlanes);
  }

  named(value: Computed | Constant, layout: Layout): string {
    return layout === 'planes' ? this.planes(value) : this.plain(value);
  }

  #turn(value: Computed, perm: readonly number[]): string {
    const known = this.#turned.get(value.name);
    if (known !== undefined) return known;
    const [, height, width] = value.shape;
    // Of a single pixel, both orders are the same.
    const name =
      height === 1 && width === 1
        ? this.node('Reshape', [
            value.name,
            this.integers([-1, ...perm.slice(1).map((axis) => shapeInGraph(value)[axis]!)]),
          ])
        : this.node('Transpose', [value.name], { perm: ints(perm) });
    this.#turned.set(value.name, name);
    return name;
  }
}

/** The tensor with its axes in another order. */
export function transposed(tensor: Tensor, perm: readonly number[]): Tensor {
  const { kind, shape, data } = tensor;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const to = perm.map((axis) => shape[axis]!);
  const steps = perm.map((axis) => strides[axis]!);
  const result = kind === 'float' ? new Float32Array(data.length) : new Float64Array(data.length);
  const place = to.map(() => 0);
  let from = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[from]!;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < to[axis]!) break;
      from -= steps[axis]! * to[axis]!;
      place[axis] = 0;
    }
  }
  return { kind, shape: to, data: result };
}

/** The element type of the graph's input. */
export const inputTypeOf = (kind: 'float' | 'uint8'): ElementType => (kind === 'float' ? 'float32' : 'uint8');
