// Keras' serialised models (dialect of Keras 2 and of tfjs layers models) ⇄ Topology. Knows nothing of weights or files.
import { z } from 'zod';
import { invalidModel, parseModel } from './invalidModel.js';
import type { Layer, Topology } from './layersModel.js';

const callSchema = z.tuple([z.string(), z.int(), z.int()]).rest(z.unknown());

const layerSchema = z.object({
  class_name: z.string(),
  name: z.string().optional(),
  config: z.record(z.string(), z.unknown()),
  inbound_nodes: z.array(z.array(callSchema)).default([]),
});

const functionalSchema = z.object({
  class_name: z.enum(['Functional', 'Model']),
  config: z.object({
    name: z.string().default('model'),
    layers: z.array(layerSchema).min(1),
    input_layers: z.array(callSchema),
    output_layers: z.array(callSchema),
  }),
});

const sequentialSchema = z.object({
  class_name: z.literal('Sequential'),
  config: z.object({ name: z.string().default('sequential'), layers: z.array(layerSchema).min(1) }),
});

const modelSchema = z.discriminatedUnion('class_name', [functionalSchema, sequentialSchema]);
type SerialisedLayer = z.infer<typeof layerSchema>;

function nameOf(layer: SerialisedLayer, where: string): string {
  const name = layer.name ?? layer.config['name'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalidModel(`${where}: a layer of class ${layer.class_name} has no name`);
}

function readLayer(layer: SerialisedLayer, where: string): Layer {
  const name = nameOf(layer, where);
  if (layer.inbound_nodes.length > 1)
    throw invalidModel(`${where}: layer ${name} (${layer.class_name}) is called ${layer.inbound_nodes.length} times; shared layers are not supported`);
  const inputs = (layer.inbound_nodes[0] ?? []).map(([input]) => input);
  return { className: layer.class_name, name, config: layer.config, inputs };
}

function only(calls: readonly z.infer<typeof callSchema>[], what: string, where: string): string {
  if (calls.length === 1) return calls[0]![0];
  throw invalidModel(`${where}: the model has ${calls.length} ${what}s; exactly one ${what} is supported`);
}

function readFunctional({ config }: z.infer<typeof functionalSchema>, where: string): Topology {
  return {
    name: config.name,
    layers: config.layers.map((layer) => readLayer(layer, where)),
    input: only(config.input_layers, 'input', where),
    output: only(config.output_layers, 'output', where),
  };
}

/** A Sequential model begins with an InputLayer, or with a layer that says its input shape itself. */
function readSequential({ config }: z.infer<typeof sequentialSchema>, where: string): Topology {
  const layers = config.layers.map((layer) => readLayer(layer, where));
  if (layers[0]!.className !== 'InputLayer') layers.unshift(inputLayerFor(layers[0]!, where));
  const chained = layers.map((layer, i) => ({ ...layer, inputs: i === 0 ? [] : [layers[i - 1]!.name] }));
  return { name: config.name, layers: chained, input: chained[0]!.name, output: chained.at(-1)!.name };
}

function inputLayerFor(first: Layer, where: string): Layer {
  const shape = first.config['batch_input_shape'];
  if (!Array.isArray(shape)) throw invalidModel(`${where}: the Sequential model does not say its input shape`);
  const name = `${first.name}_input`;
  return { className: 'InputLayer', name, config: { name, batch_input_shape: shape }, inputs: [] };
}

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
  if (!state.has(topology.input)) throw invalidModel(`${where}: the output does not depend on the input ${topology.input}`);
  return { ...topology, layers: sorted };
}

/** The topology in a Keras `model_config` or a tfjs `modelTopology`. Throws AppError invalid_model, beginning with `where`. */
export function readKerasTopology(serialised: unknown, where: string): Topology {
  const outer = z.object({ model_config: z.unknown() }).safeParse(serialised);
  const model = parseModel(modelSchema, outer.success && outer.data.model_config ? outer.data.model_config : serialised, where);
  const topology = model.class_name === 'Sequential' ? readSequential(model, where) : readFunctional(model, where);
  const sorted = sortTopology(topology, where);
  const inputs = sorted.layers.filter(({ inputs }) => inputs.length === 0);
  if (inputs.length !== 1 || inputs[0]!.className !== 'InputLayer')
    throw invalidModel(`${where}: expected one InputLayer, found ${inputs.map(({ name }) => name).join(', ')}`);
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
