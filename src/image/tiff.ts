// Wraps plain pixels as an uncompressed TIFF, the simplest container that carries a colour profile:
// so an image decoded elsewhere takes the same path through sharp as every other.

export interface PlainImage {
  readonly width: number;
  readonly height: number;
  /** 3: RGB, 4: RGB and unassociated alpha; 8 bits each. */
  readonly channels: 3 | 4;
  /** ICC profile; empty when the pixels are sRGB. */
  readonly profile: Uint8Array;
}

export interface PlainTiff {
  readonly file: Uint8Array;
  /** The part of `file` for the pixels, [height, width, channels] in row-major order. */
  readonly pixels: Uint8Array;
}

const short = 3;
const long = 4;
const undefinedType = 7;
const bytesOf = { [short]: 2, [long]: 4, [undefinedType]: 1 } as const;

/** Rows to a strip: the reader then holds one strip, not the image. */
const stripRows = 64;

interface Tag {
  readonly id: number;
  readonly type: typeof short | typeof long | typeof undefinedType;
  readonly values: ArrayLike<number>;
}

const strips = ({ width, height, channels }: PlainImage): { starts: number[]; lengths: number[] } => {
  const starts: number[] = [];
  const lengths: number[] = [];
  for (let row = 0; row < height; row += stripRows) {
    starts.push(row * width * channels);
    lengths.push(Math.min(stripRows, height - row) * width * channels);
  }
  return { starts, lengths };
};

/** TIFF 6.0, section 6 (RGB images) and tag 34675 (ICC profile), in ascending order as the format demands. */
const tagsOf = (image: PlainImage, pixelsAt: number): Tag[] => {
  const { starts, lengths } = strips(image);
  const tags: Tag[] = [
    { id: 256, type: long, values: [image.width] },
    { id: 257, type: long, values: [image.height] },
    { id: 258, type: short, values: new Array<number>(image.channels).fill(8) },
    { id: 259, type: short, values: [1] }, // no compression
    { id: 262, type: short, values: [2] }, // RGB
    { id: 273, type: long, values: starts.map((start) => start + pixelsAt) },
    { id: 277, type: short, values: [image.channels] },
    { id: 278, type: long, values: [stripRows] },
    { id: 279, type: long, values: lengths },
  ];
  if (image.channels === 4) tags.push({ id: 338, type: short, values: [2] }); // unassociated alpha
  if (image.profile.length > 0) tags.push({ id: 34675, type: undefinedType, values: image.profile });
  return tags;
};

const sizeOf = (tag: Tag): number => tag.values.length * bytesOf[tag.type];
const directorySize = (tags: readonly Tag[]): number => 2 + tags.length * 12 + 4;
const even = (size: number): number => size + (size % 2);

/** Bytes before the pixels: header, directory, and the values too long for it. */
const headSize = (tags: readonly Tag[]): number =>
  tags.reduce((sum, tag) => sum + (sizeOf(tag) > 4 ? even(sizeOf(tag)) : 0), 8 + directorySize(tags));

const writeValues = (view: DataView, at: number, tag: Tag): void => {
  for (let i = 0; i < tag.values.length; i += 1) {
    const value = tag.values[i]!;
    if (tag.type === short) view.setUint16(at + i * 2, value, true);
    else if (tag.type === long) view.setUint32(at + i * 4, value, true);
    else view.setUint8(at + i, value);
  }
};

const writeDirectory = (view: DataView, tags: readonly Tag[]): void => {
  let entry = 8;
  let overflow = 8 + directorySize(tags);
  view.setUint16(entry, tags.length, true);
  entry += 2;
  for (const tag of tags) {
    view.setUint16(entry, tag.id, true);
    view.setUint16(entry + 2, tag.type, true);
    view.setUint32(entry + 4, tag.values.length, true);
    const outside = sizeOf(tag) > 4;
    if (outside) view.setUint32(entry + 8, overflow, true);
    writeValues(view, outside ? overflow : entry + 8, tag);
    if (outside) overflow += even(sizeOf(tag));
    entry += 12;
  }
};

/** A TIFF of `image` whose pixels are still black: write them into `pixels`. */
export const createTiff = (image: PlainImage): PlainTiff => {
  const head = headSize(tagsOf(image, 0));
  const file = new Uint8Array(head + image.width * image.height * image.channels);
  file.set([0x49, 0x49, 42, 0, 8, 0, 0, 0]);
  writeDirectory(new DataView(file.buffer), tagsOf(image, head));
  return { file, pixels: file.subarray(head) };
};
