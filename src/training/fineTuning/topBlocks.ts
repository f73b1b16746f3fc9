// A backbone divided where fine-tuning begins: the layers below stay as they are, so that what they give is computed once for each image.
import { cutAtBottlenecks } from '../../formats/graphFlow.js';
import { layerOfWeight, weightsOf } from '../../formats/globalPoolingCut.js';
import { invalidModel } from '../../formats/invalidModel.js';
import { sizeOf, type Layer, type LayersModel, type Weight } from '../../formats/layersModel.js';
import { shapesOfLayers } from '../../formats/onnx/compiler/compile.js';
import { foldNorms } from '../../formats/onnx/compiler/foldNorms.js';
import type { Preprocessing } from '../../image/preprocessing.js';

/**
 * Share of the backbone's multiply-adds that the trained blocks may take. Of Inception-V3 it leaves mixed9 and mixed10: an eighth of the
 * arithmetic and half of the weights.
 */
const largestShare = 0.15;

export interface DividedBackbone {
  /** The whole, with its batch-norms folded into the layers before them. */
  readonly folded: LayersModel;
  /** Normalised pixels → feature map. Only an InputLayer where everything is trained. */
  readonly bottom: LayersModel;
  /** Feature map → embedding. */
  readonly top: LayersModel;
  /** Of the feature map: [rows, columns, channels]. */
  readonly mapShape: readonly [number, number, number];
}

const kernelPattern = /\/(depthwise_|pointwise_)?kernel$/;

/** Multiply-adds of each layer with weights, by its name. */
function countMultiplyAdds(model: LayersModel, shapes: ReadonlyMap<string, readonly number[]>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [name, { shape }] of model.weights) {
    if (!kernelPattern.test(name)) continue;
    const layer = layerOfWeight(name);
    const [, ...places] = shapes.get(layer)!;
    counts.set(layer, (counts.get(layer) ?? 0) + sizeOf(shape) * sizeOf(places));
  }
  return counts;
}

/**
 * The layer that gives the feature map: such that the blocks above it, from one value that every path goes through to the next, take at
 * most largestShare of the arithmetic, and at least one has weights. Dense layers on vectors are above it, whatever their share.
 */
function findCut(model: LayersModel, shapes: ReadonlyMap<string, readonly number[]>): string {
  const { layers, input, output, name } = model.topology;
  const counts = countMultiplyAdds(model, shapes);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const nodes = layers.map((layer) => ({ name: layer.name, inputs: layer.inputs, outputs: [layer.name] }));
  let cut: string | undefined;
  let trained = 0;
  for (const block of cutAtBottlenecks(nodes, input, output).toReversed()) {
    const own = block.nodes.reduce((sum, layer) => sum + (counts.get(layer.name) ?? 0), 0);
    if (own === 0) continue;
    if (cut !== undefined && trained + own > largestShare * total) break;
    trained += own;
    if (shapes.get(block.input)!.length === 3) cut = block.input;
  }
  if (cut === undefined) throw invalidModel(`backbone ${name} has no layer with weights, so there is nothing to train`);
  return cut;
}

/** tfjs has no gradient of a batch-norm without scale: one that could not be folded gets a scale of 1. */
function withScales({ topology, weights }: LayersModel): LayersModel {
  const scaled = new Map<string, Weight>(weights);
  const layers = topology.layers.map((layer) => {
    if (layer.className !== 'BatchNormalization' || scaled.has(`${layer.name}/gamma`)) return layer;
    const { shape } = scaled.get(`${layer.name}/moving_mean`)!;
    scaled.set(`${layer.name}/gamma`, { shape, data: new Float32Array(sizeOf(shape)).fill(1) });
    return { ...layer, config: { ...layer.config, scale: true } };
  });
  return { topology: { ...topology, layers }, weights: scaled };
}

/** Throws AppError invalid_model when a layer cannot be compiled, or none has weights. */
export function divideAtTopBlocks(backbone: LayersModel, preprocessing: Preprocessing): DividedBackbone {
  const folded = withScales(foldNorms(backbone));
  const shapes = shapesOfLayers(folded, preprocessing);
  const cut = findCut(folded, shapes);
  const { topology, weights } = folded;
  const [channels, rows, columns] = shapes.get(cut)! as [number, number, number];
  const position = topology.layers.findIndex(({ name }) => name === cut) + 1;
  const below = { ...topology, layers: topology.layers.slice(0, position), output: cut };
  const input: Layer = {
    className: 'InputLayer',
    name: cut,
    config: { name: cut, batch_input_shape: [null, rows, columns, channels], dtype: 'float32' },
    inputs: [],
  };
  const above = { ...topology, layers: [input, ...topology.layers.slice(position)], input: cut };
  return {
    folded,
    bottom: { topology: below, weights: weightsOf(below, weights) },
    top: { topology: above, weights: weightsOf({ ...above, layers: above.layers.slice(1) }, weights) },
    mapShape: [rows, columns, channels],
  };
}

/** The backbone whose top has these weights. */
export const withTop = (
  { folded }: Pick<DividedBackbone, 'folded'>,
  top: ReadonlyMap<string, Weight>,
): LayersModel => ({
  ...folded,
  weights: new Map([...folded.weights, ...top]),
});
