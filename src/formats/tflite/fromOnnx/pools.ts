// Pooling over windows and over whole images, and means over axes.
import { attributeOf, intOf } from '../../onnx/nodes.js';
import type { NodeProto } from '../../onnx/protobuf.js';
import { mergingOptions, poolOptions, reducerOptions } from '../operators.js';
import { fromFront } from './axes.js';
import { imageOrder, plainOrder, type Conversion, type Value } from './conversion.js';
import { imageOf, unsupportedNode, type Emitter } from './emitter.js';
import { pad, type Filling } from './paddings.js';
import { placeWindow, type PlacedWindow } from './windows.js';

function kernelOf(node: NodeProto): [number, number] {
  const kernel = attributeOf(node, 'kernel_shape')?.ints?.map(Number) ?? [];
  if (kernel.length !== 2) throw unsupportedNode(node, 'it is not two-dimensional');
  return kernel as [number, number];
}

function emitPool(
  conversion: Conversion,
  node: NodeProto,
  name: 'MAX_POOL_2D' | 'AVERAGE_POOL_2D',
  value: Value,
  { kernel, placed, filling }: { kernel: [number, number]; placed: PlacedWindow; filling: Filling },
): Value {
  if (placed.dilations.some((dilation) => dilation !== 1)) throw unsupportedNode(node, 'its windows have gaps');
  const label = node.output[0]!;
  let input = conversion.ordered(value, imageOrder);
  if (placed.padding === 'explicit') {
    const margins = {
      before: [0, 0, placed.rows.before, placed.columns.before],
      after: [0, 0, placed.rows.after, placed.columns.after],
    };
    input = pad(conversion, input, margins, filling, `${label}/padded`);
  }
  const shape = [1, value.shape[1]!, placed.rows.size, placed.columns.size];
  const options = poolOptions(
    { padding: placed.padding === 'same' ? 'same' : 'valid', strides: placed.strides },
    kernel,
  );
  return conversion.emit(name, [input.tensor], label, shape, imageOrder, { options, scale: input.scale });
}

export const maxPool: Emitter = (conversion, node) => {
  const { value, rows, columns } = imageOf(conversion, node);
  const kernel = kernelOf(node);
  const placed = placeWindow(node, kernel, [rows, columns]);
  conversion.set(
    node.output[0]!,
    emitPool(conversion, node, 'MAX_POOL_2D', value, { kernel, placed, filling: 'lowest' }),
  );
};

/** How many pixels each window counts along one axis: those of the image, and of the padding where `padding` counts too. */
function countsAlong(
  { before, after, beyond, size }: PlacedWindow['rows'],
  { kernel, stride, side, countsPadding }: { kernel: number; stride: number; side: number; countsPadding: boolean },
): number[] {
  const [first, end] = countsPadding ? [-before, side + after - beyond] : [0, side];
  return Array.from({ length: size }, (_, step) => {
    const begin = step * stride - before;
    return Math.min(end, begin + kernel) - Math.max(first, begin);
  });
}

/** TFLite counts no pixel that its own SAME adds, and every one that was written out. */
export const averagePool: Emitter = (conversion, node) => {
  const { value, rows, columns, channels } = imageOf(conversion, node);
  const kernel = kernelOf(node);
  const given = placeWindow(node, kernel, [rows, columns]);
  const countsPadding = intOf(node, 'count_include_pad', 0) === 1;
  const placed: PlacedWindow =
    given.padding === 'same' && countsPadding ? { ...given, padding: 'explicit' as const } : given;
  const along = (axis: 0 | 1): number[] =>
    countsAlong(axis === 0 ? placed.rows : placed.columns, {
      kernel: kernel[axis],
      stride: placed.strides[axis],
      side: axis === 0 ? rows : columns,
      countsPadding,
    });
  const counts = along(0).flatMap((row) => along(1).map((column) => row * column));
  const area = kernel[0] * kernel[1];
  const isCorrect = placed.padding !== 'explicit' || counts.every((count) => count === area);
  const label = node.output[0]!;
  const pooled = emitPool(conversion, node, 'AVERAGE_POOL_2D', isCorrect ? value : conversion.float(value), {
    kernel,
    placed,
    filling: 0,
  });
  if (isCorrect) {
    conversion.set(label, pooled);
    return;
  }
  const factors = Float32Array.from(counts, (count) => area / count);
  const shape = [1, placed.rows.size, placed.columns.size, 1];
  const inputs = [pooled.tensor, conversion.constant(`${label}/factors`, shape, factors)];
  const corrected = [1, channels, placed.rows.size, placed.columns.size];
  conversion.set(
    label,
    conversion.emit('MUL', inputs, `${label}/corrected`, corrected, imageOrder, {
      options: mergingOptions('MUL', 'none'),
    }),
  );
};

export const globalMaxPool: Emitter = (conversion, node) => {
  const { value, rows, columns } = imageOf(conversion, node);
  const placed = placeWindow({ ...node, attribute: [] }, [rows, columns], [rows, columns]);
  conversion.set(
    node.output[0]!,
    emitPool(conversion, node, 'MAX_POOL_2D', value, { kernel: [rows, columns], placed, filling: 0 }),
  );
};

/** Sums are made in floats: an average of hundreds of rounded values would be rounded once more. */
function emitMean(
  conversion: Conversion,
  node: NodeProto,
  value: Value,
  axes: readonly number[],
  keepsDimensions: boolean,
): void {
  const label = node.output[0]!;
  const input = conversion.float(value);
  const reduced = value.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
  const places = axes.map((axis) => input.order.indexOf(axis)).sort((a, b) => a - b);
  const mean = conversion.emit(
    'MEAN',
    [input.tensor, conversion.int32s(`${label}/axes`, places)],
    label,
    reduced,
    input.order,
    { options: reducerOptions(true) },
  );
  if (keepsDimensions) {
    conversion.set(label, mean);
    return;
  }
  const kept = reduced.filter((_, axis) => !axes.includes(axis));
  conversion.set(label, conversion.reshape(mean, kept, `${label}/flat`));
}

export const globalAveragePool: Emitter = (conversion, node) =>
  emitMean(conversion, node, imageOf(conversion, node).value, [2, 3], true);

export const reduceMean: Emitter = (conversion, node) => {
  const value = conversion.value(node.input[0]!);
  const rank = value.shape.length;
  const axes = (conversion.integers(node, 'axes', 1) ?? plainOrder(rank)).map((axis) => fromFront(axis, rank));
  if (axes.includes(0)) throw unsupportedNode(node, 'it averages over the images of a batch');
  emitMean(conversion, node, value, axes, intOf(node, 'keepdims', 1) === 1);
};
