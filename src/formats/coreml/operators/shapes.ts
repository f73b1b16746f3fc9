// Operators that move values without changing them.
import { sizeOf } from '../../layersModel.js';
import { floatOf, intOf } from '../../onnx/nodes.js';
import { elementTypes } from '../../onnx/protobuf.js';
import {
  axisFrom,
  blobAt,
  floatsAt,
  integersAt,
  unsupportedNode,
  wordOf,
  type Emitter,
  type NodeCall,
} from '../call.js';
import type { Blob, Value } from '../network.js';

/** An input as it is, or in another shape where it is a constant. */
function reshaped(call: NodeCall, shapeFor: (shape: readonly number[]) => readonly number[]): Value {
  const value = call.inputs[0];
  if (value?.kind === 'floats' || value?.kind === 'integers') return { ...value, shape: shapeFor(value.shape) };
  const blob = blobAt(call, 0);
  const shape = shapeFor(blob.shape);
  if (sizeOf(shape) !== sizeOf(blob.shape))
    throw unsupportedNode(call, `[${blob.shape.join(', ')}] does not become [${shape.join(', ')}]`);
  return call.network.reshape(blob, shape);
}

/** 0 keeps a side, unless allowzero is set; -1 is what is left. */
export const reshape: Emitter = (call) => {
  const target = integersAt(call, 'shape', 1);
  if (target === undefined) throw unsupportedNode(call, 'its shape is missing');
  const keepsZero = intOf(call.node, 'allowzero', 0) !== 0;
  return reshaped(call, (shape) => {
    const sides = target.map((side, axis) => (side === 0 && !keepsZero ? shape[axis]! : side));
    const known = sizeOf(sides.filter((side) => side !== -1));
    return sides.map((side) => (side === -1 ? sizeOf(shape) / known : side));
  });
};

