// Where the windows of convolutions and pools lie: ONNX gives the padding in pixels, TFLite knows SAME and VALID.
import { attributeOf, intOf } from '../../onnx/nodes.js';
import type { NodeProto } from '../../onnx/protobuf.js';
import type { PaddingName } from '../operators.js';
import { unsupportedNode } from './emitter.js';

interface PlacedAxis {
  readonly before: number;
  readonly after: number;
  /** Of `after`, what the last window reaches beyond the padding that was asked for. */
  readonly beyond: number;
  readonly size: number;
}

export interface PlacedWindow {
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** SAME or VALID give these paddings; explicit: they must be written out and VALID follows. */
  readonly padding: PaddingName | 'explicit';
  readonly rows: PlacedAxis;
  readonly columns: PlacedAxis;
}

/** TensorFlow's SAME: the odd pixel comes after. */
function samePadding(size: number, reach: number, stride: number): { before: number; after: number } {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  return { before: Math.floor(total / 2), after: total - Math.floor(total / 2) };
}

function placeAxis(
  size: number,
  reach: number,
  stride: number,
  given: { readonly before: number; readonly after: number },
  roundsUp: boolean,
): PlacedAxis {
  const { before, after } = given;
  const steps = (size + before + after - reach) / stride;
  let count = (roundsUp ? Math.ceil(steps) : Math.floor(steps)) + 1;
  // A window that would begin in the padding after the image is left out.
  if (roundsUp && (count - 1) * stride >= size + before) count--;
  const beyond = Math.max(0, (count - 1) * stride + reach - (size + before + after));
  return { before, after: after + beyond, beyond, size: count };
}

function pairOf(node: NodeProto, name: string): [number, number] {
  const ints = attributeOf(node, name)?.ints?.map(Number);
  if (ints === undefined) return [1, 1];
  if (ints.length !== 2) throw unsupportedNode(node, `its ${name} are ${ints.length}; only images have windows here`);
  return [ints[0]!, ints[1]!];
}

/** The windows of a node on an image of this size. Throws AppError invalid_model for those that are not two-dimensional. */
export function placeWindow(
  node: NodeProto,
  kernel: readonly [number, number],
  sizes: readonly [number, number],
): PlacedWindow {
  const strides = pairOf(node, 'strides');
  const dilations = pairOf(node, 'dilations');
  const automatic = Buffer.from(attributeOf(node, 'auto_pad')?.s ?? 'NOTSET').toString();
  const pads = attributeOf(node, 'pads')?.ints?.map(Number) ?? [0, 0, 0, 0];
  const roundsUp = intOf(node, 'ceil_mode', 0) === 1;
  const axes = [0, 1].map((axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1;
    const same = samePadding(sizes[axis]!, reach, strides[axis]!);
    const given =
      automatic === 'SAME_UPPER'
        ? same
        : automatic === 'SAME_LOWER'
          ? { before: same.after, after: same.before }
          : automatic === 'VALID'
            ? { before: 0, after: 0 }
            : { before: pads[axis]!, after: pads[axis + 2]! };
    const placed = placeAxis(sizes[axis]!, reach, strides[axis]!, given, roundsUp);
    return { ...placed, isSame: placed.before === same.before && placed.after === same.after };
  });
  const [rows, columns] = axes as [(typeof axes)[number], (typeof axes)[number]];
  const isValid = axes.every(({ before, after }) => before === 0 && after === 0);
  const padding = isValid ? 'valid' : rows.isSame && columns.isSame ? 'same' : 'explicit';
  return { strides, dilations, padding, rows, columns };
}
