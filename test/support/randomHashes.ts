// Perceptual hashes made from a seed, in families of near and less near relatives, as images have them.
import { createRandom, type Random } from '../../src/training/random.js';

const bits = 512;

/** `density` is the share of ones, 0 to 1: plain backgrounds have few. */
export function randomHash(random: Random, density: number): string {
  return Array.from({ length: bits }, () => (random.next() < density ? '1' : '0')).join('');
}

/** The hash with `count` different bits turned. */
export function turnBits(random: Random, hash: string, count: number): string {
  const turned = Array.from(hash);
  const places = new Set<number>();
  while (places.size < count) places.add(random.below(bits));
  for (const place of places) turned[place] = turned[place] === '1' ? '0' : '1';
  return turned.join('');
}

/** `count` hashes: some alone, some up to `furthest` bits from one before, some equal to one before. */
export function hashFamilies(seed: number, count: number, density: number, furthest: number): string[] {
  const random = createRandom(seed);
  const hashes: string[] = [];
  while (hashes.length < count) {
    const kin = hashes[random.below(Math.max(1, hashes.length))];
    const alone = kin === undefined || random.next() < 0.3;
    hashes.push(alone ? randomHash(random, density) : turnBits(random, kin, random.below(furthest + 1)));
  }
  return hashes;
}
