// Values put around others.
import { text } from '../../../onnx/compiler/graph.js';
import { textAttribute } from '../../graphDef.js';
import { constantAt, integersAt, numbersAt, refusal, type Call, type Computed, type Operator } from '../values.js';

/** ONNX' names of the ways to go on beyond a border. */
const modes: Readonly<Record<string, 'reflect' | 'constant'>> = { REFLECT: 'reflect', CONSTANT: 'constant' };

/** `margins`: before and after, for each axis. */
export function pad(
  value: Computed,
  margins: readonly number[],
  { graph }: Call,
  mode: 'reflect' | 'constant' = 'constant',
  by = 0,
): Computed {
  if (margins.every((margin) => margin === 0)) return value;
  const order = value.layout === 'planes' ? [0, 3, 1, 2] : value.shape.map((_, axis) => axis);
  const pads = [...order.map((axis) => margins[2 * axis]!), ...order.map((axis) => margins[2 * axis + 1]!)];
  const inputs = [value.name, graph.integers(pads), ...(mode === 'constant' ? [graph.scalar(by)] : [])];
  const shape = value.shape.map((side, axis) =>
    side === -1 ? -1 : side + margins[2 * axis]! + margins[2 * axis + 1]!,
  );
  return { ...value, name: graph.node('Pad', inputs, { mode: text(mode) }), shape };
}

const padding: Operator = (call) => {
  const { node } = call;
  const [value, margins] = [numbersAt(call, 0), integersAt(call, 1)];
  const mode = modes[textAttribute(node, 'mode', 'CONSTANT')];
  if (mode === undefined) throw refusal(node, `pads with ${textAttribute(node, 'mode', '')}, which ONNX does not have`);
  if (value.is === 'constant') throw refusal(node, 'is applied to a constant, which Taxon does not convert');
  const by = node.op === 'PadV2' ? constantAt(call, 2).data[0]! : 0;
  return [pad(value, margins, call, mode, by)];
};

export const paddingOperators: Readonly<Record<string, Operator>> = {
  Pad: padding,
  PadV2: padding,
  MirrorPad: padding,
};
