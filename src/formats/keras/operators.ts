// Operations on tensors that Keras writes as if they were layers (Keras 3's keras.ops, Keras 2's TFOpLambda and SlicingOpLambda), as layers.
/** A layer's class and options in the dialect of Keras 2. */
export interface PlainLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type Config = Readonly<Record<string, unknown>>;

/** y = x × scale + offset: each one number, or one for each channel. */
type Affine = (operand: readonly number[]) => { readonly scale: readonly number[]; readonly offset: readonly number[] };

const addition: Affine = (operand) => ({ scale: [1], offset: operand });
const subtraction: Affine = (operand) => ({ scale: [1], offset: operand.map((value) => -value) });
const multiplication: Affine = (operand) => ({ scale: operand, offset: [0] });
const division: Affine = (operand) => ({ scale: operand.map((value) => 1 / value), offset: [0] });

/** By Keras 3's class, and by the function of Keras 2's TFOpLambda. */
const affines: Readonly<Record<string, Affine>> = {
  Add: addition,
  '__operators__.add': addition,
  'math.add': addition,
  'nn.bias_add': addition,
  Subtract: subtraction,
  'math.subtract': subtraction,
  Multiply: multiplication,
  'math.multiply': multiplication,
  Divide: division,
  TrueDivide: division,
  'math.truediv': division,
  'math.divide': division,
};
const commutative: ReadonlySet<Affine> = new Set([addition, multiplication]);

/** Of several tensors, by the same names. */
const merges: Readonly<Record<string, string>> = {
  '__operators__.add': 'Add',
  'math.add': 'Add',
  'math.subtract': 'Subtract',
  'math.multiply': 'Multiply',
};

/** Of one tensor alone. */
const functions: Readonly<Record<string, readonly [className: string, config: Config]>> = {
  'nn.relu': ['ReLU', {}],
  'nn.relu6': ['ReLU', { max_value: 6 }],
  'nn.silu': ['Activation', { activation: 'swish' }],
  'nn.swish': ['Activation', { activation: 'swish' }],
  'nn.sigmoid': ['Activation', { activation: 'sigmoid' }],
  'math.sigmoid': ['Activation', { activation: 'sigmoid' }],
  'nn.softmax': ['Softmax', {}],
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** A number, or a row of them that may stand in brackets for the axes before the channels; undefined for anything else. */
function numbersIn(value: unknown): readonly number[] | undefined {
  if (typeof value === 'number') return [value];
  if (isRecord(value)) return isRecord(value['config']) ? numbersIn(value['config']['value']) : undefined;
  if (!Array.isArray(value)) return undefined;
  if (value.length === 1) return numbersIn(value[0]);
  return value.length > 0 && value.every((item) => typeof item === 'number') ? value : undefined;
}

/** What a call takes besides its tensor, and on which side of the operator it stands. */
interface Operand {
  readonly values: readonly number[];
  readonly isFirst: boolean;
}

/** The arguments of a call as [tensor, operand], the second undefined where there is none: Keras 3 writes { args: [tensor, 127.5] }, Keras 2 [name, 0, 0, { y: 127.5 }]. */
function argumentsOf(call: unknown): readonly unknown[] {
  if (isRecord(call)) return Array.isArray(call['args']) ? (call['args'] as unknown[]) : [];
  if (!Array.isArray(call)) return [];
  const [name, , constant, options] = call as unknown[];
  const { y, bias, slice_spec: spec }: Record<string, unknown> = isRecord(options) ? options : {};
  return [name === '_CONSTANT_VALUE' ? constant : name, y ?? bias ?? spec];
}

function operandOf(call: unknown): Operand | undefined {
  const [first, second] = argumentsOf(call).map(numbersIn);
  if (second) return { values: second, isFirst: false };
  return first && { values: first, isFirst: true };
}

function readAffine(operation: string, call: unknown): PlainLayer['config'] | undefined {
  const affine = affines[operation];
  const operand = affine && operandOf(call);
  if (!operand || (operand.isFirst && !commutative.has(affine))) return undefined;
  const { scale, offset } = affine(operand.values);
  const plain = (values: readonly number[]): unknown => (values.length === 1 ? values[0] : values);
  return { scale: plain(scale), offset: plain(offset) };
}

const isEllipsis = (value: unknown): boolean => isRecord(value) && value['class_name'] === '__ellipsis__';
const isReversal = (value: unknown): boolean =>
  isRecord(value) && value['step'] === -1 && (value['start'] ?? null) === null && (value['stop'] ?? null) === null;

/** x[..., ::-1] and x[..., k] as the layer TakeChannels, which is ours alone: its `channels`, in order. */
function readSlice(call: unknown): PlainLayer['config'] | undefined {
  const spec = argumentsOf(call)[1];
  if (!Array.isArray(spec) || spec.length !== 2 || !isEllipsis(spec[0])) return undefined;
  const part: unknown = spec[1];
  if (typeof part === 'number') return { channels: [part] };
  const slice = isRecord(part) && isRecord(part['config']) ? part['config'] : part;
  return isReversal(slice) ? { channels: [2, 1, 0] } : undefined;
}

/**
 * The layer that does what an operation does; undefined for what is none of these. `inputs`: how many tensors it takes; `call`: the
 * arguments that were serialised with it.
 */
export function readOperator(className: string, config: Config, inputs: number, call: unknown): PlainLayer | undefined {
  const operation = className === 'TFOpLambda' ? String(config['function']) : className;
  const layer = (ofClass: string, options: PlainLayer['config'] | undefined): PlainLayer | undefined =>
    options && { className: ofClass, config: { name: config['name'], ...options } };
  if (className === 'GetItem' || className === 'SlicingOpLambda') return layer('TakeChannels', readSlice(call));
  // Of single channels, which TakeChannels leaves as images of one channel.
  if (className === 'Stack' && config['axis'] === -1) return layer('Concatenate', { axis: -1 });
  if (inputs === 1 && operation in functions) return layer(...functions[operation]!);
  if (inputs === 2 && operation in merges) return layer(merges[operation]!, {});
  return inputs === 1 ? layer('Rescaling', readAffine(operation, call)) : undefined;
}
