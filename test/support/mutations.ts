// Damage to bytes, as accidents and attackers do it: seeded, so that a failure can be had again.
import { createRandom, type Random } from '../../src/training/random.js';

/** Numbers at which lengths and counts go wrong. */
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

type Mutation = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const place = (bytes: Buffer, random: Random): number => random.below(Math.max(1, bytes.length));
const cut = (bytes: Buffer, random: Random): [number, number] => {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + 1 + random.below(64))];
};

const mutations: readonly Mutation[] = [
  // One bit.
  (bytes, random) => {
    bytes[place(bytes, random)]! ^= 1 << random.below(8);
    return bytes;
  },
  // One byte.
  (bytes, random) => {
    bytes[place(bytes, random)] = random.below(256);
    return bytes;
  },
  // A length or a count, in either byte order.
  (bytes, random) => {
    const at = place(bytes, random);
    if (at + 4 > bytes.length) return bytes;
    const value = edges[random.below(edges.length)]!;
    if (random.next() < 0.5) bytes.writeUInt32BE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  },
  // A piece gone.
  (bytes, random) => {
    const [start, end] = cut(bytes, random);
    return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
  },
  // A piece twice.
  (bytes, random) => {
    const [start, end] = cut(bytes, random);
    return Buffer.concat([bytes.subarray(0, end), bytes.subarray(start, end), bytes.subarray(end)]);
  },
  // Something between.
  (bytes, random) => {
    const at = place(bytes, random);
    const noise = Buffer.from(Array.from({ length: 1 + random.below(32) }, () => random.below(256)));
    return Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]);
  },
  // The end gone.
  (bytes, random) => bytes.subarray(0, place(bytes, random)),
  // The end of another file.
  (bytes, random, other) =>
    Buffer.concat([bytes.subarray(0, place(bytes, random)), other.subarray(place(other, random))]),
];

/** A copy of `bytes` with one to eight faults; `other` lends pieces. The same seed gives the same faults. */
export function mutate(bytes: Uint8Array, other: Uint8Array, seed: number): Buffer {
  const random = createRandom(seed);
  let mutated = Buffer.from(bytes);
  for (let left = 1 + random.below(8); left > 0; left--)
    mutated = Buffer.from(mutations[random.below(mutations.length)]!(mutated, random, Buffer.from(other)));
  return mutated;
}
