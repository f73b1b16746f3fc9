// From which range of pixels a network is made, read from the numbers by which it scales its input before it computes anything from it.
import type { Layer, LayersModel } from '../formats/layersModel.js';
import type { NormalisationName } from './architectures.js';

/** x × scale + offset, by channel or the same for all. */
interface Affine {
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

type PixelRange = Extract<NormalisationName, 'raw' | 'unit' | 'inception'>;

/** Of one channel. */
function rangeOfChannel(scale: number, offset: number): PixelRange | undefined {
  /** The value that becomes 0: where it is the middle of the pixels, the range around it is known. */
  const middle = -offset / scale;
  if (Math.abs(scale) < 0.1 || middle > 2) return 'raw';
  if (middle >= 0.2 && middle <= 0.8) return 'unit';
  // From [-1, 1] to [0, 1], and from [0, 1] to [0, 255].
  if (middle === -1 && scale === 0.5) return 'inception';
  return middle === 0 && scale > 100 ? 'unit' : undefined;
}

/**
 * Bytes as they are (a factor below a tenth, or a mean that only bytes have), values from 0 to 1 (a mean in the middle of them), or from -1
 * to 1 (moved to 0 to 1); undefined where the numbers do not tell, or not the same of every channel.
 */
function rangeOf({ scale, offset }: Affine): PixelRange | undefined {
  const channels = Array.from({ length: Math.max(scale.length, offset.length) }, (_, i) =>
    rangeOfChannel(scale[i % scale.length]!, offset[i % offset.length]!),
  );
  return channels.every((range) => range === channels[0]) ? channels[0] : undefined;
}

/** An operation of a graph on what came before and a constant, in the words of ONNX or TensorFlow. */
export interface ScalingStep {
  readonly operation: string;
  readonly operand: readonly number[];
}

const combined = (a: readonly number[], b: readonly number[], join: (x: number, y: number) => number): number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => join(a[i % a.length]!, b[i % b.length]!));

/** The function so far with one more step; undefined where the step is no scaling. */
function withStep({ scale, offset }: Affine, { operation, operand }: ScalingStep): Affine | undefined {
  const times = (x: number, y: number): number => x * y;
  switch (operation) {
    case 'Mul':
      return { scale: combined(scale, operand, times), offset: combined(offset, operand, times) };
    case 'Div':
    case 'RealDiv':
      return withStep({ scale, offset }, { operation: 'Mul', operand: operand.map((value) => 1 / value) });
    case 'Sub':
      return { scale, offset: combined(offset, operand, (x, y) => x - y) };
    case 'Add':
    case 'AddV2':
      return { scale, offset: combined(offset, operand, (x, y) => x + y) };
    default:
      return undefined;
  }
}

/** What a graph is made for whose operations on its input begin with `steps`; those behind the first that does not scale count for nothing. */
export function rangeOfSteps(steps: readonly ScalingStep[]): PixelRange | undefined {
  let affine: Affine = { scale: [1], offset: [0] };
  for (const step of steps) {
    const next = withStep(affine, step);
    if (next === undefined) break;
    affine = next;
  }
  return rangeOf(affine);
}

/** A number or lists of numbers, as a layer's config has them; undefined where there is none. */
function numbersIn(values: unknown): readonly number[] | undefined {
  const numbers = [values].flat(4).filter((value) => typeof value === 'number');
  return numbers.length === 0 ? undefined : numbers;
}

/** Layers that only move channels about. */
const ordering: ReadonlySet<string> = new Set(['TakeChannels', 'Concatenate']);

/** The first layer behind the input, or behind a new order of its channels. */
function firstThatScales(layers: readonly Layer[], input: string): Layer | undefined {
  const sources = new Set([input]);
  return layers.find((layer) => {
    if (!layer.inputs.some((name) => sources.has(name))) return false;
    if (ordering.has(layer.className)) sources.add(layer.name);
    return !ordering.has(layer.className);
  });
}

/** What the first layer's own scaling is made for; undefined when it does not scale. */
export function rangeOfFirstLayer({ topology: { layers, input }, weights }: LayersModel): PixelRange | undefined {
  const first = firstThatScales(layers, input);
  if (first?.className === 'Rescaling')
    return rangeOf({
      scale: numbersIn(first.config['scale']) ?? [1],
      offset: numbersIn(first.config['offset']) ?? [0],
    });
  if (first?.className !== 'Normalization') return undefined;
  const stored = (name: 'mean' | 'variance'): readonly number[] =>
    numbersIn(first.config[name]) ?? [...(weights.get(`${first.name}/${name}`)?.data ?? [])];
  const scale = stored('variance').map((variance) => 1 / Math.sqrt(variance));
  const mean = stored('mean');
  if (scale.length === 0 || mean.length === 0) return undefined;
  return rangeOf({ scale, offset: combined(mean, scale, (x, y) => -x * y) });
}
