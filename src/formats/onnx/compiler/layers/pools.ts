// Pooling over windows and over whole images.
import { z } from 'zod';
import { int, type Tensor } from '../graph.js';
import { channelsLast, defineLayer, pairSchema, imageInput, type LayerKind } from '../layerContract.js';
import { paddingSchema, placeWindow } from '../windows.js';

const poolSchema = z.object({
  pool_size: pairSchema.default([2, 2]),
  strides: pairSchema.nullish(),
  padding: paddingSchema.default('valid'),
  data_format: channelsLast,
});

/** Padding never counts: not as a value to the maximum, not as a pixel to the average. */
const pool = (opType: 'MaxPool' | 'AveragePool'): LayerKind =>
  defineLayer(poolSchema, (call, { pool_size: kernel, strides, padding }): Tensor => {
    const { input, channels, height, width } = imageInput(call);
    const placed = placeWindow({ kernel, strides: strides ?? kernel, padding }, height, width);
    const name = call.graph.node(opType, [input.name], placed.attributes);
    return { name, shape: [channels, placed.height, placed.width] };
  });

const globalSchema = z.object({ keepdims: z.boolean().default(false), data_format: channelsLast });

const globalPool = (opType: 'GlobalMaxPool' | 'GlobalAveragePool'): LayerKind =>
  defineLayer(globalSchema, (call, { keepdims }): Tensor => {
    const { input, channels } = imageInput(call);
    const pooled = call.graph.node(opType, [input.name]);
    if (keepdims) return { name: pooled, shape: [channels, 1, 1] };
    return { name: call.graph.node('Flatten', [pooled], { axis: int(1) }), shape: [channels] };
  });

export const maxPooling2d = pool('MaxPool');
export const averagePooling2d = pool('AveragePool');
export const globalMaxPooling2d = globalPool('GlobalMaxPool');
export const globalAveragePooling2d = globalPool('GlobalAveragePool');
