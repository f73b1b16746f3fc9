// A classifier with one sigmoid output as one of two classes, which is the same function; one with several as what it is.
import type { EndActivation } from './globalPoolingCut.js';
import { invalidModel } from './invalidModel.js';
import type { Layer, LayersModel, Weight } from './layersModel.js';

const activationOf = ({ className, config }: Layer): unknown =>
  className === 'Softmax' ? 'softmax' : (config['activation'] ?? 'linear');

/** The last Dense layer and the activation that follows or is in it; undefined where the model does not end in one. */
function endOf({
  topology: { layers },
}: LayersModel): { readonly dense: Layer; readonly activation: unknown } | undefined {
  const [before, last] = layers.slice(-2);
  if (last?.className === 'Dense') return { dense: last, activation: activationOf(last) };
  return before?.className === 'Dense' &&
    activationOf(before) === 'linear' &&
    (last?.className === 'Activation' || last?.className === 'Softmax')
    ? { dense: before, activation: activationOf(last) }
    : undefined;
}

/**
 * Whether a model's classes do not exclude one another: several outputs with a sigmoid each, its own or, where it has none, the
 * `activation` that is said to follow.
 */
export function endsInSigmoids(model: LayersModel, activation?: EndActivation): boolean {
  const end = endOf(model);
  if (!end || end.dense.config['units'] === 1) return false;
  return (end.activation === 'linear' ? activation : end.activation) === 'sigmoid';
}

const besideZeros = ({ shape, data }: Weight): Weight => ({
  shape: [...shape.slice(0, -1), 2],
  data: Float32Array.from({ length: data.length * 2 }, (_, i) => (i % 2 === 0 ? 0 : data[(i - 1) / 2]!)),
});

/**
 * A model whose last Dense layer has one unit, as logits of two classes: 0 and z, because softmax([0, z]) is [1 - sigmoid(z), sigmoid(z)].
 * The first class is the one that the output's 0 stands for. `activation`: what follows the unit where the model itself has none. Any
 * other model as it is. Throws AppError invalid_model when one unit is followed by neither.
 */
export function asTwoClasses(model: LayersModel, activation?: EndActivation): LayersModel {
  const end = endOf(model);
  if (!end || end.dense.config['units'] !== 1) return model;
  const { dense } = end;
  const used = end.activation === 'linear' ? (activation ?? 'linear') : end.activation;
  if (used === 'softmax')
    throw invalidModel(
      `layer ${dense.name} has one output with a softmax, which is 1 for every image; train it with a sigmoid, or with an output for each class`,
    );
  if (used !== 'sigmoid')
    throw invalidModel(
      `layer ${dense.name} has one output; say with --activation sigmoid that it is the logit of the second of two classes, if it is`,
    );
  const { layers } = model.topology;
  const two = { ...dense, config: { ...dense.config, units: 2, activation: 'linear' } };
  const kept = [...layers.slice(0, layers.indexOf(dense)), two];
  const weights = [...model.weights].map(
    ([name, weight]) => [name, name.startsWith(`${dense.name}/`) ? besideZeros(weight) : weight] as const,
  );
  return { topology: { ...model.topology, layers: kept, output: dense.name }, weights: new Map(weights) };
}
