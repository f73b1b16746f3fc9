// A dataset service of its own for a test: an open database, image files in a folder, the real decoder.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { addImage, type AddImageDeps } from '../../src/data/datasets/addImage.js';
import { DatasetImages } from '../../src/data/datasets/datasetImages.js';
import { Datasets } from '../../src/data/datasets/datasets.js';
import { NearDuplicates } from '../../src/data/datasets/nearDuplicates.js';
import { splitOptionsSchema, type AddedImage, type NewImage } from '../../src/data/datasets/schemas.js';
import { ImageStore } from '../../src/data/images/imageStore.js';
import { Thumbnails } from '../../src/data/images/thumbnails.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import type { Database } from '../../src/data/database/database.js';
import { newDirectory } from './databases.js';

const limits = { maxBytes: 5_000_000, maxPixels: 10_000_000, timeoutMs: 60_000 };

export interface Bench extends AddImageDeps {
  readonly directory: string;
  readonly thumbnails: Thumbnails;
  readonly datasets: Datasets;
  readonly datasetImages: DatasetImages;
  readonly add: (image: NewImage, dataset?: string) => Promise<AddedImage>;
}

/** Has one empty dataset, "d". */
export async function newBench(t: TestContext, database: Database): Promise<Bench> {
  const directory = await newDirectory(t);
  const decoder = createImageDecoder({ limits, concurrency: 2 });
  t.after(() => decoder.close());
  const deps = {
    database,
    decoder,
    images: await ImageStore.open(join(directory, 'images')),
    nearDuplicates: new NearDuplicates(),
  };
  const datasets = new Datasets(database);
  await datasets.put('d', splitOptionsSchema.parse({}));
  return {
    ...deps,
    directory,
    thumbnails: new Thumbnails({ ...deps, files: await DirectoryStore.open(join(directory, 'thumbnails')) }),
    datasets,
    datasetImages: new DatasetImages(database),
    add: (image, dataset = 'd') => addImage(deps, dataset, image),
  };
}
