// Layers model → ONNX file for ONNX Runtime: one emitter a layer, batch-norms folded, pixels normalised inside the graph.
import { invalidModel } from '../../invalidModel.js';
import { sizeOf, type Layer, type LayersModel, type Topology } from '../../layersModel.js';
import type { Preprocessing } from '../../../image/preprocessing.js';
import { Graph, ints, int, type Tensor } from './graph.js';
import type { LayerCall } from './layerContract.js';
import { layerKinds } from './layerKinds.js';
import { batchNormAffine } from './layers/norms.js';
import { elementTypes } from '../protobuf.js';

/** Raised whenever the graph written for the same model changes: part of the name of a cached file. */
export const compilerRevision = 1;

function isOverChannels({ config }: Layer, lastAxis: number): boolean {
  const axis = [config['axis'] ?? -1].flat()[0];
  return axis === -1 || axis === lastAxis;
}

/** The batch-norm that follows a layer, by the name of the layer that can apply it itself. */
export function findFoldableNorms({ layers, output }: Topology): ReadonlyMap<string, Layer> {
  const consumers = new Map<string, Layer[]>();
  for (const layer of layers)
    for (const input of layer.inputs) consumers.set(input, [...(consumers.get(input) ?? []), layer]);
  const norms = new Map<string, Layer>();
  for (const { name, className, config } of layers) {
    const linear = (config['activation'] ?? 'linear') === 'linear';
    const [next, ...others] = consumers.get(name) ?? [];
    if (!layerKinds.get(className)?.foldsNorm || !linear || name === output || others.length > 0) continue;
    if (next?.className === 'BatchNormalization' && isOverChannels(next, className === 'Dense' ? 1 : 3))
      norms.set(name, next);
  }
  return norms;
}

function emitLayer(call: LayerCall, position: number): Tensor {
  const { className, name } = call.layer;
  const kind = layerKinds.get(className);
  if (!kind)
    throw invalidModel(`layer ${position} (${name}) is of class ${className}, which cannot be compiled to ONNX`);
  const output = kind.emit(call);
  if (output.shape.every((side) => side > 0)) return output;
  throw invalidModel(
    `layer ${position} (${name}, ${className}): its output has shape [${output.shape.join(', ')}]; the input is too small`,
  );
}

function emitEach(graph: Graph, { topology, weights }: LayersModel, input: Tensor): ReadonlyMap<string, Tensor> {
  const norms = findFoldableNorms(topology);
  const folded = new Set([...norms.values()].map(({ name }) => name));
  const tensors = new Map([[topology.input, input]]);
  for (const [position, layer] of topology.layers.entries()) {
    if (layer.name === topology.input) continue;
    const inputs = layer.inputs.map((name) => tensors.get(name)!);
    const call = { layer, graph, inputs, weights };
    const next = norms.get(layer.name);
    const folding = next
      ? { ...call, norm: (channels: number) => batchNormAffine({ ...call, layer: next }, channels) }
      : call;
    tensors.set(layer.name, folded.has(layer.name) ? inputs[0]! : emitLayer(folding, position));
  }
  return tensors;
}

/** Appends all layers after the InputLayer to the graph and returns the output's tensor. Throws AppError invalid_model naming the layer. */
export const emitLayers = (graph: Graph, model: LayersModel, input: Tensor): Tensor =>
  emitEach(graph, model, input).get(model.topology.output)!;

/** The shape of what each layer gives, by its name: [channels, rows, columns] or [features]. Throws AppError invalid_model naming the layer. */
export function shapesOfLayers(
  model: LayersModel,
  { height, width }: Preprocessing,
): ReadonlyMap<string, Tensor['shape']> {
  const tensors = emitEach(new Graph(), model, { name: model.topology.input, shape: [3, height, width] });
  return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
}

