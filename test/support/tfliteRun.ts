// Reads .tflite files and computes what they say, with tfjs' operators in plain JavaScript: written from the schema, not from our writer.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { ByteBuffer } from 'flatbuffers';
import { decodeFloat16 } from '../../src/formats/float16.js';

/** A table of a FlatBuffer: its fields by their slot. */
class FlatTable {
  constructor(
    private readonly file: ByteBuffer,
    private readonly place: number,
  ) {}

  #at(slot: number): number {
    const offset = this.file.__offset(this.place, 4 + 2 * slot);
    return offset === 0 ? 0 : this.place + offset;
  }

  int8(slot: number): number {
    const at = this.#at(slot);
    return at === 0 ? 0 : this.file.readInt8(at);
  }

  int32(slot: number, otherwise = 0): number {
    const at = this.#at(slot);
    return at === 0 ? otherwise : this.file.readInt32(at);
  }

  float32(slot: number): number {
    const at = this.#at(slot);
    return at === 0 ? 0 : this.file.readFloat32(at);
  }

  text(slot: number): string {
    return this.file.__string(this.#at(slot)) as string;
  }

  table(slot: number): FlatTable | undefined {
    const at = this.#at(slot);
    return at === 0 ? undefined : new FlatTable(this.file, this.file.__indirect(at));
  }

  #vector<Item>(slot: number, size: number, read: (at: number) => Item): Item[] {
    const at = this.#at(slot);
    if (at === 0) return [];
    const first = this.file.__vector(at);
    return Array.from({ length: this.file.__vector_len(at) }, (_, i) => read(first + size * i));
  }

  tables(slot: number): FlatTable[] {
    return this.#vector(slot, 4, (at) => new FlatTable(this.file, this.file.__indirect(at)));
  }

  int32s(slot: number): number[] {
    return this.#vector(slot, 4, (at) => this.file.readInt32(at));
  }

  float32s(slot: number): number[] {
    return this.#vector(slot, 4, (at) => this.file.readFloat32(at));
  }

  int64s(slot: number): number[] {
    return this.#vector(slot, 8, (at) => Number(this.file.readInt64(at)));
  }

  bytes(slot: number): Uint8Array {
    const at = this.#at(slot);
    if (at === 0) return new Uint8Array();
    const first = this.file.__vector(at);
    return Uint8Array.from(this.file.bytes().subarray(first, first + this.file.__vector_len(at)));
  }
}

/** The root of a FlatBuffer that is marked with `identifier`. Throws Error when it is not. */
export function readFlat(bytes: Uint8Array, identifier: string): FlatTable {
  const file = new ByteBuffer(bytes);
  if (!file.__has_identifier(identifier)) throw new Error(`not marked ${identifier}`);
  return new FlatTable(file, file.readInt32(0));
}

export interface TfliteTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'float32' | 'float16' | 'int32' | 'uint8' | 'int8';
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
  readonly bytes: Uint8Array;
}

export interface TfliteOperator {
  readonly name: string;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: FlatTable | undefined;
}

export interface TfliteModel {
  readonly tensors: readonly TfliteTensor[];
  readonly operators: readonly TfliteOperator[];
  readonly input: number;
  readonly output: number;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

const types: Readonly<Record<number, TfliteTensor['type']>> = {
  0: 'float32',
  1: 'float16',
  2: 'int32',
  3: 'uint8',
  9: 'int8',
};

const operatorNames: Readonly<Record<number, string>> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  6: 'DEQUANTIZE',
  9: 'FULLY_CONNECTED',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  21: 'RELU6',
  22: 'RESHAPE',
  25: 'SOFTMAX',
  28: 'TANH',
  34: 'PAD',
  36: 'GATHER',
  39: 'TRANSPOSE',
  40: 'MEAN',
  41: 'SUB',
  42: 'DIV',
  47: 'EXP',
  54: 'PRELU',
  55: 'MAXIMUM',
  57: 'MINIMUM',
  60: 'PADV2',
  65: 'SLICE',
  98: 'LEAKY_RELU',
  111: 'ELU',
  114: 'QUANTIZE',
  117: 'HARD_SWISH',
  150: 'GELU',
};

