// An ONNX graph under construction. Convolutional tensors are [N, C, H, W] here, where Keras has [N, H, W, C].
import { keepPooledPaddings } from '../pooledPaddings.js';
import {
  elementTypes,
  encodeModel,
  type Attribute,
  type ElementType,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from '../protobuf.js';

/** A value in the graph: float32, batch dimension first; `shape` leaves the batch out: [C, H, W] or [features]. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
}

export const int = (i: number): Attribute => ({ type: 2, i });
export const ints = (values: readonly number[]): Attribute => ({ type: 7, ints: values });
export const float = (f: number): Attribute => ({ type: 1, f });
export const text = (value: string): Attribute => ({ type: 3, s: Buffer.from(value) });

/** The operator set that we write: 20 has Gelu; ONNX Runtime has read it since 1.17. */
const opset = 20;
/** The file version that goes with opset 20. */
const irVersion = 9;

const bytesOf = (values: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** An input or output with an open batch; a side with a name in place of a number is open too. */
export function valueInfo(name: string, type: ElementType, shape: ReadonlyArray<number | string>): ValueInfoProto {
  const dim = ['N', ...shape].map((side) => (typeof side === 'string' ? { dim_param: side } : { dim_value: side }));
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

/** Collects nodes and constants; names every value by the order of its making. */
export class Graph {
  readonly #nodes: NodeProto[] = [];
  readonly #constants: TensorProto[] = [];
  readonly #inputs: ValueInfoProto[] = [];
  #made = 0;

  /** `prefix` begins every name, where the nodes are to stand among another graph's. */
  constructor(private readonly prefix = '') {}

  /** What has been collected so far, to be put into another graph. */
  get parts(): {
    readonly nodes: readonly NodeProto[];
    readonly constants: readonly TensorProto[];
    readonly inputs: readonly ValueInfoProto[];
  } {
    return { nodes: this.#nodes, constants: this.#constants, inputs: this.#inputs };
  }

  /** Declares the model's input; `shape` leaves the batch out. */
  input(name: string, type: ElementType, shape: readonly number[]): Tensor {
    this.#inputs.push(valueInfo(name, type, shape));
    return { name, shape };
  }

  /** Appends a node with one output and returns that output's name. */
  node(opType: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    const name = `${this.prefix}${opType}_${this.#made++}`;
    const attribute = Object.entries(attributes).map(([key, value]) => ({ name: key, ...value }));
    this.#nodes.push({ name, op_type: opType, input: inputs, output: [name], attribute });
    return name;
  }

  /** A float32 constant; its name. */
  floats(dims: readonly number[], values: Float32Array): string {
    return this.#constant(dims, 'float32', values);
  }

  /** A float32 constant with one value per channel that broadcasts over `like`; its name. */
  perChannel(values: ArrayLike<number>, like: Tensor): string {
    const dims = like.shape.length === 3 ? [values.length, 1, 1] : [values.length];
    return this.floats(dims, Float32Array.from(values));
  }

  scalar(value: number): string {
    return this.floats([], Float32Array.of(value));
  }

  /** A one-dimensional int64 constant; its name. */
  integers(values: readonly number[]): string {
    return this.#constant([values.length], 'int64', BigInt64Array.from(values, BigInt));
  }

  #constant(dims: readonly number[], type: ElementType, values: Float32Array | BigInt64Array): string {
    const name = `${this.prefix}constant_${this.#made++}`;
    this.#constants.push({ name, dims, data_type: elementTypes[type], raw_data: bytesOf(values) });
    return name;
  }

  /** Gives the value `from` a second name, which the caller chooses. */
  alias(from: string, name: string): void {
    this.#nodes.push({ name, op_type: 'Identity', input: [from], output: [name], attribute: [] });
  }

  /** The finished file with one float32 output, `result` under the name `outputName`. */
  encode(outputName: string, result: Tensor, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
    this.alias(result.name, outputName);
    return encodeModel({
      ir_version: irVersion,
      producer_name: 'taxon',
      opset_import: [{ domain: '', version: opset }],
      metadata_props: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: keepPooledPaddings({
        name: 'taxon',
        node: this.#nodes,
        initializer: this.#constants,
        input: this.#inputs,
        output: [valueInfo(outputName, 'float32', result.shape)],
      }),
    });
  }
}
