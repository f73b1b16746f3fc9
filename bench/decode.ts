// What decoding costs and how far its shortcuts are from the plain kernel: the figures of docs/images.md.
// Processor time is printed beside the rate, because it does not depend on what else runs. Run: node dist/bench/decode.js [photo.jpg…]
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import sharp from 'sharp';
import { createImageDecoder } from '../src/image/decoder.js';
import { inceptionPreprocessing } from '../src/image/preprocessing.js';
import { drawImage } from './images.js';

const limits = { maxBytes: 100e6, maxPixels: 100e6, timeoutMs: 120_000 };

type Image = readonly [name: string, bytes: Buffer];

const draw = async (width: number, height: number): Promise<Image> => [
  `${width}×${height} JPEG`,
  await drawImage(width, height),
];

const printSpeed = async ([name, bytes]: Image, threads: number, parallel: number, count: number): Promise<void> => {
  const decoder = createImageDecoder({ limits, concurrency: parallel });
  sharp.concurrency(threads);
  await decoder.decode(bytes, inceptionPreprocessing);
  const [usedBefore, startedAt] = [process.cpuUsage(), performance.now()];
  await Promise.all(Array.from({ length: count }, () => decoder.decode(bytes, inceptionPreprocessing)));
  const [seconds, used] = [(performance.now() - startedAt) / 1000, process.cpuUsage(usedBefore)];
  const cpuMs = (used.user + used.system) / 1000 / count;
  console.log(
    `${name.padEnd(20)} ${threads} sharp threads, ${parallel} at once: ${cpuMs.toFixed(1).padStart(6)} ms of processor each, ${(count / seconds).toFixed(1).padStart(6)} a second`,
  );
  await decoder.close();
};

/** Mean and largest difference, in steps of 255. */
const difference = (a: Uint8Array, b: Uint8Array): string => {
  const differences = a.map((value, index) => Math.abs(value - b[index]!));
  const mean = differences.reduce((sum, value) => sum + value, 0) / a.length;
  return `${mean.toFixed(2)} on average, ${differences.reduce((most, value) => Math.max(most, value), 0)} at most`;
};

const printFidelity = async ([name, bytes]: Image): Promise<void> => {
  const { width, height, kernel } = inceptionPreprocessing;
  const resize = { width, height, kernel, fit: 'fill' } as const;
  const whole = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  const plain = await sharp(whole.data, { raw: whole.info }).resize(resize).raw().toBuffer();
  for (const fastShrinkOnLoad of [false, true]) {
    const shrunk = await sharp(bytes)
      .resize({ ...resize, fastShrinkOnLoad })
      .raw()
      .toBuffer();
    console.log(
      `${name.padEnd(20)} ${fastShrinkOnLoad ? 'fast' : 'careful'} shrink-on-load against the kernel alone: ${difference(shrunk, plain)}`,
    );
  }
};

const paths = process.argv.slice(2);
const given = await Promise.all(paths.map(async (path): Promise<Image> => [basename(path), await readFile(path)]));
const images = given.length > 0 ? given : [await draw(640, 480), await draw(4032, 3024)];
for (const image of images) {
  for (const threads of [1, 2])
    for (const parallel of [1, 2, 4]) await printSpeed(image, threads, parallel, image[1].length < 300_000 ? 100 : 20);
  sharp.concurrency(1);
  await printFidelity(image);
}
