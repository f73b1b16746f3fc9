// Sliding windows: how convolutions and pools step over an image, with TensorFlow's 'same' padding spelled out.
import { z } from 'zod';
import { ints } from './graph.js';
import type { Attribute } from '../protobuf.js';

export const paddingSchema = z.enum(['valid', 'same']);

export interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly dilation?: readonly [number, number];
  readonly padding: z.infer<typeof paddingSchema>;
}

function placeAxis(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  padding: Window['padding'],
): { before: number; after: number; size: number } {
  const reach = (kernel - 1) * dilation + 1;
  if (padding === 'valid') return { before: 0, after: 0, size: Math.floor((size - reach) / stride) + 1 };
  const steps = Math.ceil(size / stride);
  const total = Math.max(0, (steps - 1) * stride + reach - size);
  // TensorFlow puts the odd pixel after, not before.
  const before = Math.floor(total / 2);
  return { before, after: total - before, size: steps };
}

/** The window's attributes on an image of this size, and the size of its output. */
export function placeWindow(
  { kernel, strides, dilation = [1, 1], padding }: Window,
  height: number,
  width: number,
): { attributes: Record<string, Attribute>; height: number; width: number } {
  const y = placeAxis(height, kernel[0], strides[0], dilation[0], padding);
  const x = placeAxis(width, kernel[1], strides[1], dilation[1], padding);
  const attributes = {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    pads: ints([y.before, x.before, y.after, x.after]),
  };
  return { attributes, height: y.size, width: x.size };
}
