// Operations that take each value by itself: activations, arithmetic of two values, and what of both is known at once.
import { float, int } from '../../../onnx/compiler/graph.js';
import { floatAttribute, type TfNode } from '../../graphDef.js';
import { kindOf, tensorOf, type NumberKind, type Tensor } from '../../tensor.js';
import { elementNumberOf, type GraphBuilder } from '../builder.js';
import {
  broadcastShapes,
  constant,
  kindOfValue,
  numbersAt,
  refusal,
  shapeOf,
  type Call,
  type Computed,
  type Constant,
  type Layout,
  type Operator,
} from '../values.js';
import { sizeOf } from '../../../layersModel.js';

/** How an operation of one value is written in ONNX, and what it gives for a number. */
interface Unary {
  readonly write: (graph: GraphBuilder, input: string, node: TfNode) => string;
  readonly fold: (value: number, node: TfNode) => number;
}

const plainly = (opType: string, fold: (value: number) => number): Unary => ({
  write: (graph, input) => graph.node(opType, [input]),
  fold,
});

const eluAlpha = 1;
/** tf.nn.selu's constants (Klambauer et al. 2017), which are ONNX' defaults too. */
const [seluAlpha, seluScale] = [1.6732632423543772, 1.0507009873554805];
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const leakyAlpha = (node: TfNode): number => floatAttribute(node, 'alpha', 0.2);

