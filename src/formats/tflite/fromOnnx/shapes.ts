// Operators that move values without changing them.
import { attributeOf, intOf } from '../../onnx/nodes.js';
import type { NodeProto } from '../../onnx/protobuf.js';
import { concatenationOptions, gatherOptions } from '../operators.js';
import { fromFront, permute } from './axes.js';
import { permuteData, plainOrder, sameScale, type Conversion, type Value } from './conversion.js';
import { unsupportedNode, type Emitter } from './emitter.js';
import { pad } from './paddings.js';

const inputOf = (conversion: Conversion, node: NodeProto): Value => conversion.value(node.input[0]!);

export const identity: Emitter = (conversion, node) => {
  conversion.set(node.output[0]!, inputOf(conversion, node));
};

const movedAxes = (node: NodeProto, rank: number): number[] =>
  attributeOf(node, 'perm')?.ints?.map(Number) ?? plainOrder(rank).toReversed();

/** What is stored stays where it is: only its axes have other numbers. */
export const transpose: Emitter = (conversion, node) => {
  const constant = conversion.floats(node, 0);
  if (constant) {
    const { shape, data } = constant;
    const moved = movedAxes(node, shape.length);
    conversion.setConstant(node.output[0]!, {
      shape: permute(shape, moved),
      data: permuteData(data, shape, moved),
    });
    return;
  }
  const value = inputOf(conversion, node);
  const moved = movedAxes(node, value.shape.length);
  conversion.set(node.output[0]!, {
    ...value,
    shape: permute(value.shape, moved),
    order: value.order.map((axis) => moved.indexOf(axis)),
  });
};

/** Integers of an attribute or a constant input. */
function integersFor(conversion: Conversion, node: NodeProto, name: string, input: number): number[] {
  const values = conversion.integers(node, name, input);
  if (values === undefined) throw unsupportedNode(node, `its ${name} is not constant`);
  return values;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, side) => product * side, 1);

export const reshape: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const allowsZero = intOf(node, 'allowzero', 0) === 1;
  const asked = integersFor(conversion, node, 'shape', 1).map((side, axis) =>
    side === 0 && !allowsZero ? value.shape[axis]! : side,
  );
  const known = sizeOf(asked.filter((side) => side !== -1));
  const shape = asked.map((side) => (side === -1 ? sizeOf(value.shape) / known : side));
  if (sizeOf(shape) !== sizeOf(value.shape))
    throw unsupportedNode(node, `[${shape.join(', ')}] does not hold the values of one image`);
  conversion.set(node.output[0]!, conversion.reshape(value, shape, node.output[0]!));
};

export const flatten: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const axis = fromFront(intOf(node, 'axis', 1), value.shape.length);
  const shape = [sizeOf(value.shape.slice(0, axis)), sizeOf(value.shape.slice(axis))];
  conversion.set(node.output[0]!, conversion.reshape(value, shape, node.output[0]!));
};

export const squeeze: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const rank = value.shape.length;
  const axes = conversion.integers(node, 'axes', 1)?.map((axis) => fromFront(axis, rank));
  const shape = value.shape.filter((side, axis) => (axes ? !axes.includes(axis) : side !== 1));
  conversion.set(node.output[0]!, conversion.reshape(value, shape, node.output[0]!));
};

export const unsqueeze: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const axes = integersFor(conversion, node, 'axes', 1);
  const rank = value.shape.length + axes.length;
  const added = axes.map((axis) => fromFront(axis, rank));
  const sides = [...value.shape];
  const shape = plainOrder(rank).map((axis) => (added.includes(axis) ? 1 : sides.shift()!));
  conversion.set(node.output[0]!, conversion.reshape(value, shape, node.output[0]!));
};

