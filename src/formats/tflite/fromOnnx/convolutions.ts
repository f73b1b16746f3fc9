// Conv, as CONV_2D or DEPTHWISE_CONV_2D.
import { intOf } from '../../onnx/nodes.js';
import { conv2dOptions, depthwiseOptions } from '../operators.js';
import { imageOrder } from './conversion.js';
import { fuseActivation, imageOf, targetScale, unsupportedNode, type Emitter } from './emitter.js';
import { areRounded, readLayerWeights, writeFloats, writeIntegers } from './layerWeights.js';
import { pad } from './paddings.js';
import { placeWindow } from './windows.js';

/** From which version on each operator has int8 with a scale for each channel, and groups. */
const int8Version = 3;
const groupsVersion = 6;

export const convolution: Emitter = (conversion, node) => {
  const { value, channels, rows, columns } = imageOf(conversion, node);
  const layer = readLayerWeights(conversion, node);
  if (layer.shape.length !== 4) throw unsupportedNode(node, 'it is not two-dimensional');
  const [outputs, perGroup, ...kernel] = layer.shape as [number, number, number, number];
  const groups = intOf(node, 'group', 1);
  const placed = placeWindow(node, kernel, [rows, columns]);
  const { name, activation } = fuseActivation(conversion, node);
  const target = targetScale(conversion, name);
  const scale = value.scale && target && areRounded(layer) ? target : undefined;
  let input = scale ? conversion.ordered(value, imageOrder) : conversion.float(value, imageOrder);
  if (placed.padding === 'explicit') {
    const margins = {
      before: [0, 0, placed.rows.before, placed.columns.before],
      after: [0, 0, placed.rows.after, placed.columns.after],
    };
    input = pad(conversion, input, margins, 0, `${name}/padded`);
  }
  const isDepthwise = groups > 1 && groups === channels && perGroup === 1;
  const writing = isDepthwise
    ? { order: [1, 2, 3, 0], shape: [1, ...kernel, outputs], outputs }
    : { order: [0, 2, 3, 1], shape: [outputs, ...kernel, perGroup], outputs };
  const written = scale
    ? writeIntegers(conversion, node, layer, { ...writing, outputAxis: isDepthwise ? 3 : 0 }, value.scale!)
    : writeFloats(conversion, node, layer, writing);
  const steps = {
    padding: placed.padding === 'same' ? ('same' as const) : ('valid' as const),
    strides: placed.strides,
    dilations: placed.dilations,
    activation,
  };
  const options = isDepthwise ? depthwiseOptions(steps, outputs / channels) : conv2dOptions(steps);
  const emitted = conversion.emit(
    isDepthwise ? 'DEPTHWISE_CONV_2D' : 'CONV_2D',
    [input.tensor, written.weights, written.bias],
    name,
    [1, outputs, placed.rows.size, placed.columns.size],
    imageOrder,
    {
      options,
      scale,
      version: groups > 1 && !isDepthwise ? groupsVersion : scale ? int8Version : isDilated(placed.dilations) ? 2 : 1,
    },
  );
  conversion.set(name, emitted);
};

const isDilated = (dilations: readonly [number, number]): boolean => dilations.some((dilation) => dilation > 1);
