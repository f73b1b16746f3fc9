// How far our resize is from those that models were trained with: TensorFlow's, Keras' and Pillow's, in pixel values and in the bundled
// classifier's answers. PYTHON=python node dist/bench/resize.js [images]: tables for docs/images.md; skipped without TensorFlow.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { startEngine } from '../src/engines/select.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { loadHead } from '../src/models/loadHead.js';
import type { Preprocessing } from '../src/image/preprocessing.js';
import { readVersion, type Version } from '../src/models/versions.js';
import { drawImage } from './images.js';

const shared = '../shared/data';
const python = process.env['PYTHON'] ?? 'python3';

interface Group {
  readonly title: string;
  readonly images: readonly { readonly bytes: Buffer; readonly label?: string }[];
}

const oriented = async (width: number, height: number, orientation: number): Promise<{ bytes: Buffer }> => ({
  bytes: await sharp(await drawImage(width, height))
    .withMetadata({ orientation })
    .jpeg({ quality: 90 })
    .toBuffer(),
});

async function labelledImages(count: number): Promise<Group> {
  const folder = `${shared}/clothing/test`;
  if (!existsSync(folder)) {
    return {
      title: 'drawn, 320×240',
      images: await Promise.all(Array.from({ length: count }, (_, i) => oriented(320, 240, 1 + (i % 8)))),
    };
  }
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.jpg')).sort();
  const chosen = Array.from(
    { length: Math.min(count, names.length) },
    (_, i) => names[Math.floor((i * names.length) / count)]!,
  );
  return {
    title: 'clothing images, short side 256',
    images: await Promise.all(
      chosen.map(async (name) => ({ bytes: await readFile(join(folder, name)), label: name.split('/')[0]! })),
    ),
  };
}

async function turnedImages(): Promise<Group> {
  const folder = `${shared}/hostile/exif-orientation`;
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => /_[1-8]\.jpg$/.test(name)).sort() : [];
  if (names.length === 0)
    return {
      title: 'drawn, 1800×1200, EXIF 1 to 8',
      images: await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((orientation) => oriented(1800, 1200, orientation))),
    };
  return {
    title: 'images, 1800×1200, EXIF 1 to 8',
    images: await Promise.all(names.map(async (name) => ({ bytes: await readFile(join(folder, name)) }))),
  };
}

const largeImages = async (): Promise<Group> => ({
  title: 'drawn with grain, 4032×3024, EXIF 1 and 6',
  images: await Promise.all([1, 6].map((orientation) => oriented(4032, 3024, orientation))),
});

/** The images of all groups as one row of pixels, as our decoder prepares them. */
async function resizeOurselves(groups: readonly Group[], preprocessing: Preprocessing): Promise<Buffer> {
  const decoder = createImageDecoder({
    limits: { maxBytes: 100e6, maxPixels: 100e6, timeoutMs: 120_000 },
    concurrency: 1,
  });
  const all: Uint8Array[] = [];
  for (const { images } of groups)
    for (const { bytes } of images) all.push((await decoder.decode(bytes, preprocessing)).pixels);
  await decoder.close();
  return Buffer.concat(all);
}

