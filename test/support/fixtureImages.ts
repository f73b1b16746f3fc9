// The drawn images of test/fixtures/images, what they show, and hostile files that are cheaper to build than to store.
import { readFile } from 'node:fs/promises';
import { crc32, deflateRawSync, constants } from 'node:zlib';

/** An image of test/fixtures/images. */
export const readImage = (name: string): Promise<Buffer> => readFile(`test/fixtures/images/${name}`);

export type Colour = readonly [red: number, green: number, blue: number];

/** What scene.* shows when upright: see scripts/make-fixtures.ts. The wedge lies across the two upper corners. */
export const scene = {
  size: { width: 96, height: 64 },
  points: [
    { at: [4, 4], colour: [0xd0, 0x20, 0x20] },
    { at: [90, 4], colour: [0x20, 0xb0, 0x30] },
    { at: [4, 60], colour: [0x20, 0x40, 0xd0] },
    { at: [90, 60], colour: [0xe8, 0xe0, 0xc0] },
    { at: [14, 20], colour: [0x18, 0x18, 0x18] },
  ] as readonly { readonly at: readonly [x: number, y: number]; readonly colour: Colour }[],
} as const;

/** The colour at (x, y) of [height, width, 3] pixels. */
export const colourAt = (pixels: Uint8Array, width: number, x: number, y: number): Colour => {
  const at = (y * width + x) * 3;
  return [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!];
};

const chunk = (type: string, data: Uint8Array): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const file = Buffer.alloc(body.length + 8);
  file.writeUInt32BE(data.length);
  body.copy(file, 4);
  file.writeUInt32BE(crc32(body), body.length + 4);
  return file;
};

/** `count` zero bytes as a zlib stream, without ever holding them: the same flushed block again and again. */
const zerosDeflated = (count: number): Buffer => {
  const piece = 2 ** 20;
  const block = deflateRawSync(Buffer.alloc(piece), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const rest = deflateRawSync(Buffer.alloc(count % piece), { level: 9 });
  const checksum = Buffer.alloc(4); // Adler-32 of zeros: the low half stays 1, the high half counts
  checksum.writeUInt16BE(count % 65_521, 0);
  checksum.writeUInt16BE(1, 2);
  const blocks = new Array<Buffer>(Math.floor(count / piece)).fill(block);
  return Buffer.concat([Buffer.from([0x78, 0xda]), ...blocks, rest, checksum]);
};

/** A valid, black, 1-bit PNG of side × side pixels: 65536 makes half a gigabyte of half a megabyte. */
export const pngBomb = (side: number): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rowBytes = 1 + Math.ceil(side / 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', zerosDeflated(rowBytes * side)),
    chunk('IEND', new Uint8Array()),
  ]);
};

const word = (value: number): number[] => [value & 255, value >> 8];

/** Its data are one pixel's, LZW-coded (clear, colour 0, end), whatever size it claims. */
const gifFrame = (side: number): Buffer =>
  Buffer.from([0x21, 0xf9, 4, 0, 1, 0, 0, 0, 0x2c, 0, 0, 0, 0, ...word(side), ...word(side), 0, 2, 2, 0x44, 1, 0]);

/** An animation on a canvas of side × side pixels; its frames are one pixel, or claim to be `frameSide` wide and high. */
export const gifBomb = (side: number, frames: number, frameSide = 1): Buffer => {
  const head = [...Buffer.from('GIF89a'), ...word(side), ...word(side), 0x80, 0, 0, 200, 30, 30, 0, 0, 0];
  const all = new Array<Buffer>(frames).fill(gifFrame(frameSide));
  return Buffer.concat([Buffer.from(head), ...all, Buffer.from([0x3b])]);
};
