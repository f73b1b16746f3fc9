// A dataset as a zip of split folders with class folders in them, or with a list of labels beside them, streamed: no more than a file is in memory at a time.
import { extname } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import yazl from 'yazl';
import type { ImageStore } from '../images/imageStore.js';
import { attributionFileName, writeAttributionFile, type Attributed } from './attributionFile.js';
import type { DatasetImages } from './datasetImages.js';
import { labelListName } from './labelList.js';
import type { DatasetImage, Task } from './schemas.js';

const pageSize = 500;

/**
 * Entries are `split/label/name.ext`, or of a multi-label dataset `split/name.ext` and a `labels.csv`, and an attribution.csv where it is known who made
 * an image; importing the zip again gives the same dataset. Whoever stops reading destroys the stream, which closes the file that is being read. Throws AppError `unknown_dataset`.
 */
export async function exportDataset(
  datasetImages: DatasetImages,
  images: ImageStore,
  { name: dataset, task }: { readonly name: string; readonly task: Task },
): Promise<Readable> {
  const output = new PassThrough();
  const fail = (error: unknown): void => void output.destroy(error as Error);
  const zip = new yazl.ZipFile();
  // A file that is gone aborts the zip: better than one that silently lacks images.
  zip.on('error', fail);
  zip.outputStream.pipe(output);
  const files = new OneFileOpen(output);
  const open = (image: DatasetImage): Promise<Readable> => files.open(images.stream(image.sha256));
  addAll(zip, datasetImages, dataset, task, open, output).catch(fail);
  return output;
}

/** The file that is being written into the zip: closed when the zip is abandoned, because yazl does not close it. */
class OneFileOpen {
  #current: Readable | undefined;

  constructor(private readonly output: PassThrough) {
    output.once('close', () => this.#current?.destroy());
  }

  async open(opening: Promise<Readable>): Promise<Readable> {
    const file = await opening;
    this.#current = file.once('error', (error) => this.output.destroy(error));
    if (this.output.destroyed) file.destroy();
    return file;
  }
}

async function addAll(
  zip: yazl.ZipFile,
  datasetImages: DatasetImages,
  dataset: string,
  task: Task,
  open: (image: DatasetImage) => Promise<Readable>,
  output: PassThrough,
): Promise<void> {
  const attributed: Attributed[] = [];
  const listed: string[][] = [];
  let after: number | null = 0;
  while (after !== null && !output.destroyed) {
    const page = await datasetImages.list(dataset, { limit: pageSize, after });
    for (const image of page.images) {
      const name = entryName(image, task);
      addEntry(zip, name, image, open);
      const { sha256, attribution } = image;
      if (attribution) attributed.push({ file: name, sha256, attribution });
      if (task === 'multi-label') listed.push([name, image.labels.join('|'), image.split]);
    }
    after = page.next;
  }
  if (attributed.length > 0)
    zip.addReadStreamLazy(attributionFileName, (done) => done(null, writeAttributionFile(attributed)));
  if (task === 'multi-label')
    zip.addBuffer(
      Buffer.from(stringify(listed, { header: true, columns: ['filename', 'labels', 'split'] })),
      labelListName,
    );
  zip.end();
}

/** Images are compressed already: they are stored as they are. */
function addEntry(
  zip: yazl.ZipFile,
  name: string,
  image: DatasetImage,
  open: (image: DatasetImage) => Promise<Readable>,
): void {
  const options = { compress: false, mtime: image.createdAt };
  zip.addReadStreamLazy(name, options, (done) => {
    open(image).then(
      (file) => done(null, file),
      (error: unknown) => done(error, undefined as never),
    );
  });
}

/** Ids keep names distinct; the original file name comes first, so that people find it. */
function entryName({ id, label, split, fileNames, format }: DatasetImage, task: Task): string {
  const given = fileNames[0] ?? 'image';
  const stem = given
    .slice(0, given.length - extname(given).length)
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
    .slice(-80);
  const folder = task === 'multi-label' ? split : `${split}/${label}`;
  return `${folder}/${stem}-${id}.${format}`;
}
