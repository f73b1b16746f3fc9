// Keras' serialised models ⇄ Topology: the dialects of Keras 2, Keras 3 and tfjs layers models. Knows nothing of weights or files.
import { z } from 'zod';
import { invalidModel, parseModel } from '../invalidModel.js';
import { flattenModel } from './flatten.js';
import type { Layer, Topology } from '../layersModel.js';

/** The same layers, each after its inputs, without those that the output does not need. Throws on a missing layer or a cycle. */
export function sortTopology(topology: Topology, where: string): Topology {
  const byName = new Map(topology.layers.map((layer) => [layer.name, layer]));
  if (byName.size !== topology.layers.length) throw invalidModel(`${where}: two layers have the same name`);
  const state = new Map<string, 'open' | 'done'>();
  const sorted: Layer[] = [];
  // An explicit stack: a chain of thousands of layers must not overflow the call stack.
  const pending = [topology.output];
  while (pending.length > 0) {
    const name = pending.at(-1)!;
    const layer = byName.get(name);
    if (!layer) throw invalidModel(`${where}: layer ${name} is used but not defined`);
    const missing = layer.inputs.filter((input) => state.get(input) !== 'done');
    if (state.get(name) === 'done') {
      pending.pop();
    } else if (missing.length === 0) {
      state.set(name, 'done');
      sorted.push(layer);
      pending.pop();
    } else {
      const looped = missing.find((input) => state.get(input) === 'open');
      if (looped !== undefined) throw invalidModel(`${where}: layer ${looped} depends on its own output`);
      state.set(name, 'open');
      pending.push(...missing.toReversed());
    }
  }
  if (!state.has(topology.input))
    throw invalidModel(`${where}: the output does not depend on the input ${topology.input}`);
  return { ...topology, layers: sorted };
}

/** The topology in a Keras `model_config`, a Keras 3 config.json or a tfjs `modelTopology`. Throws AppError invalid_model, beginning with `where`. */
export function readKerasTopology(serialised: unknown, where: string): Topology {
  const { model_config: inner } = parseModel(
    z.looseObject({ model_config: z.unknown().optional() }),
    serialised,
    where,
  );
  const sorted = sortTopology(flattenModel(inner ?? serialised, where), where);
  const inputs = sorted.layers.filter(({ inputs }) => inputs.length === 0);
  if (inputs.length !== 1 || inputs[0]!.className !== 'InputLayer')
    throw invalidModel(
      `${where}: expected one InputLayer, found ${inputs.map(({ name }) => name).join(', ')}; save a model that takes one image`,
    );
  return sorted;
}

/** The `modelTopology` of a tfjs layers model, which Keras 2 reads as well. */
export function writeKerasTopology({ name, layers, input, output }: Topology): Record<string, unknown> {
  const call = (layer: string): unknown[] => [layer, 0, 0];
  const serialised = layers.map((layer) => ({
    class_name: layer.className,
    name: layer.name,
    config: { ...layer.config, name: layer.name },
    inbound_nodes: layer.inputs.length === 0 ? [] : [layer.inputs.map((from) => [...call(from), {}])],
  }));
  const config = { name, layers: serialised, input_layers: [call(input)], output_layers: [call(output)] };
  return { keras_version: '2.15.0', backend: 'tensorflow', model_config: { class_name: 'Functional', config } };
}
