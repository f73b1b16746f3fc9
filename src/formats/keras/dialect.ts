// One layer's class and options, from any Keras version, in the dialect of Keras 2 that tfjs reads too.
import { z } from 'zod';
import { invalidModel } from '../invalidModel.js';
import { readOperator, type PlainLayer } from './operators.js';

/** Options that only training needs. */
const trainingOptions =
  /_(initializer|regularizer|constraint)$|^(dtype|trainable|build_config|optional|batch_size|seed|synchronized|quantization_config|renorm\w*)$/;

/** Layers that change images or leave paths out in training and pass everything through at inference. */
const doesNothing = /^(Random|AutoContrast|RandAugment|MixUp|CutMix|AugMix|StochasticDepth$)/;

/**
 * Names of Keras 3 by what Keras 2 and tfjs call the same activation. hard_sigmoid is another function in Keras 3, min(max(x + 3, 0), 6) / 6,
 * which goes by a name of its own here.
 */
const activationNames: Readonly<Record<string, string>> = { silu: 'swish', hard_silu: 'hard_swish' };

function plainActivation(value: unknown, isKeras3: boolean): unknown {
  if (typeof value === 'string')
    return isKeras3 && value === 'hard_sigmoid' ? 'hard_sigmoid_6' : (activationNames[value] ?? value);
  const named = value as { config?: unknown; class_name?: unknown } | null;
  return typeof named?.config === 'string' ? plainActivation(named.config, isKeras3) : value;
}

function plainConfig(config: Readonly<Record<string, unknown>>, isKeras3: boolean): Record<string, unknown> {
  const kept = Object.entries(config).filter(([option, value]) => !trainingOptions.test(option) && value !== null);
  const plain = Object.fromEntries(kept);
  // Keras 2 writes lists of one axis, Keras 3 the axis; and Keras 2 does not know the option that Keras 3 always writes.
  const { axis } = plain;
  if (Array.isArray(axis) && axis.length === 1) plain['axis'] = (axis as unknown[])[0];
  if (plain['rms_scaling'] === false) delete plain['rms_scaling'];
  if ('activation' in plain) plain['activation'] = plainActivation(plain['activation'], isKeras3);
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

/** Keras' Normalization with numbers of its own: (x - mean) / max(√variance, 1e-7), as Rescaling. Undefined where they are weights. */
function readNormalization(config: Readonly<Record<string, unknown>>): PlainLayer | undefined {
  const numbers = z.array(z.number()).min(1);
  const given = z.object({ mean: numbers, variance: numbers }).safeParse({
    mean: [config['mean']].flat(4),
    variance: [config['variance']].flat(4),
  });
  if (!given.success || config['invert'] === true) return undefined;
  const { mean, variance } = given.data;
  const scale = variance.map((value) => 1 / Math.max(Math.sqrt(value), 1e-7));
  const values = Math.max(mean.length, scale.length);
  const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i]!;
  const offset = Array.from({ length: values }, (_, i) => -at(mean, i) * at(scale, i));
  return { className: 'Rescaling', config: { name: config['name'], scale, offset } };
}

/** A layer as it was serialised; `call` holds the arguments of its call, `inputs` is how many tensors they have. */
export interface SerialisedUse {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly isKeras3: boolean;
  readonly inputs: number;
  readonly call: unknown;
}

/** The layer in our dialect; undefined for one that does nothing at inference. `where` names it in errors. */
export function readLayer(
  { className, config, isKeras3, inputs, call }: SerialisedUse,
  where: string,
): PlainLayer | undefined {
  if (doesNothing.test(className)) return undefined;
  if (className === 'Lambda') return readLambda(config, inputs, where);
  if (className === 'TFOpLambda' && config['function'] === 'cast') return undefined;
  return (
    readOperator(className, config, inputs, call) ??
    (className === 'Normalization' ? readNormalization(config) : undefined) ?? {
      className,
      config: plainConfig(config, isKeras3),
    }
  );
}
