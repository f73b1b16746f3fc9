// A Core ML neural network under construction: its layers, and the values between them, for one image at a time.
import { encodeFloat16 } from '../float16.js';
import { invalidModel } from '../invalidModel.js';
import { sizeOf } from '../layersModel.js';
import type { LayerProto, WeightParams } from './protobuf.js';

/** In which precision a file has its weights. */
export type WeightPrecision = 'float32' | 'float16';

/** A value that the network computes; a convolutional one is [1, channels, height, width]. */
export interface Blob {
  readonly kind: 'blob';
  readonly name: string;
  readonly shape: readonly number[];
  /** Where its axes are those of the blob called `name` in another order, this order; nothing has been moved yet. */
  readonly order?: readonly number[];
}

/** Numbers that are the same for every image. */
export interface Floats {
  readonly kind: 'floats';
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Sizes, axes and places, known while the network is written. */
export interface Integers {
  readonly kind: 'integers';
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export type Value = Blob | Floats | Integers;

const bytesOf = (values: Float32Array | Uint16Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

const largestHalf = 65504;

const tensorOf = ({ shape }: Blob): { rank: number; dimValue: readonly number[] } => ({
  rank: shape.length,
  dimValue: shape,
});

/** Collects layers; names every value after the kind of its layer and the order of its making. */
export class Network {
  readonly #layers: LayerProto[] = [];
  /** Moved and loaded values that were asked for before. */
  readonly #made = new Map<string | Floats, Blob>();

  constructor(private readonly precision: WeightPrecision) {}

  get layers(): readonly LayerProto[] {
    return this.#layers;
  }

  /** Appends a layer of `kind`, a field of the message Layer, and gives its output, or several where several shapes are given. */
  layer(kind: string, params: object, inputs: readonly Blob[], shape: readonly number[]): Blob {
    return this.layerOf(kind, params, inputs, [shape])[0]!;
  }

  layerOf(
    kind: string,
    params: object,
    inputs: readonly Blob[],
    shapes: ReadonlyArray<readonly number[]>,
  ): readonly Blob[] {
    const taken = inputs.map((input) => this.inOrder(input));
    const name = `${kind}_${this.#layers.length}`;
    const given = shapes.map((shape, i): Blob => ({ kind: 'blob', name: i === 0 ? name : `${name}_${i}`, shape }));
    this.#layers.push({
      name,
      input: taken.map((blob) => blob.name),
      output: given.map((blob) => blob.name),
      inputTensor: taken.map(tensorOf),
      outputTensor: given.map(tensorOf),
      [kind]: params,
    });
    return given;
  }

  /** The value with its axes really in their order. */
  inOrder(blob: Blob): Blob {
    const { name, shape, order } = blob;
    if (order === undefined) return blob;
    const key = `${name} ${order.join()}`;
    const made = this.#made.get(key);
    if (made) return made;
    const before: Blob = { kind: 'blob', name, shape: order.map((_, axis) => shape[order.indexOf(axis)]!) };
    const moved = this.layer('transpose', { axes: order }, [before], shape);
    this.#made.set(key, moved);
    return moved;
  }

  /** A constant as a value that layers take. Core ML has no values without axes: a lone number gets one. */
  load(floats: Floats): Blob {
    const made = this.#made.get(floats);
    if (made) return made;
    const shape = floats.shape.length === 0 ? [1] : floats.shape;
    const loaded = this.layer('loadConstantND', { shape, data: this.exactWeights(floats.data) }, [], shape);
    this.#made.set(floats, loaded);
    return loaded;
  }

  /** Weights in the file's precision. Throws AppError invalid_model for values beyond float16. */
  weights(values: Float32Array): WeightParams {
    if (this.precision === 'float32') return this.exactWeights(values);
    if (values.some((value) => Math.abs(value) > largestHalf))
      throw invalidModel(
        `it has weights beyond ±${largestHalf}, which float16 cannot hold; export it as coreml, in float32`,
      );
    return { float16Value: bytesOf(encodeFloat16(values)) };
  }

  /** The few numbers for which half precision would spare nothing and cost exactness. */
  exactWeights(values: Float32Array): WeightParams {
    return { floatValue: bytesOf(values) };
  }

  /** x × scale + shift, with one number each for all values. */
  linear(input: Blob, scale: number, shift: number): Blob {
    return this.layer('activation', { linear: { alpha: scale, beta: shift } }, [input], input.shape);
  }

  /** x × scale, by channel of an image. */
  scaleChannels(input: Blob, scale: Float32Array): Blob {
    const params = { shapeScale: [scale.length], scale: this.exactWeights(scale) };
    return this.layer('scale', params, [input], input.shape);
  }

  /** x + shift, by channel of an image. */
  shiftChannels(input: Blob, shift: Float32Array): Blob {
    return this.layer('bias', { shape: [shift.length], bias: this.exactWeights(shift) }, [input], input.shape);
  }

  /** The same values in another shape. */
  reshape(input: Blob, shape: readonly number[]): Blob {
    return this.layer('reshapeStatic', { targetShape: shape }, [input], shape);
  }
}

/** NumPy's broadcasting of two shapes; undefined where they do not go together. */
export function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const side = (shape: readonly number[], axis: number): number => shape[axis - rank + shape.length] ?? 1;
  const sides = Array.from({ length: rank }, (_, axis) => [side(a, axis), side(b, axis)] as const);
  if (sides.some(([one, other]) => one !== other && one !== 1 && other !== 1)) return undefined;
  return sides.map(([one, other]) => (one === 1 ? other : one));
}

/** Whether a constant has one number for each channel of `image`, in whichever way NumPy's broadcasting allows. */
export const isByChannel = ({ shape }: Floats, image: readonly number[]): boolean =>
  image.length === 4 &&
  sizeOf(shape) === image[1] &&
  (shape.length === 3 || shape.length === 4) &&
  shape.at(-3) === image[1];