/** uint8 RGB [N, H, W, 3] → float32 [N, 3, H, W] in the channel order and range that the network was trained on; `pixels` becomes the graph's input. */
export function emitPixels(graph: Graph, { height, width, channels, scale, offset }: Preprocessing): Tensor {
  const pixels = graph.input('pixels', 'uint8', [height, width, 3]);
  // Transposing bytes moves a quarter of the memory that transposing floats would.
  const planes = graph.node('Transpose', [pixels.name], { perm: ints([0, 3, 1, 2]) });
  const ordered =
    channels === 'rgb' ? planes : graph.node('Gather', [planes, graph.integers([2, 1, 0])], { axis: int(1) });
  const floats = { name: graph.node('Cast', [ordered], { to: int(elementTypes.float32) }), shape: [3, height, width] };
  // An offset folded into a padded convolution would be wrong at the borders; these two cost under 1 % of the network.
  const scaled = graph.node('Mul', [floats.name, graph.perChannel(scale, floats)]);
  return { ...floats, name: graph.node('Add', [scaled, graph.perChannel(offset, floats)]) };
}

function checkImageSize({ layers, input }: Topology, { height, width }: Preprocessing): void {
  const declared = layers.find(({ name }) => name === input)?.config['batch_input_shape'];
  const sides: unknown[] = Array.isArray(declared) ? declared : [];
  const fits =
    sides.length === 4 && [height, width, 3].every((side, i) => sides[i + 1] === null || sides[i + 1] === side);
  if (!fits)
    throw invalidModel(
      `layer ${input} (InputLayer) takes ${JSON.stringify(declared)}, but the preprocessing gives [null, ${height}, ${width}, 3]`,
    );
}

export interface Compiled {
  /** The bytes of the .onnx file. */
  readonly bytes: Uint8Array;
  /** Values of one item's output. */
  readonly outputSize: number;
}

function finish(graph: Graph, output: Tensor, name: string, metadata?: Readonly<Record<string, string>>): Compiled {
  if (output.shape.length !== 1)
    throw invalidModel(`the model's output has shape [${output.shape.join(', ')}]; expected a vector`);
  return { bytes: graph.encode(name, output, metadata), outputSize: output.shape[0]! };
}

/**
 * A model from pixels to a vector, as ONNX: `pixels` uint8 [N, height, width, 3] RGB → `outputName` float32 [N, outputSize].
 * Throws AppError invalid_model naming the layer that cannot be compiled.
 */
export function compilePixels(
  model: LayersModel,
  preprocessing: Preprocessing,
  outputName: string,
  metadata?: Readonly<Record<string, string>>,
): Compiled {
  checkImageSize(model.topology, preprocessing);
  const graph = new Graph();
  return finish(graph, emitLayers(graph, model, emitPixels(graph, preprocessing)), outputName, metadata);
}

/**
 * A model from pixels to a feature map, as ONNX: `pixels` uint8 [N, height, width, 3] RGB → `outputName` float32
 * [N, rows × columns × channels]. Throws AppError invalid_model naming the layer that cannot be compiled.
 */
export function compileFeatureMap(model: LayersModel, preprocessing: Preprocessing, outputName: string): Compiled {
  checkImageSize(model.topology, preprocessing);
  const graph = new Graph();
  const { name, shape } = emitLayers(graph, model, emitPixels(graph, preprocessing));
  const channelsLast = graph.node('Transpose', [name], { perm: ints([0, 2, 3, 1]) });
  const flat = graph.node('Flatten', [channelsLast], { axis: int(1) });
  return finish(graph, { name: flat, shape: [sizeOf(shape)] }, outputName);
}

/** A head as ONNX: `embedding` float32 [N, embeddingSize] → `logits` float32 [N, classes]. Throws AppError invalid_model. */
export function compileHead(head: LayersModel, embeddingSize: number): Compiled {
  const graph = new Graph();
  return finish(graph, emitLayers(graph, head, graph.input('embedding', 'float32', [embeddingSize])), 'logits');
}
