// Augmented views of a decoded image, made with sharp. The same image, index and seed give the same view.
import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import type { Augmentation } from '../fit/hyperparameters.js';
import { createRandom, type Random } from '../random.js';

/** uint8 RGB, [height, width, 3]. */
export interface RawImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** One view of an image: the one with index 0 is the image itself, the others are drawn from `augmentation` by `seed`. */
export interface AugmentedView {
  readonly index: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/** Changes when what a view looks like changes: cached embeddings of older views are then not used. */
const revision = 1;

/** Identifies the view of an image that an embedding is of: 16 hexadecimal digits. */
export function viewKey({ index, augmentation, seed }: AugmentedView): string {
  const { flip, crop, colour, rotation, erasing } = augmentation;
  const drawn = index === 0 ? [0] : [revision, index, seed, flip, crop, colour, rotation, erasing];
  return createHash('sha256').update(JSON.stringify(drawn)).digest('hex').slice(0, 16);
}

const randomOf = (imageHash: string, view: AugmentedView): Random =>
  createRandom(
    createHash('sha256')
      .update(`${imageHash} ${viewKey(view)}`)
      .digest()
      .readInt32LE(),
  );

const between = (random: Random, low: number, high: number): number => low + random.next() * (high - low);

/** Mid grey: where a turn uncovers nothing, and what an erased rectangle holds. */
const grey = 128;

const rawOf = ({ width, height, pixels }: RawImage): Sharp => sharp(pixels, { raw: { width, height, channels: 3 } });

async function toRawImage(image: Sharp): Promise<RawImage> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: data };
}

interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle of `share` of the area, at most a third longer one way than the other, at a random place. */
function drawArea({ width, height }: RawImage, share: number, random: Random): Area {
  const stretch = Math.sqrt(between(random, 3 / 4, 4 / 3));
  const side = Math.sqrt(share);
  const area = {
    width: Math.max(1, Math.min(width, Math.round(width * side * stretch))),
    height: Math.max(1, Math.min(height, Math.round((height * side) / stretch))),
  };
  return { ...area, left: random.below(width - area.width + 1), top: random.below(height - area.height + 1) };
}

async function turn(raw: RawImage, degrees: number): Promise<RawImage> {
  const turned = await toRawImage(rawOf(raw).rotate(degrees, { background: { r: grey, g: grey, b: grey } }));
  const left = Math.floor((turned.width - raw.width) / 2);
  const top = Math.floor((turned.height - raw.height) / 2);
  return toRawImage(rawOf(turned).extract({ left, top, width: raw.width, height: raw.height }));
}

function erase(raw: RawImage, { left, top, width, height }: Area): RawImage {
  const pixels = raw.pixels.slice();
  for (let y = top; y < top + height; y++) {
    const start = (y * raw.width + left) * 3;
    pixels.fill(grey, start, start + width * 3);
  }
  return { ...raw, pixels };
}

function recolour(image: Sharp, random: Random): Sharp {
  return image.modulate({
    brightness: between(random, 0.8, 1.2),
    saturation: between(random, 0.8, 1.2),
    hue: Math.round(between(random, -9, 9)),
  });
}

/** The view of the image `raw`, of the same size. `imageHash` is the SHA-256 of the file, in hexadecimal. */
export async function augment(raw: RawImage, imageHash: string, view: AugmentedView): Promise<RawImage> {
  if (view.index === 0) return raw;
  const random = randomOf(imageHash, view);
  const { flip, crop, colour, rotation, erasing } = view.augmentation;
  const turned = rotation ? await turn(raw, between(random, -10, 10)) : raw;
  let image = rawOf(turned);
  if (crop) image = image.extract(drawArea(raw, between(random, 0.65, 1), random));
  image = image.resize(raw.width, raw.height, { fit: 'fill', kernel: 'cubic' });
  if (flip && random.next() < 0.5) image = image.flop();
  const changed = await toRawImage(colour ? recolour(image, random) : image);
  return erasing && random.next() < 0.5 ? erase(changed, drawArea(raw, between(random, 0.02, 0.15), random)) : changed;
}
