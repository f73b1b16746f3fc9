// For native libraries that take no shared memory.

/** The same bytes in memory of this thread alone: copied where they are shared with others. */
export const ownPixels = (pixels: Uint8Array): Uint8Array =>
  pixels.buffer instanceof SharedArrayBuffer ? pixels.slice() : pixels;