export function readTflite(bytes: Uint8Array): TfliteModel {
  const model = readFlat(bytes, 'TFL3');
  const buffers = model.tables(4);
  const codes = model.tables(1).map((code) => ({
    name: operatorNames[code.int32(3)] ?? `operator ${code.int32(3)}`,
    version: code.int32(2, 1),
  }));
  const [graph] = model.tables(2);
  return {
    tensors: graph!.tables(0).map((tensor) => {
      const quantization = tensor.table(4);
      return {
        name: tensor.text(3),
        shape: tensor.int32s(0),
        type: types[tensor.int8(1)]!,
        scales: quantization?.float32s(2) ?? [],
        zeroPoints: quantization?.int64s(3) ?? [],
        axis: quantization?.int32(6) ?? 0,
        bytes: buffers[tensor.int32(2)]!.bytes(0),
      };
    }),
    operators: graph!.tables(3).map((operator) => ({
      ...codes[operator.int32(0)]!,
      inputs: operator.int32s(1),
      outputs: operator.int32s(2),
      options: operator.table(4),
    })),
    input: graph!.int32s(1)[0]!,
    output: graph!.int32s(2)[0]!,
    metadata: new Map(model.tables(6).map((entry) => [entry.text(0), buffers[entry.int32(1)]!.bytes(0)])),
  };
}

function integersOf({ type, bytes }: TfliteTensor): ArrayLike<number> {
  if (type === 'int8') return new Int8Array(bytes.buffer);
  return type === 'int32' ? new Int32Array(bytes.buffer) : bytes;
}

/** A constant's values in floats. */
function constantOf(tensor: TfliteTensor): tf.Tensor {
  const { type, bytes, shape, scales, zeroPoints, axis } = tensor;
  if (type === 'float32') return tf.tensor(new Float32Array(bytes.buffer), [...shape]);
  if (type === 'float16') return tf.tensor(decodeFloat16(new Uint16Array(bytes.buffer)), [...shape]);
  const inner = shape.slice(axis + 1).reduce((product, side) => product * side, 1);
  const values = Float32Array.from(integersOf(tensor), (value, i) => {
    const channel = Math.floor(i / inner) % Math.max(1, scales.length);
    return (value - (zeroPoints[channel] ?? 0)) * (scales[channel] ?? 1);
  });
  return tf.tensor(values, [...shape]);
}

/** `value` as a tensor in int8 can hold it. */
function rounded(value: tf.Tensor, { type, scales, zeroPoints }: TfliteTensor): tf.Tensor {
  if (type !== 'int8') return value;
  const [scale, zero] = [scales[0]!, zeroPoints[0]!];
  const steps = tf.clipByValue(tf.add(tf.round(tf.div(value, scale)), zero), -128, 127);
  return tf.mul(tf.sub(steps, zero), scale);
}

const relu6 = (value: tf.Tensor): tf.Tensor => tf.clipByValue(value, 0, 6);
const activate = (value: tf.Tensor, kind: number): tf.Tensor =>
  kind === 1 ? tf.relu(value) : kind === 3 ? relu6(value) : value;
const paddingOf = (options: FlatTable): 'same' | 'valid' => (options.int8(0) === 0 ? 'same' : 'valid');
const stepsOf = (options: FlatTable): [number, number] => [options.int32(2), options.int32(1)];
const windowOf = (options: FlatTable): [number, number] => [options.int32(4), options.int32(3)];

type Compute = (inputs: tf.Tensor[], options: FlatTable, model: { readonly shape: readonly number[] }) => tf.Tensor;

const pairsOf = (margins: tf.Tensor): [number, number][] => margins.arraySync() as [number, number][];
const numbersOf = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());

