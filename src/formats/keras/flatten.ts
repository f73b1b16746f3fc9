// A serialised Keras model as one flat graph: models used as layers are opened, Sequential ones chained.
import { invalidModel, parseModel } from '../invalidModel.js';
import type { Layer, Topology } from '../layersModel.js';
import { readLayer } from './dialect.js';
import {
  isKeras3,
  isModelClass,
  modelSchema,
  referencesIn,
  type SerialisedFunctional,
  type SerialisedLayer,
  type SerialisedSequential,
} from './serialised.js';

/** Layers collected so far. `aliases` maps names that stand for another layer's output to that layer. */
interface Flat {
  readonly layers: Layer[];
  readonly aliases: Map<string, string>;
  readonly where: string;
  readonly isKeras3: boolean;
}

function resolve({ aliases }: Flat, name: string): string {
  let target = name;
  for (let next = aliases.get(target); next !== undefined; next = aliases.get(target)) target = next;
  return target;
}

function nameOf(layer: SerialisedLayer, where: string): string {
  const name = layer.name ?? layer.config['name'];
  if (typeof name === 'string' && name !== '') return name;
  throw invalidModel(`${where}: a layer of class ${layer.class_name} has no name`);
}

function only(references: readonly string[], what: string, where: string): string {
  if (references.length === 1) return references[0]!;
  throw invalidModel(
    `${where}: the model has ${references.length} ${what}s (${references.join(', ')}) where one is expected; save a model that takes one image and gives one vector`,
  );
}

/** Adds one layer with its inputs; a model is opened in its place. */
function addLayer(flat: Flat, layer: SerialisedLayer, inputs: readonly string[], call: unknown): void {
  const name = nameOf(layer, flat.where);
  if (isModelClass(layer.class_name)) {
    flat.aliases.set(`model:${name}`, openModel(flat, layer, only(inputs, 'input', `${flat.where}: model ${name}`)));
    return;
  }
  const place = `${flat.where}: layer ${flat.layers.length} (${name})`;
  const { class_name: className, config } = layer;
  const use = { className, config, isKeras3: flat.isKeras3, inputs: inputs.length, call };
  const plain = readLayer(use, place);
  if (plain) flat.layers.push({ ...plain, name, config: { ...plain.config, name }, inputs });
  else flat.aliases.set(name, only(inputs, 'input', place));
}

/** Adds the layers of a model whose input is the layer `input` (undefined: the outermost model); returns the layer that gives its output. */
function openModel(flat: Flat, serialised: unknown, input?: string): string {
  const model = parseModel(modelSchema, serialised, flat.where);
  return model.class_name === 'Sequential' ? addSequential(flat, model, input) : addFunctional(flat, model, input);
}

function addFunctional(flat: Flat, { config }: SerialisedFunctional, input: string | undefined): string {
  const own = only(referencesIn(config.input_layers), 'input', flat.where);
  const models = new Set(
    config.layers.filter(({ class_name }) => isModelClass(class_name)).map((layer) => nameOf(layer, flat.where)),
  );
  const producer = (name: string): string => (models.has(name) ? `model:${name}` : name);
  if (input !== undefined) flat.aliases.set(own, input);
  for (const layer of config.layers) {
    const name = nameOf(layer, flat.where);
    if (name === own && input !== undefined) continue;
    if (layer.inbound_nodes.length > 1)
      throw invalidModel(
        `${flat.where}: layer ${name} (${layer.class_name}) is called ${layer.inbound_nodes.length} times; shared layers are not supported`,
      );
    addLayer(flat, layer, referencesIn(layer.inbound_nodes[0]).map(producer), layer.inbound_nodes[0]);
  }
  return producer(only(referencesIn(config.output_layers), 'output', flat.where));
}

/** A Sequential model begins with an InputLayer, with a layer that states its own input shape, or with a model that has an input (as Teachable Machine's do). */
function addSequential(flat: Flat, { config }: SerialisedSequential, input: string | undefined): string {
  const [first, ...rest] = config.layers;
  let previous = input;
  for (const layer of first!.class_name === 'InputLayer' ? rest : config.layers) {
    const name = nameOf(layer, flat.where);
    if (layer === first && previous === undefined && isModelClass(layer.class_name)) {
      flat.aliases.set(`model:${name}`, openModel(flat, layer));
    } else {
      previous ??= addInput(flat, first!);
      addLayer(flat, layer, [previous], undefined);
    }
    previous = isModelClass(layer.class_name) ? `model:${name}` : name;
  }
  return previous ?? addInput(flat, first!);
}

function addInput({ layers, where }: Flat, first: SerialisedLayer): string {
  const shape = first.config['batch_shape'] ?? first.config['batch_input_shape'];
  if (!Array.isArray(shape)) throw invalidModel(`${where}: the Sequential model does not say its input shape`);
  const name = first.class_name === 'InputLayer' ? nameOf(first, where) : `${nameOf(first, where)}_input`;
  layers.push({ className: 'InputLayer', name, config: { name, batch_input_shape: shape as unknown[] }, inputs: [] });
  return name;
}

/** All layers of a serialised model, unsorted. Throws AppError invalid_model, beginning with `where`. */
export function flattenModel(serialised: unknown, where: string): Topology {
  const model = parseModel(modelSchema, serialised, where);
  const flat: Flat = { layers: [], aliases: new Map(), where, isKeras3: isKeras3(serialised) };
  const output = resolve(flat, openModel(flat, serialised));
  const layers = flat.layers.map((layer) => ({ ...layer, inputs: layer.inputs.map((name) => resolve(flat, name)) }));
  const input =
    model.class_name === 'Sequential'
      ? layers.find(({ className }) => className === 'InputLayer')!.name
      : resolve(flat, only(referencesIn(model.config.input_layers), 'input', where));
  return { name: model.config.name, layers, input, output };
}
