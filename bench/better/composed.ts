// Images of several garments each, composed of clothing-dataset-small: what bench/multiLabel.ts learns from and is measured on. Same seed, same images.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { embedFolders, type Split } from '../../scripts/starter/embed.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../../scripts/starter/teacher.js';
import { createRandom, shuffledIndices, type Random } from '../../src/training/random.js';
import { cacheFolder, sharedFolder } from './sets.js';

/** Images to learn from are composed of its training garments, those to measure on of its test garments. */
const parts = { train: { images: 320, seed: 21 }, test: { images: 160, seed: 22 } } as const;
const side = 224;
const most = 3;
/** In the name of a class folder between the labels of its images; an image without a garment is in the folder `nothing`. */
const separator = '+';
const nothing = 'nothing';

export const labelsOfFolder = (name: string): string[] => (name === nothing ? [] : name.split(separator));

/** Each of up to three quarters of the image, which is of one colour, has a garment of another class. */
async function compose(from: string, labels: readonly string[], file: string, random: Random): Promise<void> {
  const channel = (): number => random.below(256);
  const corners = shuffledIndices(4, random);
  const garments = labels.map(async (label, i) => {
    const files = (await readdir(join(from, label))).sort();
    const input = await sharp(join(from, label, files[random.below(files.length)]!))
      .resize(side / 2, side / 2, { fit: 'fill' })
      .toBuffer();
    return { input, left: (corners[i]! % 2) * (side / 2), top: Math.floor(corners[i]! / 2) * (side / 2) };
  });
  const background = { r: channel(), g: channel(), b: channel() };
  const canvas = sharp({ create: { width: side, height: side, channels: 3, background } });
  await canvas
    .composite(await Promise.all(garments))
    .jpeg({ quality: 85 })
    .toFile(file);
}

/** The class folders of a part, made where they are not there yet. */
async function makePart(part: keyof typeof parts): Promise<string> {
  const directory = join(cacheFolder, 'images', `composed-${part}`);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const from = join(sharedFolder, 'data/clothing', part);
  const classes = (await readdir(from)).sort();
  const { images, seed } = parts[part];
  const random = createRandom(seed);
  for (let i = 0; i < images; i++) {
    const drawn = [...shuffledIndices(classes.length, random)].slice(0, random.below(most + 1)).sort((a, b) => a - b);
    const labels = drawn.map((index) => classes[index]!);
    const folder = join(unfinished, labels.length === 0 ? nothing : labels.join(separator));
    await mkdir(folder, { recursive: true });
    await compose(
      from,
      labels,
      join(folder, `${String(i).padStart(4, '0')}.jpg`),
      createRandom(seed + 1_000 * (i + 1)),
    );
  }
  await rename(unfinished, directory);
  return directory;
}

/** Embedded by a MobileNet-V2 that met none of the garments; embeddings are kept in .cache/better. */
export async function loadComposed(): Promise<Readonly<Record<keyof typeof parts, Split>>> {
  await mkdir(cacheFolder, { recursive: true });
  const network = {
    model: await readTeacher(join(sharedFolder, 'starter/training')),
    preprocessing: teacherPreprocessing,
    size: teacherEmbeddingSize,
  };
  const folders = { train: await makePart('train'), test: await makePart('test') };
  return embedFolders(network, folders, { cache: cacheFolder, threads: 2 });
}
