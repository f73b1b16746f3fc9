// Weights in Keras' HDF5 files, given to layers by name: Keras numbers layers as they are made but lists them as they are stacked.
import type { Group } from 'h5wasm/node';
import { invalidModel } from '../invalidModel.js';
import type { Layer, Topology, Weight, Weights } from '../layersModel.js';
import { keras3Names } from './layerOrder.js';
import { variablesOf } from './variables.js';
import { groupAt, namesAttribute, readTensor, textAttribute, type Hdf5 } from './hdf5.js';

type LayersByName = ReadonlyMap<string, Layer>;

/** Keras 3 calls a depthwise kernel plainly `kernel`, and the only variable of a LayerScale `variable`. */
function variableName({ className }: Layer, variable: string): string {
  if (className === 'LayerScale') return 'gamma';
  return className === 'DepthwiseConv2D' && variable === 'kernel' ? 'depthwise_kernel' : variable;
}

/** Which layer `conv/kernel:0` in the group `group` belongs to: the group's, or, in a model used as a layer, one named on the way. */
function findOwner(layers: LayersByName, group: string, path: readonly string[]): Layer | undefined {
  const inner = path.findLast((part) => layers.has(part));
  return layers.get(group) ?? (inner === undefined ? undefined : layers.get(inner));
}

function readLegacyGroup(
  file: Hdf5,
  parent: Group,
  name: string,
  layers: LayersByName,
  weights: Map<string, Weight>,
): void {
  const group = groupAt(parent, name);
  if (!group) throw invalidModel(`${file.path}: layer ${name} is listed but its group is missing`);
  for (const weightName of namesAttribute(group, 'weight_names') ?? []) {
    const path = weightName.replace(/:\d+$/, '').split('/');
    const owner = findOwner(layers, name, path.slice(0, -1));
    const tensor = owner && readTensor(file, group, weightName);
    if (tensor) weights.set(`${owner.name}/${variableName(owner, path.at(-1)!)}`, tensor);
  }
}

/** HDF5 as Keras 2 writes it: one group for each layer, with its weights' names in an attribute. */
function readLegacy(file: Hdf5, parent: Group, names: readonly string[], layers: LayersByName): Weights {
  const weights = new Map<string, Weight>();
  for (const name of names) readLegacyGroup(file, parent, name, layers, weights);
  return weights;
}

/** Whose variables are in `group`: newer versions of Keras 3 write the layer's name; else it is known by its class and number alone. */
function findKeras3Owner(
  file: Hdf5,
  group: Group,
  path: string,
  layers: LayersByName,
  byKerasName: LayersByName,
): Layer | undefined {
  const name = textAttribute(group, 'name');
  if (name !== undefined) return layers.get(name);
  const [, inside, kerasName] =
    /^(?:_layer_checkpoint_dependencies|layers)\/((?:.*\/)?)([^/]+)\/vars$/.exec(path) ?? [];
  if (inside === '') return byKerasName.get(kerasName!);
  if (inside === undefined) return undefined;
  throw invalidModel(
    `${file.path}: ${path} is in a model used as a layer and bears no layer's name; save the model again with Keras 3.15, or as .h5`,
  );
}

/** HDF5 as Keras 3 writes it: `layers/…/vars/0`, `1`, … */
function readKeras3(file: Hdf5, topology: Topology, layers: LayersByName): Weights {
  const byKerasName = keras3Names(topology);
  const weights = new Map<string, Weight>();
  for (const path of file.root.paths()) {
    const found = /^(.*\/vars)\/(\d+)$/.exec(path);
    if (!found) continue;
    const group = groupAt(file.root, found[1]!);
    const layer = group && findKeras3Owner(file, group, found[1]!, layers, byKerasName);
    const variable = layer && variablesOf(layer)[Number(found[2])];
    const tensor = variable && readTensor(file, group, found[2]!);
    if (tensor) weights.set(`${layer.name}/${variable}`, tensor);
  }
  return weights;
}

/** The weights for the layers of `topology` in a Keras HDF5 file of any layout. Throws AppError invalid_model when it holds none. */
export function readKerasWeights(file: Hdf5, topology: Topology): Weights {
  const layers = new Map(topology.layers.map((layer) => [layer.name, layer]));
  const holder = groupAt(file.root, 'model_weights') ?? file.root;
  const names = namesAttribute(holder, 'layer_names');
  if (names) return readLegacy(file, holder, names, layers);
  if (groupAt(file.root, 'layers') || groupAt(file.root, '_layer_checkpoint_dependencies'))
    return readKeras3(file, topology, layers);
  throw invalidModel(`${file.path} is HDF5 but holds no Keras weights: neither layer_names nor layers`);
}

/** Names of the layers that have weights in the file. */
export function layerNamesIn(file: Hdf5): readonly string[] {
  const legacy = namesAttribute(groupAt(file.root, 'model_weights') ?? file.root, 'layer_names');
  if (legacy) return legacy;
  const groups = file.root.paths().filter((path) => path.endsWith('/vars'));
  return groups.flatMap((path) => textAttribute(groupAt(file.root, path)!, 'name') ?? []);
}
