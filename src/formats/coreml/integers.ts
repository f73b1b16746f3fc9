// Arithmetic on sizes and places, which exporters leave in their graphs and which is all done by the time that a Core ML file is written.
import { sizeOf } from '../layersModel.js';
import { attributeOf, intOf } from '../onnx/nodes.js';
import { axisFrom, type NodeCall } from './call.js';
import { broadcast, type Integers, type Value } from './network.js';

type Arithmetic = (a: number, b: number) => number;

const arithmetic: Readonly<Record<string, Arithmetic>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => Math.trunc(a / b),
};

const vector = (data: readonly number[]): Integers => ({ kind: 'integers', shape: [data.length], data });

const isIntegers = (value: Value | undefined): value is Integers => value?.kind === 'integers';

function shapeOf({ node, inputs }: NodeCall): Integers | undefined {
  const [value] = inputs;
  if (value === undefined) return undefined;
  const { shape } = value;
  const [start, end] = [intOf(node, 'start', 0), Number(attributeOf(node, 'end')?.i ?? shape.length)];
  return vector(shape.slice(start, end));
}

function combine(compute: Arithmetic, a: Integers, b: Integers): Integers | undefined {
  const shape = broadcast(a.shape, b.shape);
  if (shape === undefined || shape.length > 1) return undefined;
  const at = ({ data }: Integers, i: number): number => data[data.length === 1 ? 0 : i]!;
  return {
    kind: 'integers',
    shape,
    data: Array.from({ length: sizeOf(shape) }, (_, i) => compute(at(a, i), at(b, i))),
  };
}

function gather(call: NodeCall): Integers | undefined {
  const [from, places] = call.inputs;
  if (!isIntegers(from) || !isIntegers(places) || from.shape.length !== 1) return undefined;
  const data = places.data.map((place) => from.data[axisFrom(place, from.data.length)]!);
  return { kind: 'integers', shape: places.shape, data };
}

function slice({ inputs }: NodeCall): Integers | undefined {
  const [from, begin, end, , step] = inputs;
  if (!isIntegers(from) || !isIntegers(begin) || !isIntegers(end) || from.shape.length !== 1) return undefined;
  if (isIntegers(step) && step.data[0] !== 1) return undefined;
  return vector(from.data.slice(begin.data[0], end.data[0]));
}

/** What a node gives where that follows from shapes and constants alone; undefined where the image decides it. */
export function evaluateIntegers(call: NodeCall): Integers | undefined {
  const { node, inputs } = call;
  const operator = node.op_type;
  if (operator === 'Shape') return shapeOf(call);
  if (operator === 'Gather') return gather(call);
  if (operator === 'Slice') return slice(call);
  if (inputs.length === 0 || !inputs.every(isIntegers)) return undefined;
  if (operator === 'Concat') return vector(inputs.flatMap(({ data }) => data));
  const [a, b] = inputs;
  const compute = arithmetic[operator];
  return compute && a && b ? combine(compute, a, b) : undefined;
}
