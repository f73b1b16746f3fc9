// Padding written out before an operator that cannot pad like that by itself.
import type { Conversion, Value } from './conversion.js';

/** Elements before and after along each axis of ONNX. */
export interface Margins {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** What stands in the margins; lowest: no value is lower, so that a maximum never is it. */
export type Filling = number | 'lowest';

/** The value with margins, in the numbers that it is in. */
export function pad(
  conversion: Conversion,
  value: Value,
  { before, after }: Margins,
  filling: Filling,
  label: string,
): Value {
  // In integers zero is exact, and so is the lowest; any other number needs floats.
  const { tensor, shape, order, scale } =
    typeof filling === 'number' && filling !== 0 ? conversion.float(value) : value;
  const margins = order.flatMap((axis) => [before[axis]!, after[axis]!]);
  const inputs = [tensor, conversion.int32s(`${label}/margins`, margins, [order.length, 2])];
  const padded = shape.map((side, axis) => side + before[axis]! + after[axis]!);
  if (filling === 0) return conversion.emit('PAD', inputs, label, padded, order, { scale });
  const constant = scale
    ? conversion.graph.tensor({
        name: `${label}/filling`,
        shape: [],
        type: 'int8',
        quantization: { scales: [scale.scale], zeroPoint: scale.zeroPoint },
        constant: Int8Array.of(-128),
      })
    : conversion.constant(
        `${label}/filling`,
        [],
        Float32Array.of(filling === 'lowest' ? -3.4028234663852886e38 : filling),
      );
  return conversion.emit('PADV2', [...inputs, constant], label, padded, order, { scale });
}