/** Half to even, as TensorFlow and ONNX round. */
const roundEven = (x: number): number => {
  const rounded = Math.round(x);
  return Math.abs(x % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
};

const refuseToFold = (_value: number, node: TfNode): number => {
  throw refusal(node, 'is applied to a constant, which Taxon does not convert');
};

const unaries: Readonly<Record<string, Unary>> = {
  Relu: plainly('Relu', (x) => Math.max(0, x)),
  Relu6: {
    write: (graph, input) => graph.node('Clip', [input, graph.scalar(0), graph.scalar(6)]),
    fold: (x) => Math.min(6, Math.max(0, x)),
  },
  LeakyRelu: {
    write: (graph, input, node) => graph.node('LeakyRelu', [input], { alpha: float(leakyAlpha(node)) }),
    fold: (x, node) => (x > 0 ? x : leakyAlpha(node) * x),
  },
  Elu: plainly('Elu', (x) => (x > 0 ? x : eluAlpha * Math.expm1(x))),
  Selu: {
    write: (graph, input) => graph.node('Selu', [input], { alpha: float(seluAlpha), gamma: float(seluScale) }),
    fold: (x) => seluScale * (x > 0 ? x : seluAlpha * Math.expm1(x)),
  },
  Sigmoid: plainly('Sigmoid', sigmoid),
  Tanh: plainly('Tanh', Math.tanh),
  Softplus: plainly('Softplus', (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(0, x)),
  Softsign: plainly('Softsign', (x) => x / (1 + Math.abs(x))),
  Exp: plainly('Exp', Math.exp),
  Log: plainly('Log', Math.log),
  Log1p: {
    write: (graph, input) => graph.node('Log', [graph.node('Add', [input, graph.scalar(1)])]),
    fold: Math.log1p,
  },
  Neg: plainly('Neg', (x) => -x),
  Abs: plainly('Abs', Math.abs),
  Sign: plainly('Sign', Math.sign),
  Sqrt: plainly('Sqrt', Math.sqrt),
  Rsqrt: {
    write: (graph, input) => graph.node('Reciprocal', [graph.node('Sqrt', [input])]),
    fold: (x) => 1 / Math.sqrt(x),
  },
  Reciprocal: plainly('Reciprocal', (x) => 1 / x),
  Inv: plainly('Reciprocal', (x) => 1 / x),
  Square: { write: (graph, input) => graph.node('Mul', [input, input]), fold: (x) => x * x },
  Erf: { write: (graph, input) => graph.node('Erf', [input]), fold: refuseToFold },
  Erfc: {
    write: (graph, input) => graph.node('Sub', [graph.scalar(1), graph.node('Erf', [input])]),
    fold: refuseToFold,
  },
  Floor: plainly('Floor', Math.floor),
  Ceil: plainly('Ceil', Math.ceil),
  Round: plainly('Round', roundEven),
  Rint: plainly('Round', roundEven),
  LogicalNot: plainly('Not', (x) => (x === 0 ? 1 : 0)),
};

const sameKind = (tensor: Tensor, values: ArrayLike<number>): Tensor => tensorOf(tensor.kind, tensor.shape, values);

const unary =
  ({ write, fold }: Unary): Operator =>
  (call) => {
    const { node, graph } = call;
    const value = numbersAt(call, 0);
    if (value.is === 'constant')
      return [
        constant(
          sameKind(
            value.tensor,
            Array.from(value.tensor.data, (x) => fold(x, node)),
          ),
        ),
      ];
    return [{ ...value, name: write(graph, value.name, node) }];
  };

/** An activation that TensorFlow's optimiser has fused into another node. Throws AppError invalid_model where none is called so. */
export function applyActivation(name: string, value: Computed, { node, graph }: Call, alpha: number): Computed {
  const found = unaries[name];
  if (!found) throw refusal(node, `has ${name} fused into it, which Taxon does not convert`);
  const withAlpha: TfNode = { ...node, attr: new Map([...node.attr, ['alpha', { f: alpha }]]) };
  return { ...value, name: found.write(graph, value.name, withAlpha) };
}

interface Binary {
  readonly write: (graph: GraphBuilder, a: string, b: string) => string;
  readonly fold: (a: number, b: number) => number;
  /** Where it is not the operands'. */
  readonly kind?: NumberKind;
}

const binarily = (opType: string, fold: Binary['fold'], kind?: NumberKind): Binary => ({
  write: (graph, a, b) => graph.node(opType, [a, b]),
  fold,
  ...(kind && { kind }),
});
const comparison = (opType: string, holds: (a: number, b: number) => boolean): Binary =>
  binarily(opType, (a, b) => (Number.isNaN(a + b) ? NaN : Number(holds(a, b))), 'bool');

const add = binarily('Add', (a, b) => a + b);
const divide = binarily('Div', (a, b) => a / b);
const binaries: Readonly<Record<string, Binary>> = {
  Add: add,
  AddV2: add,
  Sub: binarily('Sub', (a, b) => a - b),
  Mul: binarily('Mul', (a, b) => a * b),
  RealDiv: divide,
  Div: divide,
  FloorDiv: {
    write: (graph, a, b) => graph.node('Floor', [graph.node('Div', [a, b])]),
    fold: (a, b) => Math.floor(a / b),
  },
  Maximum: binarily('Max', Math.max),
  Minimum: binarily('Min', Math.min),
  Pow: binarily('Pow', Math.pow),
  FloorMod: binarily('Mod', (a, b) => a - b * Math.floor(a / b)),
  SquaredDifference: {
    write: (graph, a, b) => {
      const difference = graph.node('Sub', [a, b]);
      return graph.node('Mul', [difference, difference]);
    },
    fold: (a, b) => (a - b) ** 2,
  },
  Greater: comparison('Greater', (a, b) => a > b),
  GreaterEqual: comparison('GreaterOrEqual', (a, b) => a >= b),
  Less: comparison('Less', (a, b) => a < b),
  LessEqual: comparison('LessOrEqual', (a, b) => a <= b),
  Equal: comparison('Equal', (a, b) => a === b),
  LogicalAnd: comparison('And', (a, b) => a !== 0 && b !== 0),
  LogicalOr: comparison('Or', (a, b) => a !== 0 || b !== 0),
};

/** `values` repeated over the larger shape: the places in them, one for each value of the result. */
export function broadcastPlaces(from: readonly number[], to: readonly number[]): (place: number) => number {
  const padded = [...to.slice(from.length).map(() => 1), ...from];
  const strides = padded.map((side, axis) => (side === 1 ? 0 : sizeOf(padded.slice(axis + 1))));
  const steps = to.map((_, axis) => sizeOf(to.slice(axis + 1)));
  return (place) => to.reduce((sum, side, axis) => sum + (Math.floor(place / steps[axis]!) % side) * strides[axis]!, 0);
}

function foldBinary({ fold, kind }: Binary, a: Tensor, b: Tensor, node: TfNode): Tensor {
  const shape = broadcastShapes(a.shape, b.shape, node);
  const [left, right] = [broadcastPlaces(a.shape, shape), broadcastPlaces(b.shape, shape)];
  const isWhole = a.kind !== 'float' && (node.op === 'Div' || node.op === 'RealDiv');
  const values = Array.from({ length: sizeOf(shape) }, (_, i) => {
    const value = fold(a.data[left(i)]!, b.data[right(i)]!);
    return isWhole ? Math.trunc(value) : value;
  });
  return tensorOf(kind ?? a.kind, shape, values);
}

/** The operands of one node in the layout that costs least: that of an image where one of them is one. */
export function inOneLayout(
  values: readonly (Computed | Constant)[],
  graph: GraphBuilder,
): { readonly names: readonly string[]; readonly layout: Layout } {
  const isPlanes = (value: Computed | Constant): boolean => value.is === 'computed' && value.layout === 'planes';
  const fits = values.every((value) => value.is === 'constant' || value.shape.length === 4);
  if (!values.some(isPlanes) || !fits || values.some((value) => shapeOf(value).length > 4))
    return { names: values.map((value) => graph.plain(value)), layout: 'plain' };
  return { names: values.map((value) => graph.planes(ofRankFour(value))), layout: 'planes' };
}

function ofRankFour(value: Computed | Constant): Computed | Constant {
  if (value.is === 'computed' || value.tensor.shape.length === 4) return value;
  const { shape } = value.tensor;
  return constant({ ...value.tensor, shape: [...[1, 1, 1, 1].slice(shape.length), ...shape] });
}

function applyBinary(
  operation: Binary,
  values: readonly [Computed | Constant, Computed | Constant],
  { node, graph }: Call,
): Computed | Constant {
  const [a, b] = values;
  if (a.is === 'constant' && b.is === 'constant') return constant(foldBinary(operation, a.tensor, b.tensor, node));
  const { names, layout } = inOneLayout(values, graph);
  return {
    is: 'computed',
    name: operation.write(graph, names[0]!, names[1]!),
    kind: operation.kind ?? kindOfValue(a),
    shape: broadcastShapes(shapeOf(a), shapeOf(b), node),
    layout,
  };
}

const binary =
  (operation: Binary): Operator =>
  (call) => [applyBinary(operation, [numbersAt(call, 0), numbersAt(call, 1)], call)];

const sumOfAll: Operator = (call) => {
  const [first, ...others] = call.inputs.map((_, i) => numbersAt(call, i));
  return [others.reduce((sum, value) => applyBinary(add, [sum, value], call), first!)];
};

const clip: Operator = (call) => {
  const [value, low, high] = [numbersAt(call, 0), numbersAt(call, 1), numbersAt(call, 2)];
  const above = applyBinary(binaries['Maximum']!, [value, low], call);
  return [applyBinary(binaries['Minimum']!, [above, high], call)];
};

/** What is divided by zero is zero. */
const divideNoNan: Operator = (call) => {
  if (constantAtIs(call, 1)) return [applyBinary(divide, [numbersAt(call, 0), numbersAt(call, 1)], call)];
  throw refusal(call.node, 'divides by a value that depends on the image or is zero');
};
const constantAtIs = (call: Call, index: number): boolean => {
  const value = numbersAt(call, index);
  return value.is === 'constant' && value.tensor.data.every((x) => x !== 0);
};

const select: Operator = (call) => {
  const [condition, yes, no] = [numbersAt(call, 0), numbersAt(call, 1), numbersAt(call, 2)];
  if (condition.is === 'constant' && condition.tensor.data.length === 1)
    return [condition.tensor.data[0] === 0 ? no : yes];
  const shape = broadcastShapes(broadcastShapes(shapeOf(condition), shapeOf(yes), call.node), shapeOf(no), call.node);
  const { names, layout } = inOneLayout([condition, yes, no], call.graph);
  return [{ is: 'computed', name: call.graph.node('Where', names), kind: kindOfValue(yes), shape, layout }];
};

const cast: Operator = (call) => {
  const { node, graph } = call;
  const value = numbersAt(call, 0);
  const kind = kindOf(node.attr.get('DstT')?.type ?? 0);
  if (kind === undefined) throw refusal(node, `casts to TensorFlow's data type ${node.attr.get('DstT')?.type ?? '?'}`);
  if (kindOfValue(value) === kind) return [value];
  if (value.is === 'constant') {
    const toWhole = kind === 'bool' ? (x: number) => Number(x !== 0) : Math.trunc;
    return [
      constant(tensorOf(kind, value.tensor.shape, Array.from(value.tensor.data, kind === 'float' ? Number : toWhole))),
    ];
  }
  return [{ ...value, kind, name: graph.node('Cast', [value.name], { to: int(elementNumberOf(kind)) }) }];
};

const mapValues = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

export const elementwiseOperators: Readonly<Record<string, Operator>> = {
  ...mapValues(unaries, unary),
  ...mapValues(binaries, binary),
  AddN: sumOfAll,
  ClipByValue: clip,
  DivNoNan: divideNoNan,
  Select: select,
  SelectV2: select,
  Cast: cast,
};
