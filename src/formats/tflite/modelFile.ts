// The TFLite model file: tensors, operators and constants with the numbers of TensorFlow Lite's schema.fbs (version 3, Apache-2.0,
// github.com/google-ai-edge/LiteRT), as far as we write it.
import {
  bytes,
  encodeFlat,
  float32s,
  int32s,
  int64s,
  list,
  placed,
  scalar,
  table,
  text,
  type Placed,
} from './flatTables.js';
import type { OperatorKind, OperatorOptions } from './operators.js';

/** TensorType. */
const elementTypes = { float32: 0, float16: 1, int32: 2, uint8: 3, int8: 9 } as const;
export type ElementType = keyof typeof elementTypes;

/** value = scale × (integer − zeroPoint): one scale for the whole tensor, or one for each index along `axis`. */
export interface Quantization {
  readonly scales: ArrayLike<number>;
  readonly zeroPoint: number;
  readonly axis?: number;
}

export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
  readonly quantization?: Quantization | undefined;
  /** Of a constant: its values in the machine's order, which is little-endian wherever Node runs. */
  readonly constant?: ArrayBufferView;
}

interface Operator {
  readonly code: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: OperatorOptions | undefined;
}

/** The version of the schema. */
const schemaVersion = 3;
const identifier = 'TFL3';
/** An operator whose number does not fit into the first field for it has this there. */
const laterOperators = 127;

const viewOf = (values: ArrayBufferView): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Collects tensors and operators of a model with one input and one output. */
export class TfliteGraph {
  readonly #tensors: TensorSpec[] = [];
  readonly #operators: Operator[] = [];
  readonly #codes: { readonly kind: OperatorKind; readonly version: number }[] = [];

  /** Adds a tensor; its number. */
  tensor(spec: TensorSpec): number {
    return this.#tensors.push(spec) - 1;
  }

  spec(tensor: number): TensorSpec {
    return this.#tensors[tensor]!;
  }

  /** Gives a tensor another name. */
  rename(tensor: number, name: string): void {
    this.#tensors[tensor] = { ...this.#tensors[tensor]!, name };
  }

  /** Appends an operator; inputs and outputs are numbers of tensors. `version`: from which on the operator means this. */
  operator(
    kind: OperatorKind,
    inputs: readonly number[],
    outputs: readonly number[],
    { options, version = 1 }: { readonly options?: OperatorOptions; readonly version?: number } = {},
  ): void {
    let code = this.#codes.findIndex((known) => known.kind === kind && known.version === version);
    if (code < 0) code = this.#codes.push({ kind, version }) - 1;
    this.#operators.push({ code, inputs, outputs, options });
  }

  /** How many operators of each kind there are. */
  countOperators(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { code } of this.#operators) {
      const { name } = this.#codes[code]!.kind;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts;
  }

  /** The bytes of the model file, with `metadata` as its entries by name. */
  encode(
    { input, output, description }: { readonly input: number; readonly output: number; readonly description: string },
    metadata: Readonly<Record<string, Uint8Array>>,
  ): Uint8Array {
    // Tensors without values share the first buffer, which must be empty.
    const buffers: Placed[] = [table([])];
    const addBuffer = (values: ArrayBufferView): number => buffers.push(table([placed(0, bytes(viewOf(values)))])) - 1;
    const tensors = this.#tensors.map((spec) => encodeTensor(spec, spec.constant ? addBuffer(spec.constant) : 0));
    const entries = Object.entries(metadata).map(([name, values]) =>
      table([placed(0, text(name)), scalar(1, 'uint32', addBuffer(values))]),
    );
    const subgraph = table([
      placed(0, list(tensors)),
      placed(1, int32s([input])),
      placed(2, int32s([output])),
      placed(3, list(this.#operators.map(encodeOperator))),
      placed(4, text('main')),
    ]);
    const model = table([
      scalar(0, 'uint32', schemaVersion),
      placed(1, list(this.#codes.map(encodeCode))),
      placed(2, list([subgraph])),
      placed(3, text(description)),
      placed(4, list(buffers)),
      placed(6, list(entries)),
    ]);
    const weights = this.#tensors.reduce((sum, { constant }) => sum + (constant?.byteLength ?? 0), 0);
    return encodeFlat(model, identifier, weights + 1024 * (this.#tensors.length + this.#operators.length + 64));
  }
}

function encodeTensor({ name, shape, type, quantization }: TensorSpec, buffer: number): Placed {
  return table([
    placed(0, int32s(shape)),
    scalar(1, 'int8', elementTypes[type]),
    scalar(2, 'uint32', buffer),
    placed(3, text(name)),
    ...(quantization ? [placed(4, encodeQuantization(quantization))] : []),
  ]);
}

function encodeQuantization({ scales, zeroPoint, axis = 0 }: Quantization): Placed {
  const zeroPoints = new Array<number>(scales.length).fill(zeroPoint);
  return table([placed(2, float32s(scales)), placed(3, int64s(zeroPoints)), scalar(6, 'int32', axis)]);
}

const encodeCode = ({ kind, version }: { readonly kind: OperatorKind; readonly version: number }): Placed =>
  table([
    scalar(0, 'int8', Math.min(laterOperators, kind.code)),
    scalar(2, 'int32', version),
    scalar(3, 'int32', kind.code),
  ]);

const encodeOperator = ({ code, inputs, outputs, options }: Operator): Placed =>
  table([
    scalar(0, 'uint32', code),
    placed(1, int32s(inputs)),
    placed(2, int32s(outputs)),
    ...(options ? [scalar(3, 'uint8', options.type), placed(4, table(options.fields))] : []),
  ]);
