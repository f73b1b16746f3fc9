// A head that is linear from the embedding to the logits, as one matrix.
import { foldNorms } from './onnx/compiler/foldNorms.js';
import { batchNormAffine } from './onnx/compiler/layers/norms.js';
import type { Layer, LayersModel, Weights } from './layersModel.js';

/** logits = embedding × kernel + bias. */
export interface LinearHead {
  readonly classes: number;
  /** [embeddingSize, classes] in row-major order. */
  readonly kernel: Float32Array;
  /** [classes] */
  readonly bias: Float32Array;
}

/** Does nothing when a model answers. */
const idleClasses: ReadonlySet<string> = new Set(['InputLayer', 'Dropout']);

const isIdle = ({ className, config }: Layer): boolean =>
  idleClasses.has(className) || (className === 'Activation' && (config['activation'] ?? 'linear') === 'linear');

/**
 * The head as one matrix; undefined where it has hidden layers, or layers of other kinds than Dense and batch-norms around it. Its
 * weights must fit together, as those of a loaded head do. Throws AppError invalid_model for a batch-norm that they do not fit.
 */
export function linearHead(model: LayersModel): LinearHead | undefined {
  const { topology, weights } = foldNorms(model);
  const layers = topology.layers.filter((layer) => !isIdle(layer));
  if (topology.layers.some(({ inputs }, index) => index > 0 && inputs[0] !== topology.layers[index - 1]!.name))
    return undefined;
  const dense = layers.at(-1);
  const norms = layers.slice(0, -1);
  const isDense = dense?.className === 'Dense' && (dense.config['activation'] ?? 'linear') === 'linear';
  if (!isDense || norms.some(({ className }) => className !== 'BatchNormalization')) return undefined;
  const head = headOf(dense, weights);
  return norms.reduceRight((next, norm) => normBefore(norm, weights, next), head);
}

function headOf({ name }: Layer, weights: Weights): LinearHead {
  const { shape, data } = weights.get(`${name}/kernel`)!;
  const classes = shape[1]!;
  return { classes, kernel: data, bias: weights.get(`${name}/bias`)?.data ?? new Float32Array(classes) };
}

/** As one, a batch-norm and the linear head behind it. */
function normBefore(norm: Layer, weights: Weights, { classes, kernel, bias }: LinearHead): LinearHead {
  const { scale, shift } = batchNormAffine({ layer: norm, weights }, kernel.length / classes);
  const shifted = Float32Array.from(bias);
  kernel.forEach((value, i) => (shifted[i % classes]! += value * shift[Math.floor(i / classes)]!));
  return { classes, kernel: kernel.map((value, i) => value * scale[Math.floor(i / classes)]!), bias: shifted };
}
