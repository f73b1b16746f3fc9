// Layers that move values without changing them: padding, cropping, flattening, reshaping.
import { z } from 'zod';
import { sizeOf } from '../../../layersModel.js';
import { ints, type Graph, type Tensor } from '../graph.js';
import { channelsLast, defineLayer, onlyInput, imageInput, unsupportedUse, type LayerCall } from '../layerContract.js';

const countSchema = z.int().nonnegative();
/** One number for all sides, [vertical, horizontal], or [[top, bottom], [left, right]]. */
const sidesSchema = z.union([
  countSchema.transform((n): [number, number, number, number] => [n, n, n, n]),
  z.tuple([countSchema, countSchema]).transform(([v, h]): [number, number, number, number] => [v, v, h, h]),
  z
    .tuple([z.tuple([countSchema, countSchema]), z.tuple([countSchema, countSchema])])
    .transform(([[top, bottom], [left, right]]): [number, number, number, number] => [top, bottom, left, right]),
]);

export const zeroPadding2d = defineLayer(
  z.object({ padding: sidesSchema.default([1, 1, 1, 1]), data_format: channelsLast }),
  (call, { padding: [top, bottom, left, right] }): Tensor => {
    const { input, channels, height, width } = imageInput(call);
    const pads = call.graph.integers([0, 0, top, left, 0, 0, bottom, right]);
    return {
      name: call.graph.node('Pad', [input.name, pads]),
      shape: [channels, height + top + bottom, width + left + right],
    };
  },
);

export const cropping2d = defineLayer(
  z.object({ cropping: sidesSchema.default([0, 0, 0, 0]), data_format: channelsLast }),
  (call, { cropping: [top, bottom, left, right] }): Tensor => {
    const { input, channels, height, width } = imageInput(call);
    const { graph } = call;
    const bounds = [
      graph.integers([top, left]),
      graph.integers([height - bottom, width - right]),
      graph.integers([2, 3]),
    ];
    return {
      name: graph.node('Slice', [input.name, ...bounds]),
      shape: [channels, height - top - bottom, width - left - right],
    };
  },
);

/** Whether Keras' order of values differs from ours: images of more than one pixel. */
const isTransposed = (shape: readonly number[]): boolean => shape.length === 3 && shape[1]! * shape[2]! > 1;

/** `target` is Keras' shape: [features], or [height, width, channels]. */
function emitReshape(call: LayerCall, input: Tensor, target: readonly number[]): Tensor {
  const { graph } = call;
  if (target.length !== 1 && target.length !== 3)
    throw unsupportedUse(call, `shape [${target.join(', ')}]: expected one side or three`);
  const kerasOrder = isTransposed(input.shape)
    ? graph.node('Transpose', [input.name], { perm: ints([0, 2, 3, 1]) })
    : input.name;
  const shape = target.length === 1 ? target : [target[2]!, target[0]!, target[1]!];
  const placed = isTransposed(shape) ? target : shape;
  const reshaped = graph.node('Reshape', [kerasOrder, reshapeTo(graph, placed)]);
  return {
    name: isTransposed(shape) ? graph.node('Transpose', [reshaped], { perm: ints([0, 3, 1, 2]) }) : reshaped,
    shape,
  };
}

/** 0 keeps the batch dimension as it is. */
const reshapeTo = (graph: Graph, shape: readonly number[]): string => graph.integers([0, ...shape]);

export const flatten = defineLayer(z.object({ data_format: channelsLast }), (call) => {
  const input = onlyInput(call);
  return input.shape.length === 1 ? input : emitReshape(call, input, [sizeOf(input.shape)]);
});

export const reshape = defineLayer(
  z.object({ target_shape: z.array(z.int().min(-1)) }),
  (call, { target_shape: target }) => {
    const input = onlyInput(call);
    const known = sizeOf(target.filter((side) => side !== -1));
    const filled = target.map((side) => (side === -1 ? sizeOf(input.shape) / known : side));
    if (sizeOf(filled) !== sizeOf(input.shape) || !filled.every(Number.isInteger))
      throw unsupportedUse(call, `[${target.join(', ')}] does not hold the ${sizeOf(input.shape)} values of its input`);
    return emitReshape(call, input, filled);
  },
);
