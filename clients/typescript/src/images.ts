// Images that are bytes already.
import type { ImageBytes } from './client.js';

/** A File keeps its name. */
export const openBytes = (image: ImageBytes): { readonly blob: Blob; readonly name: string } => ({
  blob: image instanceof Blob ? image : new Blob([new Uint8Array(image)]),
  name: image instanceof File ? image.name : 'image',
});
