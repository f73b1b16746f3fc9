// Operations that move values about: reshapes, transposes, joins, and what makes shapes and tables of constants.
import { int, ints } from '../../../onnx/compiler/graph.js';
import { sizeOf } from '../../../layersModel.js';
import { intAttribute, intsAttribute } from '../../graphDef.js';
import { kindOf, tensorOf, type Tensor } from '../../tensor.js';
import { transposed } from '../builder.js';
import { broadcastPlaces } from './elementwise.js';
import { joined, reshapeTo } from './slices.js';
import {
  constant,
  constantAt,
  fromFront,
  integersAt,
  kindOfValue,
  numbersAt,
  refusal,
  shapeOf,
  type Call,
  type Computed,
  type Constant,
  type Operator,
} from '../values.js';

/** Larger constants are not made out of smaller ones. */
const maxMade = 2 ** 26;

const sameAsGiven: Operator = ({ inputs }) => inputs;

/** NaN for the number of images. */
const asConstant = (side: number): number => (side === -1 ? NaN : side);
const fromConstant = (side: number): number => (Number.isNaN(side) ? -1 : side);

const shape: Operator = (call) => {
  const sides = shapeOf(numbersAt(call, 0)).map(asConstant);
  return [constant(tensorOf(kindOf(call.node.attr.get('out_type')?.type ?? 3) ?? 'int32', [sides.length], sides))];
};

const size: Operator = (call) => [
  constant(
    tensorOf(
      'int32',
      [],
      [
        shapeOf(numbersAt(call, 0))
          .map(asConstant)
          .reduce((a, b) => a * b, 1),
      ],
    ),
  ),
];

const rank: Operator = (call) => [constant(tensorOf('int32', [], [shapeOf(numbersAt(call, 0)).length]))];

/** The shape that `target` means: -1 is what is left over, NaN the number of images. In the result, -1 is the latter. */
function reshapedShape(from: readonly number[], target: readonly number[], call: Call): number[] {
  const known = (sides: readonly number[]): number => sizeOf(sides.filter((side) => side > 0));
  const isOpen = from.includes(-1);
  const left = known(from) / known(target);
  const sides = target.map((side) => {
    if (Number.isNaN(side)) return -1;
    return side === -1 && (!isOpen || target.some(Number.isNaN)) ? left : side;
  });
  if (sides.filter((side) => side === -1).length > 1 || !sides.every(Number.isInteger) || sides.includes(0))
    throw refusal(call.node, `makes [${target.join(', ')}] of [${from.join(', ')}], which do not have as many values`);
  if (!sides.includes(-1) && !isOpen && sizeOf(sides) !== sizeOf(from))
    throw refusal(call.node, `makes [${target.join(', ')}] of [${from.join(', ')}], which do not have as many values`);
  return sides;
}

const reshape: Operator = (call) => {
  const value = numbersAt(call, 0);
  return [reshapeTo(value, reshapedShape(shapeOf(value), Array.from(constantAt(call, 1).data), call), call)];
};

const squeeze: Operator = (call) => {
  const { node, graph } = call;
  const value = numbersAt(call, 0);
  const from = shapeOf(value);
  const given = intsAttribute(node, 'squeeze_dims');
  const stated = (given.length > 0 ? given : intsAttribute(node, 'axis')).map((axis) => fromFront(axis, from.length));
  const axes = stated.length > 0 ? stated : from.flatMap((side, axis) => (side === 1 ? [axis] : []));
  const to = from.filter((_, axis) => !axes.includes(axis));
  if (value.is === 'constant') return [constant({ ...value.tensor, shape: to })];
  if (axes.length === 0) return [value];
  const isGlobal = value.layout === 'planes' && axes.toSorted().join() === '1,2';
  const name = graph.node('Squeeze', [
    isGlobal ? value.name : graph.plain(value),
    graph.integers(isGlobal ? [2, 3] : axes),
  ]);
  return [{ ...value, name, shape: to, layout: 'plain' }];
};

const expand: Operator = (call) => {
  const value = numbersAt(call, 0);
  const from = shapeOf(value);
  const axis = fromFront(integersAt(call, 1)[0]!, from.length + 1);
  const to = from.toSpliced(axis, 0, 1);
  if (value.is === 'constant') return [constant({ ...value.tensor, shape: to })];
  const name = call.graph.node('Unsqueeze', [call.graph.plain(value), call.graph.integers([axis])]);
  return [{ ...value, name, shape: to, layout: 'plain' }];
};

const transpose: Operator = (call) => {
  const { graph } = call;
  const [value, perm] = [numbersAt(call, 0), integersAt(call, 1)];
  if (value.is === 'constant') return [constant(transposed(value.tensor, perm))];
  const to = perm.map((axis) => value.shape[axis]!);
  // These two are only another view of what lies in the graph already.
  if (value.layout === 'planes' && perm.join() === '0,3,1,2') return [{ ...value, shape: to, layout: 'plain' }];
  if (value.layout === 'plain' && perm.join() === '0,2,3,1') return [{ ...value, shape: to, layout: 'planes' }];
  const name = graph.node('Transpose', [graph.plain(value)], { perm: ints(perm) });
  return [{ ...value, name, shape: to, layout: 'plain' }];
};