export const flatten: Emitter = (call) =>
  reshaped(call, (shape) => {
    const axis = axisFrom(intOf(call.node, 'axis', 1), shape.length);
    return [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
  });

export const squeeze: Emitter = (call) => {
  const axes = integersAt(call, 'axes', 1);
  return reshaped(call, (shape) => {
    const gone = axes?.map((axis) => axisFrom(axis, shape.length));
    return shape.filter((side, axis) => (gone ? !gone.includes(axis) : side !== 1));
  });
};

export const unsqueeze: Emitter = (call) => {
  const axes = integersAt(call, 'axes', 1) ?? [];
  return reshaped(call, (shape) => {
    const added = axes.map((axis) => axisFrom(axis, shape.length + axes.length));
    const sides = [...shape];
    for (const axis of added.toSorted((a, b) => a - b)) sides.splice(axis, 0, 1);
    return sides;
  });
};

/** Only noted: layers that take the value have it moved, and a second move may undo the first. */
export const transpose: Emitter = (call) => {
  const input = blobAt(call, 0);
  const axes = integersAt(call, 'perm', Infinity) ?? input.shape.map((_, axis) => axis).toReversed();
  const order = axes.map((axis) => (input.order ? input.order[axis]! : axis));
  const shape = axes.map((axis) => input.shape[axis]!);
  const { name } = input;
  return order.every((axis, i) => axis === i) ? { kind: 'blob', name, shape } : { kind: 'blob', name, shape, order };
};

export const concat: Emitter = (call) => {
  const blobs = call.inputs.map((_, i) => blobAt(call, i));
  const [first] = blobs as [Blob];
  const axis = axisFrom(intOf(call.node, 'axis', 0), first.shape.length);
  const joined = blobs.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return call.network.layer('concatND', { axis }, blobs, first.shape.with(axis, joined));
};

export const split: Emitter = (call) => {
  const input = blobAt(call, 0);
  const axis = axisFrom(intOf(call.node, 'axis', 0), input.shape.length);
  const parts = call.node.output.length;
  const most = Math.ceil(input.shape[axis]! / parts);
  const even = Array.from({ length: parts }, (_, i) => Math.min(most, input.shape[axis]! - i * most));
  const sizes = integersAt(call, 'split', 1) ?? even;
  const params = { axis, numSplits: sizes.length, splitSizes: sizes };
  const shapes = sizes.map((size) => input.shape.with(axis, size));
  return call.network.layerOf('splitND', params, [input], shapes);
};

interface Range {
  readonly begin: number;
  readonly end: number;
  readonly step: number;
}

/** `range` within a side, counted as NumPy does, and how many values it has. */
function within({ begin, end, step }: Range, side: number): Range & { readonly size: number } {
  const clamp = (place: number): number =>
    step > 0
      ? Math.min(Math.max(place < 0 ? place + side : place, 0), side)
      : Math.min(Math.max(place < 0 ? place + side : place, -1), side - 1);
  const [from, to] = [clamp(begin), clamp(end)];
  return { begin: from, end: to, step, size: Math.max(0, Math.ceil((to - from) / step)) };
}

function slice(call: NodeCall, input: Blob, ranges: ReadonlyMap<number, Range>): Blob {
  const whole: Range = { begin: 0, end: Infinity, step: 1 };
  const places = input.shape.map((side, axis) => within(ranges.get(axis) ?? whole, side));
  const params = {
    beginIds: places.map(({ begin }) => begin),
    beginMasks: places.map(() => false),
    // A place before the first would count from the last: the mask says "to the end" in its stead.
    endIds: places.map(({ end }) => Math.max(end, 0)),
    endMasks: places.map(({ end }) => end < 0),
    strides: places.map(({ step }) => step),
  };
  return call.network.layer(
    'sliceStatic',
    params,
    [input],
    places.map(({ size }) => size),
  );
}

export const sliced: Emitter = (call) => {
  const input = blobAt(call, 0);
  const starts = integersAt(call, 'starts', 1);
  const ends = integersAt(call, 'ends', 2);
  if (!starts || !ends) throw unsupportedNode(call, 'it does not say from where to where');
  const axes = integersAt(call, 'axes', 3) ?? starts.map((_, axis) => axis);
  const steps = integersAt(call, 'steps', 4) ?? starts.map(() => 1);
  const ranges = axes.map(
    (axis, i) => [axisFrom(axis, input.shape.length), { begin: starts[i]!, end: ends[i]!, step: steps[i]! }] as const,
  );
  return slice(call, input, new Map(ranges));
};

/** One place along an axis. Several, in other orders than one by one, are no image classifier's. */
export const gather: Emitter = (call) => {
  const input = blobAt(call, 0);
  const indices = call.inputs[1];
  const axis = axisFrom(intOf(call.node, 'axis', 0), input.shape.length);
  if (indices?.kind !== 'integers' || indices.data.length !== 1)
    throw unsupportedNode(call, 'it takes other than one place');
  const index = axisFrom(indices.data[0]!, input.shape[axis]!);
  const one = slice(call, input, new Map([[axis, { begin: index, end: index + 1, step: 1 }]]));
  return indices.shape.length === 1 ? one : call.network.reshape(one, one.shape.toSpliced(axis, 1));
};

export const pad: Emitter = (call) => {
  const { network, node } = call;
  const input = blobAt(call, 0);
  const pads = integersAt(call, 'pads', 1);
  const rank = input.shape.length;
  if (pads?.length !== rank * 2 || call.inputs[3] || wordOf(call, 'mode', 'constant') !== 'constant')
    throw unsupportedNode(call, 'it is no padding of every axis by a constant');
  const sides = input.shape.map((_, axis) => [pads[axis]!, pads[axis + rank]!] as const);
  if (sides.some(([before, after], axis) => before < 0 || after < 0 || (axis < rank - 2 && before + after > 0)))
    throw unsupportedNode(call, 'it pads other than the borders of an image');
  const params = {
    constant: { value: floatsAt(call, 2)?.data[0] ?? floatOf(node, 'value', 0) },
    paddingAmounts: {
      borderAmounts: sides.slice(-2).map(([before, after]) => ({ startEdgeSize: before, endEdgeSize: after })),
    },
  };
  const shape = input.shape.map((side, axis) => side + sides[axis]![0] + sides[axis]![1]);
  return network.layer('padding', params, [input], shape);
};

const floatTypes: readonly number[] = [elementTypes.float32, elementTypes.float16, elementTypes.float64];

/** Core ML computes with floats throughout: casts between them, and from the image's bytes, change nothing. */
export const cast: Emitter = (call) => {
  const to = intOf(call.node, 'to', 0);
  const value = call.inputs[0];
  if (floatTypes.includes(to) && value?.kind === 'integers')
    return { kind: 'floats', shape: value.shape, data: Float32Array.from(value.data) };
  if (floatTypes.includes(to) && value) return value;
  if (to === elementTypes.int64 && value?.kind === 'integers') return value;
  throw unsupportedNode(call, `it makes values of ONNX' element type ${to}`);
};

export const same: Emitter = (call) => call.inputs[0] ?? blobAt(call, 0);
