// Products of matrices, and the softmax that follows the last of them.
import { int, ints, text } from '../../../onnx/compiler/graph.js';
import { boolAttribute, textAttribute, textsAttribute } from '../../graphDef.js';
import { transposed } from '../builder.js';
import { applyActivation } from './elementwise.js';
import {
  broadcastShapes,
  constantAt,
  numbersAt,
  refusal,
  shapeOf,
  type Call,
  type Computed,
  type Constant,
  type Operator,
} from '../values.js';

const swappedLast = (rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => i).toSpliced(-2, 2, rank - 1, rank - 2);

/** The operand's name, its last two axes exchanged where the node asks for it, and its shape then. */
function operand(
  value: Computed | Constant,
  isTransposed: boolean,
  { graph }: Call,
): { readonly name: string; readonly shape: readonly number[] } {
  const shape = shapeOf(value);
  if (!isTransposed) return { name: graph.plain(value), shape };
  const perm = swappedLast(shape.length);
  const name =
    value.is === 'constant'
      ? graph.constant(transposed(value.tensor, perm))
      : graph.node('Transpose', [graph.plain(value)], { perm: ints(perm) });
  return { name, shape: perm.map((axis) => shape[axis]!) };
}

function multiply(call: Call, transposes: readonly [boolean, boolean]): Computed {
  const { node, graph } = call;
  const [a, b] = [0, 1].map((i) => operand(numbersAt(call, i), transposes[i]!, call)) as [
    ReturnType<typeof operand>,
    ReturnType<typeof operand>,
  ];
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2))
    throw refusal(node, `is given [${a.shape.join(', ')}] and [${b.shape.join(', ')}], which do not go together`);
  const outer = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), node);
  return {
    is: 'computed',
    name: graph.node('MatMul', [a.name, b.name]),
    kind: 'float',
    shape: [...outer, a.shape.at(-2)!, b.shape.at(-1)!],
    layout: 'plain',
  };
}

/** tfjs and TensorFlow's optimiser put the bias and the activation into the product. */
function multiplyFused(call: Call): Computed {
  const { node, graph } = call;
  const [bias, ...others] = textsAttribute(node, 'fused_ops');
  const product = multiply(call, [boolAttribute(node, 'transpose_a'), boolAttribute(node, 'transpose_b')]);
  if (bias === undefined) return product;
  if (bias !== 'BiasAdd') throw refusal(node, `has ${bias} fused into it, which Taxon does not convert`);
  const sum = { ...product, name: graph.node('Add', [product.name, graph.constant(constantAt(call, 2))]) };
  const alpha = node.attr.get('leakyrelu_alpha')?.f ?? 0.2;
  return others.reduce((value, name) => applyActivation(name, value, call, alpha), sum);
}

const letters = /^[a-zA-Z]*(,[a-zA-Z]*)*->[a-zA-Z]*$/;

/** As numpy writes it; ONNX has the same operation. A product with a matrix is written as one, so that the last one can be found. */
const einsum: Operator = (call) => {
  const { node, graph, inputs } = call;
  const equation = textAttribute(node, 'equation', '').replaceAll(' ', '');
  if (!letters.test(equation)) throw refusal(node, `has the equation ${equation}, which Taxon does not convert`);
  const values = inputs.map((_, i) => numbersAt(call, i));
  const [terms, result] = equation.split('->') as [string, string];
  const sides = new Map<string, number>();
  terms.split(',').forEach((term, i) => {
    Array.from(term).forEach((letter, axis) => sides.set(letter, shapeOf(values[i]!)[axis]!));
  });
  if (isMatrixProduct(terms.split(','), result)) return [multiply(call, [false, false])];
  const name = graph.node(
    'Einsum',
    values.map((value) => graph.plain(value)),
    {
      equation: text(equation),
    },
  );
  return [
    { is: 'computed', name, kind: 'float', shape: Array.from(result, (letter) => sides.get(letter)!), layout: 'plain' },
  ];
};

/** ab,bc->ac, with any letters and any number of them in front of the first. */
function isMatrixProduct(terms: readonly string[], result: string): boolean {
  const [left, right] = terms;
  if (terms.length !== 2 || left === undefined || right?.length !== 2 || left.length < 2) return false;
  const [inner, outer] = right;
  return left.endsWith(inner!) && !left.includes(outer!) && result === left.slice(0, -1) + outer!;
}

const softmax =
  (opType: 'Softmax' | 'LogSoftmax'): Operator =>
  (call) => {
    const value = numbersAt(call, 0);
    if (value.is === 'constant') throw refusal(call.node, 'is applied to a constant, which Taxon does not convert');
    const name = call.graph.node(opType, [call.graph.plain(value)], { axis: int(-1) });
    return [{ ...value, name, layout: 'plain' }];
  };

const batched: Operator = (call) => [
  multiply(call, [boolAttribute(call.node, 'adj_x'), boolAttribute(call.node, 'adj_y')]),
];

export const matrixOperators: Readonly<Record<string, Operator>> = {
  MatMul: (call) => [multiplyFused(call)],
  _FusedMatMul: (call) => [multiplyFused(call)],
  BatchMatMul: batched,
  BatchMatMulV2: batched,
  BatchMatMulV3: batched,
  Einsum: einsum,
  Softmax: softmax('Softmax'),
  LogSoftmax: softmax('LogSoftmax'),
};