async function resizeInPython(
  groups: readonly Group[],
  { width, height }: Preprocessing,
): Promise<ReadonlyMap<string, Buffer>> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-resize-'));
  try {
    for (const [i, { bytes }] of groups.flatMap(({ images }) => images).entries())
      await writeFile(join(scratch, `${String(i).padStart(5, '0')}.jpg`), bytes);
    await promisify(execFile)(python, ['bench/oracle/resize.py', scratch, String(width), String(height)]);
    const files = (await readdir(scratch)).filter((name) => name.endsWith('.u8')).sort();
    return new Map(
      await Promise.all(
        files.map(async (name) => [name.slice(0, -'.u8'.length), await readFile(join(scratch, name))] as const),
      ),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The classifier on the engine that serves it: the most probable class of each image in `pixels`. */
async function openClassifier({
  directory,
  manifest,
}: Version): Promise<{ topOf: (pixels: Buffer) => Promise<string[]>; close: () => Promise<void> }> {
  const scratch = await mkdtemp(join(tmpdir(), 'taxon-engine-'));
  const logger = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
  const engine = await startEngine(
    { engine: 'onnx', device: 'cpu', threads: 0, cacheDir: scratch, maxBatchSize: 1 },
    { logger: logger as never, onRestart: () => undefined },
  );
  const { backbone, preprocessing, labels } = manifest;
  await engine.loadBackbone({ id: backbone.id, directory, embeddingSize: backbone.embeddingSize, preprocessing });
  await engine.loadHead({
    id: 'head',
    backboneId: backbone.id,
    model: (await loadHead(directory, manifest)).model,
    classes: labels.length,
  });
  const size = preprocessing.width * preprocessing.height * 3;
  // Some methods give the same pixels to the last bit.
  const known = new Map<string, string>();
  const topOfOne = async (pixels: Buffer): Promise<string> => {
    const key = createHash('sha256').update(pixels).digest('hex');
    const found = known.get(key);
    if (found !== undefined) return found;
    const { logits } = await engine.run({
      backboneId: backbone.id,
      pixels: Uint8Array.from(pixels),
      count: 1,
      headIds: ['head'],
    });
    const values = logits.get('head')!;
    const top = labels[values.indexOf(Math.max(...values))]!;
    known.set(key, top);
    return top;
  };
  const topOf = async (pixels: Buffer): Promise<string[]> => {
    const tops: string[] = [];
    for (let at = 0; at < pixels.length; at += size) tops.push(await topOfOne(pixels.subarray(at, at + size)));
    return tops;
  };
  return {
    topOf,
    close: async () => {
      await engine.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

/** Mean and largest difference, in steps of 255. */
function difference(a: Uint8Array, b: Uint8Array): string {
  let [sum, most] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    const step = Math.abs(a[i]! - b[i]!);
    sum += step;
    if (step > most) most = step;
  }
  return `${(sum / a.length).toFixed(2)} / ${most}`;
}

const share = (count: number, of: number): string => `${count} of ${of}`;
const agreements = (a: readonly unknown[], b: readonly unknown[]): number =>
  a.filter((value, i) => value === b[i]).length;

async function compare(count: number): Promise<void> {
  const version = await readVersion('models/clothing/1');
  const { preprocessing } = version.manifest;
  const groups = [await labelledImages(count), await turnedImages(), await largeImages()];
  const [linear, cubic] = [
    await resizeOurselves(groups, { ...preprocessing, kernel: 'linear' }),
    await resizeOurselves(groups, { ...preprocessing, kernel: 'cubic' }),
  ];
  const methods = new Map([
    ['Taxon linear', linear],
    ['Taxon cubic', cubic],
    ...(await resizeInPython(groups, preprocessing)),
  ]);
  const classifier = await openClassifier(version);
  const size = preprocessing.width * preprocessing.height * 3;
  let first = 0;
  for (const { title, images } of groups) {
    const part = (pixels: Buffer): Buffer => pixels.subarray(first * size, (first + images.length) * size);
    const labels = images.map(({ label }) => label);
    const own = await classifier.topOf(part(preprocessing.kernel === 'linear' ? linear : cubic));
    console.log(
      `\n${title} (${images.length}):\n\n| resized by | mean / largest to linear | to cubic | same top class | right |\n|---|---|---|---|---|`,
    );
    for (const [method, pixels] of methods) {
      const tops = await classifier.topOf(part(pixels));
      const right = labels[0] === undefined ? '' : share(agreements(tops, labels), tops.length);
      console.log(
        `| ${method} | ${difference(part(pixels), part(linear))} | ${difference(part(pixels), part(cubic))} | ${share(agreements(tops, own), tops.length)} | ${right} |`,
      );
    }
    first += images.length;
  }
  await classifier.close();
}

if (spawnSync(python, ['-c', 'import tensorflow, PIL']).status === 0) await compare(Number(process.argv[2] ?? 100));
else
  console.log(
    `SKIPPED: ${python} has no TensorFlow and Pillow, so our resize was not compared with theirs; name another with PYTHON=`,
  );
