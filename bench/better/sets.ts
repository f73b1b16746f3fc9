// The data sets of bench/better.ts as class folders: photographs, scanned digits, and images that are drawn or damaged here. Same seed, same images.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import type { LabelledSet } from '../../scripts/starter/head.js';
import { spread } from '../../src/spread.js';
import { createRandom, type Random } from '../../src/training/random.js';
import { pythonOfBench } from './scikitLearn.js';

/** Writes class folders under `directory`. */
type Make = (directory: string) => Promise<void>;

export const sharedFolder = process.env['BENCH_SHARED'] ?? '../shared';
const clothing = join(sharedFolder, 'data/clothing');
export const cacheFolder = resolve('.cache/better');

const between = (random: Random, low: number, high: number): number => low + (high - low) * random.next();

async function listClothing(): Promise<{ path: string; label: string }[]> {
  const images: { path: string; label: string }[] = [];
  for (const split of ['train', 'validation', 'test'])
    for (const label of (await readdir(join(clothing, split))).sort())
      for (const file of (await readdir(join(clothing, split, label))).sort())
        images.push({ path: join(clothing, split, label, file), label });
  return images;
}

const copyClothing: Make = async (directory) => {
  for (const split of ['train', 'validation', 'test']) await cp(join(clothing, split), directory, { recursive: true });
};

/** scripts/digit-images.py: handwritten digits of 8 × 8 pixels. */
const scanDigits: Make = async (directory) => {
  await promisify(execFile)(await pythonOfBench(), ['scripts/digit-images.py', directory]);
  for (const label of await readdir(directory)) {
    const files = (await readdir(join(directory, label))).sort();
    for (const file of files.slice(imagesOfClass)) await rm(join(directory, label, file));
  }
};

const drawnSide = 224;
/** Of what is made or thinned out here: enough for 50 to learn from and 30 to measure on. */
const imagesOfClass = 100;

async function drawSvg(body: string, path: string): Promise<void> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${drawnSide}" height="${drawnSide}">${body}</svg>`;
  await sharp(Buffer.from(svg)).jpeg({ quality: 85 }).toFile(path);
}

const colour = (random: Random): string =>
  `hsl(${random.below(360)} ${Math.round(between(random, 20, 90))}% ${Math.round(between(random, 20, 80))}%)`;

const polygon = (corners: number, radiusOf: (corner: number) => number): string =>
  Array.from({ length: corners }, (_, i) => {
    const angle = (2 * Math.PI * i) / corners;
    return `${(radiusOf(i) * Math.sin(angle)).toFixed(3)},${(-radiusOf(i) * Math.cos(angle)).toFixed(3)}`;
  }).join(' ');

/** Within a unit circle. */
const shapes: Readonly<Record<string, string>> = {
  circle: '<circle r="0.9"/>',
  ellipse: '<ellipse rx="1" ry="0.6"/>',
  triangle: `<polygon points="${polygon(3, () => 1)}"/>`,
  square: `<polygon points="${polygon(4, () => 1)}"/>`,
  pentagon: `<polygon points="${polygon(5, () => 1)}"/>`,
  hexagon: `<polygon points="${polygon(6, () => 1)}"/>`,
  star: `<polygon points="${polygon(10, (i) => (i % 2 === 0 ? 1 : 0.45))}"/>`,
  cross: '<path d="M-.3-1H.3V-.3H1V.3H.3V1H-.3V.3H-1V-.3H-.3Z"/>',
  ring: '<path fill-rule="evenodd" d="M0-1A1 1 0 1 0 0 1A1 1 0 1 0 0-1ZM0-.55A.55.55 0 1 1 0 .55A.55.55 0 1 1 0-.55Z"/>',
};

/** One shape in any place, size, turn and colour before lines of any colour. */
const drawShapes: Make = async (directory) => {
  const random = createRandom(11);
  for (const [name, shape] of Object.entries(shapes)) {
    await mkdir(join(directory, name), { recursive: true });
    for (let i = 0; i < imagesOfClass; i++) {
      const line = (): string =>
        `<line x1="${random.below(224)}" y1="${random.below(224)}" x2="${random.below(224)}" y2="${random.below(224)}" stroke="${colour(random)}" stroke-width="${1 + random.below(8)}"/>`;
      const lines = Array.from({ length: random.below(12) }, line).join('');
      const scale = between(random, 18, 75).toFixed(1);
      const place = `${between(random, 60, 164).toFixed(1)} ${between(random, 60, 164).toFixed(1)}`;
      const figure = `<g transform="translate(${place}) rotate(${random.below(360)}) scale(${scale} ${(Number(scale) * between(random, 0.75, 1.25)).toFixed(1)})" fill="${colour(random)}">${shape}</g>`;
      const ground = `<rect width="224" height="224" fill="${colour(random)}"/>`;
      await drawSvg(ground + lines + figure, join(directory, name, `${String(i).padStart(3, '0')}.jpg`));
    }
  }
};

