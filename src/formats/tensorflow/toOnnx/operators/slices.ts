// Parts of values: slices as Python writes them, one index of an axis, and splits.
import { int } from '../../../onnx/compiler/graph.js';
import { sizeOf } from '../../../layersModel.js';
import { intAttribute } from '../../graphDef.js';
import { tensorOf, type Tensor } from '../../tensor.js';
import {
  constant,
  constantAt,
  fromFront,
  integersAt,
  numbersAt,
  refusal,
  shapeOf,
  type Call,
  type Computed,
  type Constant,
  type Operator,
} from '../values.js';

/** What is taken of one axis. */
interface Part {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

const whole = (side: number): Part => ({ start: 0, step: 1, count: side });
const isWhole = ({ start, step, count }: Part, side: number): boolean => start === 0 && step === 1 && count === side;

function partOfTensor({ kind, shape, data }: Tensor, parts: readonly Part[]): Tensor {
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const counts = parts.map(({ count }) => count);
  const strides = counts.map((_, axis) => sizeOf(counts.slice(axis + 1)));
  const values = Array.from({ length: sizeOf(counts) }, (_, i) =>
    parts.reduce((place, { start, step, count }, axis) => {
      return place + (start + step * (Math.floor(i / strides[axis]!) % count)) * steps[axis]!;
    }, 0),
  );
  return tensorOf(
    kind,
    counts,
    values.map((place) => data[place]!),
  );
}

/** Beyond every axis: a slice that goes backwards ends before the first value. */
const beforeAll = -(2 ** 31);

/** `parts`: one for each axis; the number of images must be taken whole. */
export function takeParts(
  value: Computed | Constant,
  parts: readonly Part[],
  { node, graph }: Call,
): Computed | Constant {
  if (value.is === 'constant') return constant(partOfTensor(value.tensor, parts));
  const axes = parts.flatMap((part, axis) => (isWhole(part, value.shape[axis]!) ? [] : [axis]));
  if (axes.length === 0) return value;
  if (axes.some((axis) => value.shape[axis] === -1)) throw refusal(node, 'takes some of the images and leaves others');
  const chosen = axes.map((axis) => parts[axis]!);
  const inGraph = axes.map((axis) => (value.layout === 'planes' ? [0, 2, 3, 1][axis]! : axis));
  const name = graph.node('Slice', [
    value.name,
    graph.integers(chosen.map(({ start }) => start)),
    graph.integers(
      chosen.map(({ start, step, count }) => {
        const end = start + step * count;
        return step < 0 && end < 0 ? beforeAll : end;
      }),
    ),
    graph.integers(inGraph),
    graph.integers(chosen.map(({ step }) => step)),
  ]);
  return { ...value, name, shape: parts.map(({ count }) => count) };
}

/** The same values under another shape, of which -1 is the number of images. */
export function reshapeTo(value: Computed | Constant, shape: readonly number[], { graph }: Call): Computed | Constant {
  if (value.is === 'constant') return constant({ ...value.tensor, shape });
  if (shape.join() === value.shape.join()) return value;
  const name = graph.node('Reshape', [graph.plain(value), graph.integers(shape)]);
  return { ...value, name, shape, layout: 'plain' };
}

const bit = (mask: number, place: number): boolean => Math.floor(mask / 2 ** place) % 2 === 1;

/** begin:end:step of an axis as Python counts them. */
function slicePart(side: number, begin: number | undefined, end: number | undefined, step: number): Part {
  const clamp = (place: number): number => {
    const counted = place < 0 ? place + side : place;
    return step > 0 ? Math.min(side, Math.max(0, counted)) : Math.min(side - 1, Math.max(-1, counted));
  };
  const start = begin === undefined ? (step > 0 ? 0 : side - 1) : clamp(begin);
  const stop = end === undefined ? (step > 0 ? side : -1) : clamp(end);
  return { start, step, count: Math.max(0, Math.ceil((stop - start) / step)) };
}

const stridedSlice: Operator = (call) => {
  const { node } = call;
  const value = numbersAt(call, 0);
  const shape = shapeOf(value);
  const [begins, ends, steps] = [constantAt(call, 1).data, constantAt(call, 2).data, constantAt(call, 3).data];
  const mask = (name: string): number => intAttribute(node, name, 0);
  const [ellipsis, newAxis, shrink] = [mask('ellipsis_mask'), mask('new_axis_mask'), mask('shrink_axis_mask')];
  const named = Array.from(begins).filter((_, i) => !bit(newAxis, i) && !bit(ellipsis, i)).length;
  const parts: Part[] = [];
  const result: number[] = [];
  const keepWhole = (until: number): void => {
    while (parts.length < until) {
      result.push(shape[parts.length]!);
      parts.push(whole(shape[parts.length]!));
    }
  };
  begins.forEach((begin, i) => {
    if (bit(ellipsis, i)) {
      keepWhole(parts.length + shape.length - named);
      return;
    }
    if (bit(newAxis, i)) {
      result.push(1);
      return;
    }
    const side = shape[parts.length]!;
    if (bit(shrink, i)) {
      parts.push({ start: fromFront(begin, side), step: 1, count: 1 });
      return;
    }
    const open = [bit(mask('begin_mask'), i) || (side === -1 && begin === 0), bit(mask('end_mask'), i)];
    const part =
      side === -1 && open[0] && (open[1] || ends[i]! > 2 ** 30 || Number.isNaN(ends[i])) && steps[i] === 1
        ? whole(-1)
        : slicePart(side, open[0] ? undefined : begin, open[1] ? undefined : ends[i], steps[i]!);
    parts.push(part);
    result.push(part.count);
  });
  keepWhole(shape.length);
  if (parts.some(({ start, step, count }) => ![start, step, count].every(Number.isInteger)))
    throw refusal(node, 'takes a part that depends on the number of images');
  return [reshapeTo(takeParts(value, parts, call), result, call)];
};

const slice: Operator = (call) => {
  const value = numbersAt(call, 0);
  const shape = shapeOf(value);
  const [begins, sizes] = [integersAt(call, 1), constantAt(call, 2).data];
  const parts = shape.map((side, axis): Part => {
    const [start, size] = [begins[axis]!, sizes[axis]!];
    if (side === -1 && start === 0 && !(size >= 0)) return whole(side);
    return { start, step: 1, count: size === -1 ? side - start : size };
  });
  return [takeParts(value, parts, call)];
};

/** Consecutive parts of the sizes along an axis. */
function splitInto(
  call: Call,
  value: Computed | Constant,
  axis: number,
  sizes: readonly number[],
): (Computed | Constant)[] {
  const shape = shapeOf(value);
  let start = 0;
  return sizes.map((count) => {
    const parts = shape.map((side, i) => (i === axis ? { start, step: 1, count } : whole(side)));
    start += count;
    return takeParts(value, parts, call);
  });
}

const splitEvenly: Operator = (call) => {
  const value = numbersAt(call, 1);
  const axis = fromFront(integersAt(call, 0)[0]!, shapeOf(value).length);
  const [count, side] = [intAttribute(call.node, 'num_split'), shapeOf(value)[axis]!];
  if (side < 1 || side % count !== 0) throw refusal(call.node, `splits ${side} values into ${count}`);
  return splitInto(call, value, axis, new Array<number>(count).fill(side / count));
};

const splitUnevenly: Operator = (call) => {
  const value = numbersAt(call, 0);
  const axis = fromFront(integersAt(call, 2)[0]!, shapeOf(value).length);
  const [given, side] = [integersAt(call, 1), shapeOf(value)[axis]!];
  const stated = given.reduce((sum, size) => sum + Math.max(0, size), 0);
  return splitInto(
    call,
    value,
    axis,
    given.map((size) => (size === -1 ? side - stated : size)),
  );
};

const without = (shape: readonly number[], axis: number): number[] => shape.filter((_, i) => i !== axis);

const unpack: Operator = (call) => {
  const value = numbersAt(call, 0);
  const shape = shapeOf(value);
  const axis = fromFront(intAttribute(call.node, 'axis', 0), shape.length);
  if (shape[axis]! < 0) throw refusal(call.node, 'takes the images apart');
  const ones = new Array<number>(shape[axis]!).fill(1);
  return splitInto(call, value, axis, ones).map((part) => reshapeTo(part, without(shape, axis), call));
};

const gather: Operator = (call) => {
  const { node, graph } = call;
  const [value, indices] = [numbersAt(call, 0), constantAt(call, 1)];
  const shape = shapeOf(value);
  const axis = node.op === 'Gather' ? 0 : fromFront(integersAt(call, 2)[0]!, shape.length);
  const places = Array.from(indices.data, (index) => fromFront(index, shape[axis]!));
  if (
    intAttribute(node, 'batch_dims', 0) !== 0 ||
    shape[axis]! < 0 ||
    !places.every((place) => place >= 0 && place < shape[axis]!)
  )
    throw refusal(node, 'takes values by places that are not those of one axis');
  const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
  if (value.is === 'constant') {
    const picked = places.map((start) =>
      partOfTensor(
        value.tensor,
        shape.map((side, i) => (i === axis ? { start, step: 1, count: 1 } : whole(side))),
      ),
    );
    return [constant({ ...joined(picked, axis), shape: result })];
  }
  const name = graph.node(
    'Gather',
    [graph.plain(value), graph.constant({ ...indices, kind: 'int64', data: Float64Array.from(places) })],
    { axis: int(axis) },
  );
  return [{ ...value, name, shape: result, layout: 'plain' }];
};

/** Constants one behind the other along an axis. */
export function joined(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  const inner = (tensor: Tensor): number => sizeOf(tensor.shape.slice(axis));
  const values: number[] = [];
  for (let outer = 0; outer < sizeOf(first!.shape.slice(0, axis)); outer++)
    for (const tensor of tensors)
      for (const value of tensor.data.subarray(outer * inner(tensor), (outer + 1) * inner(tensor))) values.push(value);
  const side = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return tensorOf(first!.kind, first!.shape.with(axis, side), values);
}

const reverse: Operator = (call) => {
  const value = numbersAt(call, 0);
  const shape = shapeOf(value);
  const axes = new Set(integersAt(call, 1).map((axis) => fromFront(axis, shape.length)));
  const parts = shape.map((side, axis) => (axes.has(axis) ? { start: side - 1, step: -1, count: side } : whole(side)));
  return [takeParts(value, parts, call)];
};

export const sliceOperators: Readonly<Record<string, Operator>> = {
  StridedSlice: stridedSlice,
  Slice: slice,
  Split: splitEvenly,
  SplitV: splitUnevenly,
  Unpack: unpack,
  Gather: gather,
  GatherV2: gather,
  ReverseV2: reverse,
};
