// The pixels of a batch, as engines take and make them.
import type { BackboneArtifact } from './engine.js';

/** The same bytes in memory of this thread alone, for native libraries that take no other: copied where they are shared. */
export const ownPixels = (pixels: Uint8Array): Uint8Array =>
  pixels.buffer instanceof SharedArrayBuffer ? pixels.slice() : pixels;

/** Black images, [count, height, width, 3], for a first run. */
export const blankPixels = ({ preprocessing: { height, width } }: BackboneArtifact, count: number): Uint8Array =>
  new Uint8Array(count * height * width * 3);