/** In int8 where all inputs have one scale. */
export const concat: Emitter = (conversion, node) => {
  const values = node.input.map((name) => conversion.value(name));
  const first = values[0]!;
  const rank = first.shape.length;
  const axis = fromFront(intOf(node, 'axis', 0), rank);
  const { scale } = first;
  const keepsInt8 = scale !== undefined && values.every((value) => value.scale && sameScale(value.scale, scale));
  const placed = values.map((value) =>
    keepsInt8 ? conversion.ordered(value, first.order) : conversion.float(value, first.order),
  );
  const side = values.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const emitted = conversion.emit(
    'CONCATENATION',
    placed.map(({ tensor }) => tensor),
    node.output[0]!,
    first.shape.map((own, i) => (i === axis ? side : own)),
    first.order,
    { options: concatenationOptions(first.order.indexOf(axis)), scale: keepsInt8 ? scale : undefined },
  );
  conversion.set(node.output[0]!, emitted);
};

export const padding: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const mode = Buffer.from(attributeOf(node, 'mode')?.s ?? 'constant').toString();
  if (mode !== 'constant') throw unsupportedNode(node, `its mode is ${mode}`);
  if ((node.input[3] ?? '') !== '') throw unsupportedNode(node, 'it names its axes');
  const pads = integersFor(conversion, node, 'pads', 1);
  const rank = value.shape.length;
  if (pads.length !== 2 * rank || pads.some((side) => side < 0)) throw unsupportedNode(node, 'it cuts off its input');
  const constant = conversion.floats(node, 2)?.data[0] ?? attributeOf(node, 'value')?.f ?? 0;
  // What keepPooledPaddings writes in place of zero.
  const filling = Math.abs(constant) <= 2 ** -24 ? 0 : constant;
  const margins = { before: pads.slice(0, rank), after: pads.slice(rank) };
  conversion.set(node.output[0]!, pad(conversion, value, margins, filling, node.output[0]!));
};

export const slice: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const rank = value.shape.length;
  const [starts, ends] = [integersFor(conversion, node, 'starts', 1), integersFor(conversion, node, 'ends', 2)];
  const axes = (conversion.integers(node, 'axes', 3) ?? plainOrder(starts.length)).map((axis) => fromFront(axis, rank));
  const steps = conversion.integers(node, 'steps', 4) ?? [];
  if (steps.some((step) => step !== 1)) throw unsupportedNode(node, 'its steps are not 1');
  const within = (place: number, side: number): number => Math.min(side, Math.max(0, place < 0 ? place + side : place));
  const begin = value.shape.map((side, axis) => (axes.includes(axis) ? within(starts[axes.indexOf(axis)]!, side) : 0));
  const shape = value.shape.map((side, axis) =>
    axes.includes(axis) ? within(ends[axes.indexOf(axis)]!, side) - begin[axis]! : side,
  );
  const label = node.output[0]!;
  const inputs = [
    value.tensor,
    conversion.int32s(`${label}/begin`, permute(begin, value.order)),
    conversion.int32s(`${label}/size`, permute(shape, value.order)),
  ];
  conversion.set(label, conversion.emit('SLICE', inputs, label, shape, value.order, { scale: value.scale }));
};

/** With constant indices. */
export const gather: Emitter = (conversion, node) => {
  const value = inputOf(conversion, node);
  const axis = fromFront(intOf(node, 'axis', 0), value.shape.length);
  const indices = conversion.integers(node, '', 1);
  const tensor = conversion.constants.get(node.input[1]!);
  if (!indices || tensor?.dims.length !== 1) throw unsupportedNode(node, 'its indices are no constant list');
  const label = node.output[0]!;
  const places = indices.map((index) => fromFront(index, value.shape[axis]!));
  const shape = value.shape.map((side, i) => (i === axis ? places.length : side));
  const inputs = [value.tensor, conversion.int32s(`${label}/indices`, places)];
  const options = gatherOptions(value.order.indexOf(axis));
  conversion.set(label, conversion.emit('GATHER', inputs, label, shape, value.order, { options, scale: value.scale }));
};
