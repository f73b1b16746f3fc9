// Draws the images of test/fixtures/images in every encoding that the tests read. Run: npm run build && node dist/scripts/make-fixtures.js
// The HEIC files come from scripts/make-heic-fixtures.py, which reads scene.png: sharp's packaged build cannot write HEVC.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';

const folder = 'test/fixtures/images';

/** Four corners of four colours and a dark wedge: no rotation or mirroring of it looks like another. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64">
  <rect width="48" height="32" fill="#d02020"/>
  <rect x="48" width="48" height="32" fill="#20b030"/>
  <rect y="32" width="48" height="32" fill="#2040d0"/>
  <rect x="48" y="32" width="48" height="32" fill="#e8e0c0"/>
  <path d="M8 8 L88 24 L8 24 Z" fill="#181818"/>
</svg>`;

/** The four corners in greys, the right half transparent. */
const ghost = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64">
  <rect width="48" height="32" fill="#404040"/>
  <rect y="32" width="48" height="32" fill="#a0a0a0"/>
</svg>`;

const scene = await sharp(Buffer.from(drawing)).flatten({ background: 'white' }).png().toBuffer();
const draw = (): Sharp => sharp(scene);
const drawGhost = (): Sharp => sharp(Buffer.from(ghost));

/** What must be done to an upright image so that a viewer, obeying EXIF orientation `value`, shows it upright (EXIF 2.32, tag 0x0112); sharp mirrors before it turns. */
const undo: Record<number, (image: Sharp) => Sharp> = {
  1: (image) => image,
  2: (image) => image.flop(),
  3: (image) => image.rotate(180),
  4: (image) => image.flip(),
  5: (image) => image.flop().rotate(270),
  6: (image) => image.rotate(270),
  7: (image) => image.flop().rotate(90),
  8: (image) => image.rotate(90),
};

const oriented = async (value: number): Promise<Buffer> => {
  const turned = await undo[value]!(draw()).png().toBuffer();
  return sharp(turned)
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation: value })
    .toBuffer();
};

/** Three frames: the scene, then black and white, which a decoder that mixes frames would show. */
const frames = async (): Promise<Sharp> => {
  const plain = (background: string): Promise<Buffer> =>
    sharp({ create: { width: 96, height: 64, channels: 3, background } })
      .png()
      .toBuffer();
  return sharp([scene, await plain('black'), await plain('white')], { join: { animated: true } });
};

const jpeg = { quality: 95, chromaSubsampling: '4:4:4' } as const;
const cutOff = (file: Buffer, part: number): Buffer => file.subarray(0, Math.floor(file.length * part));

const files: Record<string, () => Promise<Buffer>> = {
  'scene.png': async () => scene,
  'scene.jpg': () => draw().jpeg(jpeg).toBuffer(),
  'progressive.jpg': () =>
    draw()
      .jpeg({ ...jpeg, progressive: true })
      .toBuffer(),
  'scene.webp': () => draw().webp({ lossless: true }).toBuffer(),
  'scene.avif': () => draw().avif({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer(),
  'scene.gif': () => draw().gif().toBuffer(),
  'scene.tiff': () => draw().tiff({ compression: 'lzw' }).toBuffer(),
  'animated.gif': async () => (await frames()).gif({ delay: [100, 100, 100] }).toBuffer(),
  'animated.webp': async () => (await frames()).webp({ lossless: true, delay: [100, 100, 100] }).toBuffer(),
  'cmyk.tiff': () => draw().toColourspace('cmyk').tiff({ compression: 'lzw' }).toBuffer(),
  'sixteen-bit.png': () => draw().toColourspace('rgb16').png().toBuffer(),
  'palette.png': () => draw().png({ palette: true }).toBuffer(),
  'display-p3.jpg': () => draw().withIccProfile('p3').jpeg(jpeg).toBuffer(),
  'grey.jpg': () => draw().greyscale().jpeg(jpeg).toBuffer(),
  'grey.png': () => draw().greyscale().toColourspace('b-w').png().toBuffer(),
  'grey-sixteen-bit.png': () => draw().toColourspace('grey16').png().toBuffer(),
  'alpha.png': () => drawGhost().png().toBuffer(),
  'alpha.webp': () => drawGhost().webp({ lossless: true }).toBuffer(),
  'grey-alpha.png': () => drawGhost().toColourspace('b-w').png().toBuffer(),
  'truncated.jpg': async () => cutOff(await draw().resize(384).jpeg(jpeg).toBuffer(), 0.6),
  'truncated.png': async () => cutOff(scene, 0.6),
  'truncated.webp': async () => cutOff(await draw().webp({ lossless: true }).toBuffer(), 0.6),
};
for (let value = 1; value <= 8; value += 1) files[`orientation-${value}.jpg`] = () => oriented(value);

await mkdir(folder, { recursive: true });
for (const [name, make] of Object.entries(files)) await writeFile(join(folder, name), await make());
console.log(`${Object.keys(files).length} images in ${folder}`);
