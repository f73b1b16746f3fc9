// Makes uint8 quantisation with one scale per tensor as good as with one scale per channel, without changing the network:
// every output channel of a convolution is stretched to the same range, and the batch-norm after it undoes the stretch.
import type { LayersModel, Weight } from '../../src/formats/layersModel.js';

/** Inception-V3's batch-norm epsilon. */
const epsilon = 1e-3;

/** Factor for each output channel (the kernel's last axis): at least 1, so that the new variance stays positive. */
function stretchOf({ shape, data }: Weight): Float64Array {
  const channels = shape.at(-1)!;
  const reach = new Float64Array(channels);
  data.forEach((value, i) => (reach[i % channels] = Math.max(reach[i % channels]!, Math.abs(value))));
  const widest = Math.max(...reach);
  return reach.map((own) => (own > 0 ? widest / own : 1));
}

const scaled = ({ shape, data }: Weight, factor: (i: number) => number): Weight => ({
  shape,
  data: data.map((value, i) => value * factor(i)),
});

/** The same function of the pixels, with all output channels of each convolution equally wide. Batch-norms must have no scale. */
export function equaliseChannels({ topology, weights }: LayersModel): LayersModel {
  const equalised = new Map(weights);
  for (const { className, name, inputs } of topology.layers) {
    if (className !== 'BatchNormalization') continue;
    const kernelName = `${inputs[0]!}/kernel`;
    const kernel = weights.get(kernelName)!;
    const stretch = stretchOf(kernel);
    const variance = weights.get(`${name}/moving_variance`)!;
    equalised.set(
      kernelName,
      scaled(kernel, (i) => stretch[i % stretch.length]!),
    );
    equalised.set(
      `${name}/moving_mean`,
      scaled(weights.get(`${name}/moving_mean`)!, (c) => stretch[c]!),
    );
    // stretch² (variance + ε) = new variance + ε
    const data = variance.data.map((value, c) => stretch[c]! ** 2 * (value + epsilon) - epsilon);
    equalised.set(`${name}/moving_variance`, { shape: variance.shape, data });
  }
  return { topology, weights: equalised };
}
