// A fitted head as a layers model. Loads no tfjs: this runs on the server's main thread.
import type { Layer, LayersModel, Weight } from '../../formats/layersModel.js';
import type { DenseLayer } from './headFit.js';

const inputName = 'embedding';
const nameOf = (index: number, depth: number): string => (index === depth - 1 ? 'logits' : `hidden_${index + 1}`);

function toKerasLayer(layer: DenseLayer, name: string, input: string): Layer {
  const config = {
    name,
    trainable: true,
    dtype: 'float32',
    units: layer.units,
    activation: layer.activation,
    use_bias: true,
  };
  return { className: 'Dense', name, config, inputs: [input] };
}

/** A layers model from raw embeddings of `size` values to logits. */
export function headToLayersModel(dense: readonly DenseLayer[], size: number): LayersModel {
  const names = dense.map((_, i) => nameOf(i, dense.length));
  const input: Layer = {
    className: 'InputLayer',
    name: inputName,
    config: { name: inputName, batch_input_shape: [null, size], dtype: 'float32', sparse: false },
    inputs: [],
  };
  const layers = dense.map((layer, i) => toKerasLayer(layer, names[i]!, names[i - 1] ?? inputName));
  const weights = dense.flatMap((layer, i): [string, Weight][] => [
    [`${names[i]!}/kernel`, { shape: [layer.kernel.length / layer.units, layer.units], data: layer.kernel }],
    [`${names[i]!}/bias`, { shape: [layer.units], data: layer.bias }],
  ]);
  return {
    topology: { name: 'head', layers: [input, ...layers], input: inputName, output: names.at(-1)! },
    weights: new Map(weights),
  };
}
