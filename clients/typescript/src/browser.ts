// The client in browsers: images are files and bytes, folders what <input type="file" webkitdirectory> gives.
import { TaxonClient, type ImageBytes, type Platform, type TaxonOptions } from './client.js';
import type { FolderFile } from './folders.js';
import { openBytes } from './images.js';

export * from './exports.js';

/** Classifies, uploads and trains on a Taxon server. */
export class Taxon extends TaxonClient<ImageBytes, Iterable<File>> {
  /** `url`: where the server is; default: where the page came from. */
  constructor(url = location.origin, options: TaxonOptions = {}) {
    super(platform, url, options);
  }
}

const platform: Platform<ImageBytes, Iterable<File>> = {
  open: async (image) => openBytes(image),
  filesOf,
  nameOf: ([first]) => first?.webkitRelativePath.split('/')[0] ?? '',
  shrink,
};

function* filesOf(files: Iterable<File>): Generator<FolderFile> {
  // The first folder of the path is the one that was chosen.
  for (const file of files)
    yield { path: file.webkitRelativePath.split('/').slice(1).join('/'), open: async () => file };
}

async function shrink(image: Blob, shortSide: number): Promise<Blob> {
  const bitmap = await createImageBitmap(image, { imageOrientation: 'from-image' }).catch(() => undefined);
  if (bitmap === undefined) return image;
  try {
    const scale = shortSide / Math.min(bitmap.width, bitmap.height);
    if (scale >= 1) return image;
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
    const context = canvas.getContext('2d')!;
    context.imageSmoothingQuality = 'high';
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 });
  } finally {
    bitmap.close();
  }
}
