// A dataset as a zip of split folders with class folders in them, streamed: no more than a file is in memory at a time.
import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import yazl from 'yazl';
import type { ImageStore } from '../images/imageStore.js';
import type { DatasetImages } from './datasetImages.js';
import type { DatasetImage } from './schemas.js';

const pageSize = 500;

/** Entries are `split/label/name.ext`; importing the zip again gives the same dataset. Throws AppError `unknown_dataset`. */
export async function exportDataset(
  datasetImages: DatasetImages,
  images: ImageStore,
  dataset: string,
): Promise<Readable> {
  await datasetImages.list(dataset, { limit: 1 });
  const zip = new yazl.ZipFile();
  const output = new PassThrough();
  zip.outputStream.pipe(output);
  // A file that is gone breaks the zip off: better than one that lacks images and does not say so.
  zip.on('error', (error: Error) => output.destroy(error));
  addAll(zip, datasetImages, images, dataset).catch((error: unknown) => output.destroy(error as Error));
  return output;
}

async function addAll(
  zip: yazl.ZipFile,
  datasetImages: DatasetImages,
  images: ImageStore,
  dataset: string,
): Promise<void> {
  let after: number | null = 0;
  while (after !== null) {
    const page = await datasetImages.list(dataset, { limit: pageSize, after });
    for (const image of page.images) addEntry(zip, images, image);
    after = page.next;
  }
  zip.end();
}

/** Images are compressed already: they are stored as they are. */
function addEntry(zip: yazl.ZipFile, images: ImageStore, image: DatasetImage): void {
  const options = { compress: false, mtime: image.createdAt };
  zip.addReadStreamLazy(entryName(image), options, (done) => done(null, createReadStream(images.pathOf(image.sha256))));
}

/** Ids keep names apart; what the image was called comes first, so that people find it. */
function entryName({ id, label, split, fileNames, format }: DatasetImage): string {
  const given = fileNames[0] ?? 'image';
  const stem = given
    .slice(0, given.length - extname(given).length)
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
    .slice(-80);
  return `${split}/${label}/${stem}-${id}.${format}`;
}
