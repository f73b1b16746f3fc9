// Augmentation views of a decoded picture, made with sharp. The same image, view and seed give the same view.
import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import type { Augmentation } from '../fit/hyperparameters.js';
import { createRandom, type Random } from '../random.js';

/** uint8 RGB, [height, width, 3]. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** View 0 is the picture itself; the others are drawn from `augmentation` by `seed`. */
export interface View {
  readonly index: number;
  readonly augmentation: Augmentation;
  readonly seed: number;
}

/** Changes when what a view looks like changes: cached embeddings of older views are then not used. */
const revision = 1;

/** Names what view of an image an embedding is of: 16 hexadecimal digits. */
export function viewKey({ index, augmentation, seed }: View): string {
  const { flip, crop, colour, rotation, erasing } = augmentation;
  const drawn = index === 0 ? [0] : [revision, index, seed, flip, crop, colour, rotation, erasing];
  return createHash('sha256').update(JSON.stringify(drawn)).digest('hex').slice(0, 16);
}

const randomOf = (imageHash: string, view: View): Random =>
  createRandom(
    createHash('sha256')
      .update(`${imageHash} ${viewKey(view)}`)
      .digest()
      .readInt32LE(),
  );

const between = (random: Random, low: number, high: number): number => low + random.next() * (high - low);

/** Mid grey: where a turn uncovers nothing, and what an erased rectangle holds. */
const grey = 128;

const rawOf = ({ width, height, pixels }: Picture): Sharp => sharp(pixels, { raw: { width, height, channels: 3 } });

async function toPicture(image: Sharp): Promise<Picture> {
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
function drawArea({ width, height }: Picture, share: number, random: Random): Area {
  const stretch = Math.sqrt(between(random, 3 / 4, 4 / 3));
  const side = Math.sqrt(share);
  const area = {
    width: Math.max(1, Math.min(width, Math.round(width * side * stretch))),
    height: Math.max(1, Math.min(height, Math.round((height * side) / stretch))),
  };
  return { ...area, left: random.below(width - area.width + 1), top: random.below(height - area.height + 1) };
}

async function turn(picture: Picture, degrees: number): Promise<Picture> {
  const turned = await toPicture(rawOf(picture).rotate(degrees, { background: { r: grey, g: grey, b: grey } }));
  const left = Math.floor((turned.width - picture.width) / 2);
  const top = Math.floor((turned.height - picture.height) / 2);
  return toPicture(rawOf(turned).extract({ left, top, width: picture.width, height: picture.height }));
}

function erase(picture: Picture, { left, top, width, height }: Area): Picture {
  const pixels = picture.pixels.slice();
  for (let y = top; y < top + height; y++) {
    const start = (y * picture.width + left) * 3;
    pixels.fill(grey, start, start + width * 3);
  }
  return { ...picture, pixels };
}

function recolour(image: Sharp, random: Random): Sharp {
  return image.modulate({
    brightness: between(random, 0.8, 1.2),
    saturation: between(random, 0.8, 1.2),
    hue: Math.round(between(random, -9, 9)),
  });
}

/** The view of `picture`, of the same size. `imageHash` is the SHA-256 of the file, in hexadecimal. */
export async function makeView(picture: Picture, imageHash: string, view: View): Promise<Picture> {
  if (view.index === 0) return picture;
  const random = randomOf(imageHash, view);
  const { flip, crop, colour, rotation, erasing } = view.augmentation;
  const turned = rotation ? await turn(picture, between(random, -10, 10)) : picture;
  let image = rawOf(turned);
  if (crop) image = image.extract(drawArea(picture, between(random, 0.65, 1), random));
  image = image.resize(picture.width, picture.height, { fit: 'fill', kernel: 'cubic' });
  if (flip && random.next() < 0.5) image = image.flop();
  const changed = await toPicture(colour ? recolour(image, random) : image);
  return erasing && random.next() < 0.5
    ? erase(changed, drawArea(picture, between(random, 0.02, 0.15), random))
    : changed;
}
