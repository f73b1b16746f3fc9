// The identity of a backbone: equal ids mean equal embeddings for equal pixels, whatever the layers are called or how they are stored.
import { createHash } from 'node:crypto';
import type { Layer, LayersModel, Topology } from '../formats/layersModel.js';
import type { Preprocessing } from '../image/preprocessing.js';
import { layerKinds } from '../formats/onnx/compiler/layerKinds.js';
import { layerOfWeight } from '../formats/globalPoolingCut.js';

/** Options that say how a layer was trained or named, not what it computes. */
const irrelevantOptions: ReadonlySet<string> = new Set(['name', 'trainable', 'dtype']);

/** Of a layer that we know: what counts, with defaults filled in. Of any other: all but names and training options. */
function canonicalConfig(layer: Layer): Readonly<Record<string, unknown>> {
  if (layer.className === 'InputLayer') return {};
  const known = layerKinds.get(layer.className)?.canonicalConfig(layer);
  return known ?? Object.fromEntries(Object.entries(layer.config).filter(([option]) => !irrelevantOptions.has(option)));
}

/** Layers by position instead of name. */
function canonicalTopology({ layers }: Topology): string {
  const position = new Map(layers.map(({ name }, i) => [name, i]));
  return JSON.stringify(
    layers.map((layer) => [
      layer.className,
      sortKeys(canonicalConfig(layer)),
      layer.inputs.map((name) => position.get(name)),
    ]),
  );
}

const sortKeys = (config: Readonly<Record<string, unknown>>): [string, unknown][] =>
  Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1));

/** SHA-256, in hexadecimal, over the graph, the values of its weights and how pixels are normalised for it. */
export function backboneId({ topology, weights }: LayersModel, preprocessing: Preprocessing): string {
  const { height, width, channels, scale, offset } = preprocessing;
  const hash = createHash('sha256');
  hash.update(JSON.stringify(['taxon-backbone/1', height, width, channels, scale, offset]));
  hash.update(canonicalTopology(topology));
  const position = new Map(topology.layers.map(({ name }, i) => [name, i]));
  const ordered = [...weights]
    .map(([name, weight]) => ({
      ...weight,
      layer: position.get(layerOfWeight(name)) ?? -1,
      variable: name.slice(layerOfWeight(name).length),
    }))
    .sort((a, b) => a.layer - b.layer || (a.variable < b.variable ? -1 : 1));
  for (const { layer, variable, shape, data } of ordered) {
    hash.update(JSON.stringify([layer, variable, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}