const concatAlong = (call: Call, values: readonly (Computed | Constant)[], given: number): Computed | Constant => {
  const { graph, node } = call;
  const [first] = values;
  if (first === undefined) throw refusal(node, 'joins no values');
  const from = shapeOf(first);
  const axis = fromFront(given, from.length);
  const constants = values.flatMap((value) => (value.is === 'constant' ? [value.tensor] : []));
  if (constants.length === values.length) return constant(joined(constants, axis));
  const side = values.reduce((sum, value) => sum + shapeOf(value)[axis]!, 0);
  const isPlanes = values.some((value) => value.is === 'computed' && value.layout === 'planes');
  const layout = isPlanes ? ('planes' as const) : ('plain' as const);
  const name = graph.node(
    'Concat',
    values.map((value) => graph.named(value, layout)),
    {
      axis: int(isPlanes ? [0, 2, 3, 1][axis]! : axis),
    },
  );
  const shapes = from.map((one, i) => (values.some((value) => shapeOf(value)[i] === -1) ? -1 : one));
  return { is: 'computed', name, kind: kindOfValue(first), shape: shapes.with(axis, axis === 0 ? -1 : side), layout };
};

const concat: Operator = (call) => {
  const values = call.inputs.slice(0, -1).map((_, i) => numbersAt(call, i));
  return [concatAlong(call, values, integersAt(call, values.length)[0]!)];
};

const pack: Operator = (call) => {
  const values = call.inputs.map((_, i) => numbersAt(call, i));
  const axis = fromFront(intAttribute(call.node, 'axis', 0), shapeOf(values[0] ?? numbersAt(call, 0)).length + 1);
  const raised = values.map((value) => reshapeTo(value, shapeOf(value).toSpliced(axis, 0, 1), call));
  return [concatAlong(call, raised, axis)];
};

/** A value repeated until it has the shape, of which NaN is the number of images. */
function broadcastTo(value: Computed | Constant, to: readonly number[], call: Call): Computed | Constant {
  if (value.is === 'constant' && !to.some(Number.isNaN)) return constant(repeated(value.tensor, to, call));
  const name = call.graph.node('Expand', [call.graph.plain(value), call.graph.shape(to)]);
  return { is: 'computed', name, kind: kindOfValue(value), shape: to.map(fromConstant), layout: 'plain' };
}

function repeated({ kind, shape: from, data }: Tensor, to: readonly number[], { node }: Call): Tensor {
  if (sizeOf(to) > maxMade) throw refusal(node, `makes a constant of ${sizeOf(to)} values`);
  const placeOf = broadcastPlaces(from, to);
  return tensorOf(
    kind,
    to,
    Array.from({ length: sizeOf(to) }, (_, i) => data[placeOf(i)]!),
  );
}

const broadcast: Operator = (call) => [broadcastTo(numbersAt(call, 0), Array.from(constantAt(call, 1).data), call)];
const fill: Operator = (call) => [broadcastTo(numbersAt(call, 1), Array.from(constantAt(call, 0).data), call)];

const filledLike =
  (by: number): Operator =>
  (call) => {
    const value = numbersAt(call, 0);
    return [broadcastTo(constant(tensorOf(kindOfValue(value), [], [by])), shapeOf(value).map(asConstant), call)];
  };

const tile: Operator = (call) => {
  const { graph } = call;
  const [value, times] = [numbersAt(call, 0), Array.from(constantAt(call, 1).data)];
  const from = shapeOf(value);
  const to = from.map((side, axis) => asConstant(side) * times[axis]!);
  // One value along the axis repeated is the same as broadcast.
  if (from.every((side, axis) => side === 1 || times[axis] === 1)) return [broadcastTo(value, to, call)];
  if (value.is === 'constant' && !times.some(Number.isNaN)) {
    const tiled = times.reduce<Tensor>((tensor, count, axis) => {
      if (sizeOf(tensor.shape) * count > maxMade) throw refusal(call.node, 'makes a constant of too many values');
      return count === 1 ? tensor : joined(new Array<Tensor>(count).fill(tensor), axis);
    }, value.tensor);
    return [constant(tiled)];
  }
  const name = graph.node('Tile', [graph.plain(value), graph.shape(times)]);
  return [{ is: 'computed', name, kind: kindOfValue(value), shape: to.map(fromConstant), layout: 'plain' }];
};

const range: Operator = (call) => {
  const [start, end, step] = [0, 1, 2].map((i) => constantAt(call, i));
  const [first, stop, by] = [start, end, step].map((tensor) => tensor!.data[0]!) as [number, number, number];
  const count = Math.max(0, Math.ceil((stop - first) / by));
  if (!(count <= maxMade)) throw refusal(call.node, 'counts further than an image classifier needs to');
  return [
    constant(
      tensorOf(
        start!.kind,
        [count],
        Array.from({ length: count }, (_, i) => first + i * by),
      ),
    ),
  ];
};

export const shapeOperators: Readonly<Record<string, Operator>> = {
  Identity: sameAsGiven,
  IdentityN: sameAsGiven,
  StopGradient: sameAsGiven,
  PreventGradient: sameAsGiven,
  Snapshot: sameAsGiven,
  EnsureShape: sameAsGiven,
  CheckNumerics: sameAsGiven,
  PlaceholderWithDefault: sameAsGiven,
  Shape: shape,
  Size: size,
  Rank: rank,
  Reshape: reshape,
  Squeeze: squeeze,
  ExpandDims: expand,
  Transpose: transpose,
  ConcatV2: concat,
  Pack: pack,
  BroadcastTo: broadcast,
  Fill: fill,
  ZerosLike: filledLike(0),
  OnesLike: filledLike(1),
  Tile: tile,
  Range: range,
};