const computes: Readonly<Record<string, Compute>> = {
  ADD: ([a, b], options) => activate(tf.add(a!, b!), options.int8(0)),
  SUB: ([a, b], options) => activate(tf.sub(a!, b!), options.int8(0)),
  MUL: ([a, b], options) => activate(tf.mul(a!, b!), options.int8(0)),
  DIV: ([a, b], options) => activate(tf.div(a!, b!), options.int8(0)),
  MAXIMUM: ([a, b]) => tf.maximum(a!, b!),
  MINIMUM: ([a, b]) => tf.minimum(a!, b!),
  CONCATENATION: (inputs, options) => tf.concat(inputs, options.int32(0)),
  CONV_2D: ([x, weights, bias], options) => {
    const kernel = tf.transpose(weights as tf.Tensor4D, [1, 2, 3, 0]);
    const dilations: [number, number] = [options.int32(5, 1), options.int32(4, 1)];
    const sums = tf.conv2d(x as tf.Tensor4D, kernel, stepsOf(options), paddingOf(options), 'NHWC', dilations);
    return activate(tf.add(sums, bias!), options.int8(3));
  },
  DEPTHWISE_CONV_2D: ([x, weights, bias], options) => {
    const [, rows, columns, outputs] = weights!.shape as [number, number, number, number];
    const multiplier = options.int32(3);
    const kernel = tf.reshape<tf.Rank.R4>(weights!, [rows, columns, outputs / multiplier, multiplier]);
    const sums = tf.depthwiseConv2d(x as tf.Tensor4D, kernel, stepsOf(options), paddingOf(options));
    return activate(tf.add(sums, bias!), options.int8(4));
  },
  FULLY_CONNECTED: ([x, weights, bias], options) => {
    const [outputs, inputs] = weights!.shape as [number, number];
    const sums = tf.add(tf.matMul(tf.reshape(x!, [-1, inputs]), weights!, false, true), bias!);
    return activate(tf.reshape(sums, [...x!.shape.slice(0, -1), outputs]), options.int8(0));
  },
  AVERAGE_POOL_2D: ([x], options) =>
    tf.avgPool(x as tf.Tensor4D, windowOf(options), stepsOf(options), paddingOf(options)),
  MAX_POOL_2D: ([x], options) => tf.maxPool(x as tf.Tensor4D, windowOf(options), stepsOf(options), paddingOf(options)),
  MEAN: ([x, axes], options) => tf.mean(x!, numbersOf(axes!), options.int8(0) === 1),
  SOFTMAX: ([x]) => tf.softmax(x!),
  LOGISTIC: ([x]) => tf.sigmoid(x!),
  TANH: ([x]) => tf.tanh(x!),
  EXP: ([x]) => tf.exp(x!),
  RELU: ([x]) => tf.relu(x!),
  RELU6: ([x]) => relu6(x!),
  ELU: ([x]) => tf.elu(x!),
  LEAKY_RELU: ([x], options) => tf.leakyRelu(x!, options.float32(0)),
  PRELU: ([x, slopes]) => tf.prelu(x!, slopes!),
  HARD_SWISH: ([x]) => tf.div(tf.mul(x!, relu6(tf.add(x!, 3))), 6),
  GELU: ([x]) => tf.mul(tf.mul(x!, tf.add(tf.erf(tf.div(x!, Math.SQRT2)), 1)), 0.5),
  RESHAPE: ([x], _, { shape }) => tf.reshape(x!, [...shape]),
  TRANSPOSE: ([x, order]) => tf.transpose(x!, numbersOf(order!)),
  PAD: ([x, margins]) => tf.pad(x!, pairsOf(margins!)),
  PADV2: ([x, margins, filling]) => tf.pad(x!, pairsOf(margins!), numbersOf(filling!)[0]),
  SLICE: ([x, begin, size]) => tf.slice(x!, numbersOf(begin!), numbersOf(size!)),
  GATHER: ([x, indices], options) => tf.gather(x!, tf.cast(indices!, 'int32'), options.int32(0)),
  QUANTIZE: ([x]) => x!,
  DEQUANTIZE: ([x]) => x!,
};

/** The output for one image: `pixels` of [rows, columns, 3], from 0 to 255. Every output must have the shape that the file says. */
export async function runTflite(model: TfliteModel, pixels: ArrayLike<number>): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const { tensors, operators, input, output } = model;
  const result = tf.tidy(() => {
    const values = new Map([[input, tf.tensor(Float32Array.from(pixels), [...tensors[input]!.shape])]]);
    const valueOf = (tensor: number): tf.Tensor => values.get(tensor) ?? constantOf(tensors[tensor]!);
    for (const { name, inputs, outputs, options } of operators) {
      const target = tensors[outputs[0]!]!;
      const compute = computes[name];
      if (!compute) throw new Error(`${name} is not known here`);
      const value = compute(inputs.map(valueOf), options!, target);
      if (value.shape.join() !== target.shape.join())
        throw new Error(`${name} gives [${value.shape.join()}], ${target.name} is [${target.shape.join()}]`);
      values.set(outputs[0]!, rounded(value, target));
    }
    return values.get(output)!;
  });
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}
