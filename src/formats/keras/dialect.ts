// One layer's class and options, from any Keras version, in the dialect of Keras 2 that tfjs reads too.
import { invalidModel } from '../invalidModel.js';

export interface PlainLayer {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Options that only training needs. */
const trainingOptions =
  /_(initializer|regularizer|constraint)$|^(dtype|trainable|build_config|optional|batch_size|seed|synchronized|quantization_config|renorm\w*)$/;

/** Layers that change images in training and pass them through at inference. */
const augmentation = /^(Random|AutoContrast|RandAugment|MixUp|CutMix|AugMix)/;

/** Names of Keras 3 by what Keras 2 and tfjs call the same activation. */
const activationNames: Readonly<Record<string, string>> = { silu: 'swish' };

function plainActivation(value: unknown): unknown {
  if (typeof value === 'string') return activationNames[value] ?? value;
  const named = value as { config?: unknown; class_name?: unknown } | null;
  return typeof named?.config === 'string' ? plainActivation(named.config) : value;
}

function plainConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(config).filter(([option, value]) => !trainingOptions.test(option) && value !== null);
  const plain = Object.fromEntries(kept);
  if ('activation' in plain) plain['activation'] = plainActivation(plain['activation']);
  if ('batch_shape' in plain) {
    plain['batch_input_shape'] = plain['batch_shape'];
    delete plain['batch_shape'];
  }
  return plain;
}

/** Inception-ResNet's residual, which Keras 2 writes as a Lambda with an argument `scale`. */
function readLambda(config: Readonly<Record<string, unknown>>, inputs: number, where: string): PlainLayer {
  const { scale } = (config['arguments'] ?? {}) as { scale?: unknown };
  if (typeof scale === 'number' && inputs === 2)
    return { className: 'CustomScaleLayer', config: { name: config['name'], scale } };
  throw invalidModel(`${where} is a Lambda: it holds Python code, which cannot be imported; replace it by layers`);
}

/** Operators of Keras 3 on a tensor and a number, as the layer Rescaling; the number is the call's other argument. */
const operators: Readonly<Record<string, (value: number) => { scale: number; offset: number }>> = {
  TrueDivide: (value) => ({ scale: 1 / value, offset: 0 }),
  Divide: (value) => ({ scale: 1 / value, offset: 0 }),
  Multiply: (value) => ({ scale: value, offset: 0 }),
  Subtract: (value) => ({ scale: 1, offset: -value }),
  Add: (value) => ({ scale: 1, offset: value }),
};

/** The layer in our dialect; undefined for one that does nothing at inference. `call` holds the arguments of its call, `where` names it in errors. */
export function readLayer(
  className: string,
  config: Readonly<Record<string, unknown>>,
  inputs: number,
  call: unknown,
  where: string,
): PlainLayer | undefined {
  if (augmentation.test(className)) return undefined;
  if (className === 'Lambda') return readLambda(config, inputs, where);
  const operator = operators[className];
  const number = numberIn(call);
  if (operator && inputs === 1 && number !== undefined)
    return { className: 'Rescaling', config: { name: config['name'], ...operator(number) } };
  return { className, config: plainConfig(config) };
}

/** The only number among the positional arguments of a Keras 3 call. */
function numberIn(call: unknown): number | undefined {
  const args =
    call !== null && typeof call === 'object' && 'args' in call && Array.isArray(call.args)
      ? (call.args as unknown[])
      : [];
  const numbers = args.filter((value) => typeof value === 'number');
  // (number - tensor) is another operation than (tensor - number).
  return numbers.length === 1 && typeof args[1] === 'number' ? numbers[0] : undefined;
}