/** Within a tile of 20 × 20. */
const patterns: Readonly<Record<string, string>> = {
  stripes: '<rect width="9" height="20"/>',
  pinstripes: '<rect width="2.5" height="20"/>',
  checks: '<rect width="10" height="10"/><rect x="10" y="10" width="10" height="10"/>',
  plaid: '<rect width="7" height="20" opacity=".6"/><rect width="20" height="7" opacity=".6"/>',
  grid: '<rect width="2.5" height="20"/><rect width="20" height="2.5"/>',
  dots: '<circle cx="10" cy="10" r="5.5"/>',
  rings: '<circle cx="10" cy="10" r="6" fill="none" stroke-width="2.5"/>',
  zigzag: '<path d="M0 5L10 15L20 5" fill="none" stroke-width="4"/>',
  waves: '<path d="M0 10Q5 2 10 10T20 10" fill="none" stroke-width="4"/>',
  bricks: '<path d="M0 1H20M0 11H20M5 1V11M15 11V21" fill="none" stroke-width="2"/>',
};

/** Woven and printed patterns in any scale, turn and pair of colours, blurred and in noise. */
const drawPatterns: Make = async (directory) => {
  const random = createRandom(12);
  for (const [name, tile] of Object.entries(patterns)) {
    await mkdir(join(directory, name), { recursive: true });
    for (let i = 0; i < imagesOfClass; i++) {
      const ink = colour(random);
      const turned = `rotate(${random.below(360)}) scale(${between(random, 0.4, 2.5).toFixed(2)} ${between(random, 0.4, 2.5).toFixed(2)})`;
      const body =
        `<defs><pattern id="p" width="20" height="20" patternUnits="userSpaceOnUse" patternTransform="${turned}"><g fill="${ink}" stroke="${ink}" stroke-width="0">${tile}</g></pattern>` +
        `<filter id="f"><feGaussianBlur stdDeviation="${between(random, 0, 3).toFixed(1)}"/></filter>` +
        `<filter id="n"><feTurbulence baseFrequency="${between(random, 0.05, 0.8).toFixed(2)}" numOctaves="2" seed="${random.below(1000)}"/></filter></defs>` +
        `<g filter="url(#f)"><rect width="224" height="224" fill="${colour(random)}"/><rect width="224" height="224" fill="url(#p)"/></g>` +
        `<rect width="224" height="224" filter="url(#n)" opacity="${between(random, 0, 0.6).toFixed(2)}"/>`;
      await drawSvg(body, join(directory, name, `${String(i).padStart(3, '0')}.jpg`));
    }
  }
};

type Damage = (image: Sharp, random: Random) => Sharp;

/** What may have happened to a photograph. */
const damages: Readonly<Record<string, Damage>> = {
  none: (image) => image,
  blurred: (image, random) => image.blur(between(random, 1.2, 4)),
  dark: (image, random) => image.linear(between(random, 0.25, 0.5), 0),
  faded: (image, random) => image.linear(between(random, 0.3, 0.5), between(random, 80, 130)),
  grey: (image) => image.grayscale(),
  tinted: (image, random) => image.tint({ r: random.below(256), g: random.below(256), b: random.below(256) }),
  upsideDown: (image) => image.rotate(180),
  blocky: (image, random) => image.resize(24 + random.below(24), null, { kernel: 'nearest' }),
};

/** Garments again, but what is asked for is what happened to the image. */
const damageImages: Make = async (directory) => {
  const random = createRandom(13);
  const images = spread(await listClothing(), imagesOfClass * Object.keys(damages).length);
  const names = Object.keys(damages);
  for (const name of names) await mkdir(join(directory, name), { recursive: true });
  for (const [i, { path }] of images.entries()) {
    const name = names[i % names.length]!;
    const changed = await damages[name]!(sharp(path).resize(224, 224, { fit: 'fill' }), random)
      .png()
      .toBuffer();
    await sharp(changed)
      .resize(224, 224, { kernel: 'nearest' })
      .jpeg({ quality: 85 })
      .toFile(join(directory, name, `${String(i).padStart(4, '0')}.jpg`));
  }
};

const makers: Readonly<Record<string, Make>> = {
  clothing: copyClothing,
  digits: scanDigits,
  shapes: drawShapes,
  patterns: drawPatterns,
  damage: damageImages,
};

interface Subset {
  readonly of: string;
  readonly take: (set: LabelledSet, names: readonly string[]) => LabelledSet;
}

/** Tops that even people mix up, one kind of them four times as frequent as another. */
const tops: Readonly<Record<string, number>> = { 't-shirt': 400, longsleeve: 300, outwear: 200, shirt: 100 };

/** Sets that are made of the embeddings of others. */
export const subsets: Readonly<Record<string, Subset>> = {
  tops: {
    of: 'clothing',
    take({ features, labels, size }, names) {
      const chosen = Object.entries(tops).flatMap(([name, count], label) => {
        const own = [...labels.keys()].filter((row) => names[labels[row]!] === name);
        return spread(own, count).map((row) => ({ row, label }));
      });
      const taken = new Float32Array(chosen.length * size);
      chosen.forEach(({ row }, i) => taken.set(features.subarray(row * size, (row + 1) * size), i * size));
      const classes = Object.keys(tops).length;
      return { features: taken, labels: Uint32Array.from(chosen, ({ label }) => label), size, classes };
    },
  },
};

export const setNames = [...Object.keys(makers), ...Object.keys(subsets)];

/** The class folders of the set called `name`, made where they are not there yet. */
export async function makeSet(name: string): Promise<string> {
  const directory = join(cacheFolder, 'images', name);
  if (existsSync(directory)) return directory;
  const unfinished = `${directory}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await makers[name]!(unfinished);
  await rename(unfinished, directory);
  return directory;
}
