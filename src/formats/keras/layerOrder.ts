// The order in which Keras lists a model's layers, which its weight files rely on.
import type { Layer, Topology } from '../layersModel.js';

/** Steps from each layer to the output, by the longest way. */
function depthsOf({ layers }: Topology): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { name, inputs } of layers.toReversed())
    for (const input of inputs) depths.set(input, Math.max(depths.get(input) ?? 0, (depths.get(name) ?? 0) + 1));
  return depths;
}

/** Layers from the output backwards, each before its inputs, as Keras first meets them. */
function meetingOrder({ layers, output }: Topology): ReadonlyMap<string, number> {
  const inputsOf = new Map(layers.map(({ name, inputs }) => [name, inputs]));
  const order = new Map<string, number>();
  const pending = [output];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (order.has(name)) continue;
    order.set(name, order.size);
    pending.push(...inputsOf.get(name)!.toReversed());
  }
  return order;
}

/** The layers as Keras' load_model expects their weights, in the order of its own list: deepest first, equals as first met. */
export function inKerasOrder(topology: Topology): Layer[] {
  const depths = depthsOf(topology);
  const met = meetingOrder(topology);
  const depth = ({ name }: Layer): number => depths.get(name) ?? 0;
  return topology.layers.toSorted((a, b) => depth(b) - depth(a) || met.get(a.name)! - met.get(b.name)!);
}

/** Keras' to_snake_case (keras/src/utils/naming.py): Conv2D is conv2d, BatchNormalization is batch_normalization. */
const snakeCase = (className: string): string =>
  className
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** Each layer by what Keras 3 calls it in a weight file: its class, and its number among the model's layers of that class. */
export function keras3Names(topology: Topology): ReadonlyMap<string, Layer> {
  const counts = new Map<string, number>();
  const named = inKerasOrder(topology).map((layer): [string, Layer] => {
    const kind = snakeCase(layer.className);
    const count = counts.get(kind) ?? 0;
    counts.set(kind, count + 1);
    return [count === 0 ? kind : `${kind}_${count}`, layer];
  });
  return new Map(named);
}
