import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { AppError } from '../../src/errors.js';
import type { Geometry } from '../../src/image/decoder.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { readImage } from '../support/fixtureImages.js';

const copies = 25;
const geometry: Geometry = { width: 32, height: 32, resize: 'centre-crop', cropFraction: 0.875, kernel: 'linear' };
const decoder = createImageDecoder({ limits: { maxBytes: 1e6, maxPixels: 1e6, timeoutMs: 60_000 }, concurrency: 2 });
after(() => decoder.close());

/** Mulberry32: the same damage in every run. */
const createRandom = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
};

/** A copy with 1 to 8 bytes replaced and, one time in four, its end cut off. */
const damage = (file: Buffer, random: () => number): Buffer => {
  const copy = Buffer.from(file);
  const hits = 1 + Math.floor(random() * 8);
  for (let i = 0; i < hits; i += 1) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return random() < 0.25 ? copy.subarray(0, Math.floor(random() * copy.length)) : copy;
};

/** 'decoded', or the code of the AppError; anything else is thrown on. */
const outcomeOf = async (bytes: Buffer): Promise<string> => {
  try {
    const { pixels } = await decoder.decode(bytes, geometry);
    assert.equal(pixels.length, 32 * 32 * 3);
    return 'decoded';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
};

const allowed = new Set(['decoded', 'undecodable_image', 'unsupported_image', 'image_too_large']);

describe('a damaged file is decoded or refused, and the whole one after it is decoded', () => {
  const names = [
    'progressive.jpg',
    'display-p3.jpg',
    'palette.png',
    'animated.webp',
    'animated.gif',
    'scene.tiff',
    'scene.avif',
    'display-p3.heic',
    'alpha.heic',
  ];
  for (const [seed, name] of names.entries())
    it(name, async () => {
      const file = await readImage(name);
      const random = createRandom(seed);
      const outcomes = await Promise.all(Array.from({ length: copies }, () => outcomeOf(damage(file, random))));
      for (const outcome of outcomes) assert.ok(allowed.has(outcome), outcome);
      assert.equal(await outcomeOf(file), 'decoded');
    });
});
