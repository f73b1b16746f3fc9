// Images in class folders → embeddings, through the project's own decoder and ONNX Runtime; kept on disk, so that a stopped run goes on.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from '../../src/engines/onnxRuntime.js';
import type { ImageDecoder } from '../../src/image/decoder.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { replaceFile } from '../../src/durableFiles.js';
import { backboneId } from '../../src/models/backboneId.js';
import { compiledFileName } from '../../src/models/compileBackbone.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import type { Preprocessing } from '../../src/image/preprocessing.js';
import { compilePixels } from '../../src/formats/onnx/compiler/compile.js';
import type { LabelledSet } from './head.js';

const batchSize = 8;

export interface Image {
  readonly path: string;
  /** Index of the class folder, in alphabetical order. */
  readonly label: number;
}

/** The classes of a folder of class folders, and all its images in a fixed order. */
async function listImages(directory: string): Promise<{ classes: readonly string[]; images: readonly Image[] }> {
  const classes = (await readdir(directory)).sort();
  const perClass = classes.map(async (name, label) => {
    const files = (await readdir(join(directory, name))).sort();
    return files.map((file) => ({ path: join(directory, name, file), label }));
  });
  return { classes, images: (await Promise.all(perClass)).flat() };
}

/** SHA-256 of each file, in hexadecimal. */
export const hashImages = (images: readonly Image[]): Promise<string[]> =>
  Promise.all(
    images.map(async ({ path }) =>
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ),
  );

/** Turns images into embeddings of `size` values. */
class Embedder {
  readonly #decoder: ImageDecoder = createImageDecoder({
    limits: { maxBytes: 2 ** 25, maxPixels: 2 ** 26, timeoutMs: 120_000 },
    concurrency: 2,
  });

  private constructor(
    readonly session: InferenceSession,
    readonly preprocessing: Preprocessing,
    readonly size: number,
  ) {}

  static async open(onnxFile: string, preprocessing: Preprocessing, size: number, threads: number): Promise<Embedder> {
    return new Embedder(await InferenceSession.create(onnxFile, { intraOpNumThreads: threads }), preprocessing, size);
  }

  /** [images, size] in row-major order. What `cacheFile` holds already is not computed again. */
  async embed(images: readonly Image[], cacheFile: string): Promise<Float32Array> {
    await mkdir(join(cacheFile, '..'), { recursive: true });
    const known = await stat(cacheFile).then(
      ({ size }) => Math.floor(size / 4 / this.size),
      () => 0,
    );
    for (let i = known; i < images.length; i += batchSize) {
      await appendFile(cacheFile, await this.#embedBatch(images.slice(i, i + batchSize)));
      if (i % (batchSize * 25) === 0) console.log(`${cacheFile}: ${i} of ${images.length}`);
    }
    const bytes = await readFile(cacheFile);
    return new Float32Array(Uint8Array.from(bytes).buffer);
  }

  async #embedBatch(images: readonly Image[]): Promise<Uint8Array> {
    const { height, width } = this.preprocessing;
    const imageBytes = height * width * 3;
    const pixels = new Uint8Array(images.length * imageBytes);
    const decoded = await Promise.all(
      images.map(async ({ path }) => this.#decoder.decode(await readFile(path), this.preprocessing)),
    );
    decoded.forEach((image, i) => pixels.set(image.pixels, i * imageBytes));
    const { embedding } = await this.session.run({
      pixels: new Tensor('uint8', pixels, [images.length, height, width, 3]),
    });
    const values = embedding!.data as Float32Array;
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }

  async close(): Promise<void> {
    await this.session.release();
    await this.#decoder.close();
  }
}

/** A backbone whose embeddings have `size` values. */
export interface Embedding {
  readonly model: LayersModel;
  readonly preprocessing: Preprocessing;
  readonly size: number;
}

export interface Split extends LabelledSet {
  readonly images: readonly Image[];
  /** Of the classes. */
  readonly names: readonly string[];
}

export interface EmbedPlaces {
  /** Keeps compiled graphs and embeddings between runs. */
  readonly cache: string;
  /** Threads of ONNX Runtime. */
  readonly threads: number;
}

/** The folders of the three splits under `data`. */
export const splitFolders = (data: string): Record<'test' | 'validation' | 'train', string> => ({
  test: join(data, 'test'),
  validation: join(data, 'validation'),
  train: join(data, 'train'),
});

/** Names the embeddings of just these files. */
const listingId = (images: readonly Image[]): string =>
  createHash('sha256')
    .update(images.map(({ path }) => path).join('\n'))
    .digest('hex')
    .slice(0, 16);

/** Every image of each folder of class folders through the backbone, folder by folder. */
export async function embedFolders<Name extends string>(
  { model, preprocessing, size }: Embedding,
  folders: Readonly<Record<Name, string>>,
  { cache, threads }: EmbedPlaces,
): Promise<Record<Name, Split>> {
  const id = backboneId(model, preprocessing);
  const onnx = join(cache, compiledFileName(id));
  if (!existsSync(onnx)) await replaceFile(onnx, compilePixels(model, preprocessing, 'embedding').bytes);
  const embedder = await Embedder.open(onnx, preprocessing, size, threads);
  const embedded = {} as Record<Name, Split>;
  for (const name of Object.keys(folders) as Name[]) {
    const { classes: names, images } = await listImages(folders[name]);
    const features = await embedder.embed(images, join(cache, id, `${listingId(images)}.f32`));
    embedded[name] = {
      features,
      labels: Uint32Array.from(images, ({ label }) => label),
      size,
      classes: names.length,
      images,
      names,
    };
  }
  await embedder.close();
  return embedded;
}
