// Batch-norms folded into the layers before them, as a layers model again: what the ONNX compiler does for its own files.
import type { Layer, LayersModel, Weight } from '../../layersModel.js';
import { findFoldableNorms } from './compile.js';
import { batchNormAffine } from './layers/norms.js';

/** The kernel whose last places count the layer's output channels. */
const outputKernels: Readonly<Record<string, string>> = {
  Conv2D: 'kernel',
  Dense: 'kernel',
  DepthwiseConv2D: 'depthwise_kernel',
  SeparableConv2D: 'pointwise_kernel',
};

/** Folds `norm` into `layer`: replaces the layer's kernel and bias in `weights` and removes the norm's own. */
function foldInto(weights: Map<string, Weight>, layer: Layer, norm: Layer): void {
  const channels = weights.get(`${norm.name}/moving_mean`)?.shape[0] ?? 0;
  const { scale, shift } = batchNormAffine({ layer: norm, weights }, channels);
  const kernelName = `${layer.name}/${outputKernels[layer.className]!}`;
  const kernel = weights.get(kernelName)!;
  const bias = weights.get(`${layer.name}/bias`)?.data;
  weights.set(kernelName, { shape: kernel.shape, data: kernel.data.map((value, i) => value * scale[i % channels]!) });
  weights.set(`${layer.name}/bias`, {
    shape: [channels],
    data: Float32Array.from(shift, (value, c) => value + (bias?.[c] ?? 0) * scale[c]!),
  });
  for (const name of ['gamma', 'beta', 'moving_mean', 'moving_variance']) weights.delete(`${norm.name}/${name}`);
}

/** The same function with fewer layers: every batch-norm right after a linear layer becomes part of it. Throws AppError invalid_model. */
export function foldNorms({ topology, weights }: LayersModel): LayersModel {
  const norms = findFoldableNorms(topology);
  const folded = new Map(weights);
  /** Layers by the norm that they replace. */
  const replaced = new Map<string, string>();
  for (const layer of topology.layers) {
    const norm = norms.get(layer.name);
    if (norm === undefined) continue;
    foldInto(folded, layer, norm);
    replaced.set(norm.name, layer.name);
  }
  const rename = (name: string): string => replaced.get(name) ?? name;
  const layers = topology.layers
    .filter(({ name }) => !replaced.has(name))
    .map((layer) => ({
      ...layer,
      inputs: layer.inputs.map(rename),
      config: norms.has(layer.name) ? { ...layer.config, use_bias: true } : layer.config,
    }));
  return { topology: { ...topology, layers, output: rename(topology.output) }, weights: folded };
}
