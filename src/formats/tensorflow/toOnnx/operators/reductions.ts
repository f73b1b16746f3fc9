// Means, sums and the like over axes.
import { int } from '../../../onnx/compiler/graph.js';
import { sizeOf } from '../../../layersModel.js';
import { boolAttribute } from '../../graphDef.js';
import { tensorOf, type Tensor } from '../../tensor.js';
import { constant, fromFront, integersAt, numbersAt, shapeOf, type Operator } from '../values.js';

interface Reduction {
  readonly opType: string;
  readonly fold: (values: readonly number[]) => number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const reductions: Readonly<Record<string, Reduction>> = {
  Mean: { opType: 'ReduceMean', fold: (values) => sum(values) / values.length },
  Sum: { opType: 'ReduceSum', fold: sum },
  Max: { opType: 'ReduceMax', fold: (values) => values.reduce((a, b) => Math.max(a, b)) },
  Min: { opType: 'ReduceMin', fold: (values) => values.reduce((a, b) => Math.min(a, b)) },
  Prod: { opType: 'ReduceProd', fold: (values) => values.reduce((a, b) => a * b, 1) },
  All: { opType: 'ReduceMin', fold: (values) => Math.min(1, ...values) },
  Any: { opType: 'ReduceMax', fold: (values) => Math.max(0, ...values) },
};

function reducedShape(shape: readonly number[], axes: ReadonlySet<number>, keeps: boolean): number[] {
  return shape.flatMap((side, axis) => (axes.has(axis) ? (keeps ? [1] : []) : [side]));
}

function foldOver(
  { kind, shape, data }: Tensor,
  axes: ReadonlySet<number>,
  keeps: boolean,
  fold: Reduction['fold'],
): Tensor {
  const kept = reducedShape(shape, axes, true);
  const steps = kept.map((_, axis) => sizeOf(kept.slice(axis + 1)));
  const groups: number[][] = Array.from({ length: sizeOf(kept) }, () => []);
  data.forEach((value, i) => {
    let rest = i;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (!axes.has(axis)) place += (rest % shape[axis]!) * steps[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    groups[place]!.push(value);
  });
  return tensorOf(kind, reducedShape(shape, axes, keeps), groups.map(fold));
}

/** Where axes of [N, H, W, C] lie in [N, C, H, W]. */
const axisInPlanes = [0, 2, 3, 1];

const reduce =
  ({ opType, fold }: Reduction): Operator =>
  (call) => {
    const { node, graph } = call;
    const [value, given] = [numbersAt(call, 0), integersAt(call, 1)];
    const shape = shapeOf(value);
    const axes = new Set(given.map((axis) => fromFront(axis, shape.length)));
    const keeps = boolAttribute(node, 'keep_dims');
    if (value.is === 'constant') return [constant(foldOver(value.tensor, axes, keeps, fold))];
    // Without the spatial axes, planes are what they are to TensorFlow: [N, C].
    const staysPlanes = value.layout === 'planes' && keeps;
    const isGlobal = value.layout === 'planes' && axes.size === 2 && axes.has(1) && axes.has(2);
    const inPlanes = staysPlanes || isGlobal;
    const placed = [...axes].map((axis) => (inPlanes ? axisInPlanes[axis]! : axis)).sort((a, b) => a - b);
    const name = graph.node(opType, [inPlanes ? value.name : graph.plain(value), graph.integers(placed)], {
      keepdims: int(keeps ? 1 : 0),
    });
    return [{ ...value, name, shape: reducedShape(shape, axes, keeps), layout: staysPlanes ? 'planes' : 'plain' }];
  };

export const reductionOperators: Readonly<Record<string, Operator>> = Object.fromEntries(
  Object.entries(reductions).map(([op, reduction]) => [op, reduce(reduction)]),
);
