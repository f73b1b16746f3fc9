// Backbone or head alone, read from a layers model on disk: the weights of the other part are skipped.
import { readLayersIndex, readWeights, type LayersIndex } from '../formats/tensorflow/layersFiles.js';
import type { LayersModel, Topology } from '../formats/layersModel.js';
import { readBackboneRecord } from './backboneRecord.js';
import type { Manifest } from './manifest.js';
import { layerOfWeight, cutTopology, stripSoftmax } from '../formats/globalPoolingCut.js';

const shapesIn = (index: LayersIndex): ReadonlyMap<string, readonly number[]> =>
  new Map(index.groups.flatMap(({ weights }) => weights.map(({ name, shape }) => [name, shape] as const)));

/** The layers of a backbone without their weights; undefined where its folder holds another framework's graph. Throws AppError invalid_model. */
export async function readBackboneTopology(directory: string): Promise<Topology | undefined> {
  const record = await readBackboneRecord(directory);
  if (record !== undefined && record.kind !== 'layers') return undefined;
  const index = await readLayersIndex(directory);
  const shapes = shapesIn(index);
  return cutTopology(index.topology, (name) => shapes.get(name)).backbone;
}

/** The part of a layers model up to and with its global pooling layer; a model that ends there is taken whole. */
export async function readBackbone(directory: string): Promise<LayersModel> {
  const index = await readLayersIndex(directory);
  const shapes = shapesIn(index);
  const { backbone } = cutTopology(index.topology, (name) => shapes.get(name));
  const layers = new Set(backbone.layers.map(({ name }) => name));
  return { topology: backbone, weights: await readWeights(index, (name) => layers.has(layerOfWeight(name))) };
}

/** The layers from the embedding to the logits of a version's layers model; a backbone's weights are not read. */
export async function readHead(directory: string, layout: Manifest['layout']): Promise<LayersModel> {
  const index = await readLayersIndex(directory);
  const shapes = shapesIn(index);
  const head =
    layout === 'head' ? stripSoftmax(index.topology) : cutTopology(index.topology, (name) => shapes.get(name)).head;
  const layers = new Set(head.layers.map(({ name }) => name));
  return { topology: head, weights: await readWeights(index, (name) => layers.has(layerOfWeight(name))) };
}
