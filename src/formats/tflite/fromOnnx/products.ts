// Gemm and MatMul with constant weights, as FULLY_CONNECTED.
import { floatOf, intOf } from '../../onnx/nodes.js';
import { fullyConnectedOptions } from '../operators.js';
import { plainOrder } from './conversion.js';
import { fuseActivation, requireInt, targetScale, unsupportedNode, type Emitter } from './emitter.js';
import { areRounded, readLayerWeights, writeFloats, writeIntegers } from './layerWeights.js';

const int8Version = 4;
const keepsRankVersion = 2;

export const product: Emitter = (conversion, node) => {
  const layer = readLayerWeights(conversion, node);
  if (layer.shape.length !== 2) throw unsupportedNode(node, `its weights have ${layer.shape.length} axes`);
  requireInt(node, 'transA', 0);
  if (floatOf(node, 'alpha', 1) !== 1 || floatOf(node, 'beta', 1) !== 1)
    throw unsupportedNode(node, 'its alpha or beta is not 1');
  const isTransposed = node.op_type === 'Gemm' && intOf(node, 'transB', 0) === 1;
  const [outputs, inputs] = isTransposed ? [layer.shape[0]!, layer.shape[1]!] : [layer.shape[1]!, layer.shape[0]!];
  const value = conversion.value(node.input[0]!);
  const rank = value.shape.length;
  if (rank < 2) throw unsupportedNode(node, 'it takes no rows');
  const { name, activation } = fuseActivation(conversion, node);
  const target = targetScale(conversion, name);
  const scale = value.scale && target && areRounded(layer) ? target : undefined;
  const input = scale ? conversion.ordered(value, plainOrder(rank)) : conversion.float(value, plainOrder(rank));
  const writing = { order: isTransposed ? [0, 1] : [1, 0], shape: [outputs, inputs], outputs };
  const written = scale
    ? writeIntegers(conversion, node, layer, { ...writing, outputAxis: 0 }, value.scale!)
    : writeFloats(conversion, node, layer, writing);
  const emitted = conversion.emit(
    'FULLY_CONNECTED',
    [input.tensor, written.weights, written.bias],
    name,
    [...value.shape.slice(0, -1), outputs],
    plainOrder(rank),
    {
      options: fullyConnectedOptions(activation, rank > 2),
      scale,
      version: scale ? int8Version : rank > 2 ? keepsRankVersion : 1,
    },
  );
  conversion.set(name, emitted);
};
