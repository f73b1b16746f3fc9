// The input tensor of the Open Inference Protocol → images: BYTES of image files, UINT8 or FP32 of pixels.
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../errors.js';
import { RawPixels } from '../image/rawPixels.js';
import type { ImageInput } from '../serving/classify.js';

export interface InputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  /** Little-endian bytes in row-major order, or one value an element: texts or bytes of BYTES, numbers of the others. */
  readonly content: { readonly raw: Uint8Array } | { readonly values: readonly unknown[] };
}

export interface InputOptions {
  readonly maxImages: number;
  /** The bytes of an image that came as text. Throws AppError invalid_request, which names the place. */
  readonly decodeText: (text: string, place: string) => Promise<Uint8Array>;
}

const inputName = 'image';
const channels = 3;

/**
 * The images of the one tensor that a classifier takes. Throws AppError invalid_request, too_many_images. The event loop turns between
 * the images, of which one of 299 × 299 takes less than a millisecond.
 */
export async function imagesOf(tensors: readonly InputTensor[], options: InputOptions): Promise<ImageInput[]> {
  const [tensor] = tensors;
  if (tensor === undefined || tensors.length > 1 || tensor.name !== inputName)
    throw invalid(`inputs: one tensor is expected, "${inputName}"; there are ${tensors.length}: ${namesOf(tensors)}`);
  const count = countOf(tensor);
  if (count > options.maxImages)
    throw new AppError('too_many_images', `at most ${options.maxImages} images per request, ${count} were sent`);
  if (tensor.datatype === 'BYTES') return filesOf(tensor, count, options);
  return pixelsOf(tensor, count);
}

const namesOf = (tensors: readonly InputTensor[]): string =>
  tensors
    .slice(0, 5)
    .map(({ name }) => `"${name.slice(0, 100)}"`)
    .join(', ');

/** Images by the shape: [n] or [n, 1] of files, [n, height, width, 3] of pixels. */
function countOf({ datatype, shape }: InputTensor): number {
  const [count = 0, ...rest] = shape;
  const isWhole = shape.every((size) => Number.isSafeInteger(size) && size >= 1);
  const expected =
    datatype === 'BYTES'
      ? rest.length === 0 || (rest.length === 1 && rest[0] === 1)
      : rest.length === 3 && rest[2] === channels;
  if (isWhole && expected) return count;
  const wanted = datatype === 'BYTES' ? '[n] or [n, 1], an image file each' : `[n, height, width, ${channels}]`;
  throw invalid(`${inputName}: a ${datatype} tensor has the shape ${wanted}; this one has [${shape.join(', ')}]`);
}

async function filesOf(
  { content, shape }: InputTensor,
  count: number,
  { decodeText }: InputOptions,
): Promise<Uint8Array[]> {
  const elements = 'raw' in content ? splitBytes(content.raw, count) : content.values;
  if (elements.length !== count) throw unfit(shape, `${count} elements`, `${elements.length}`);
  const files: Uint8Array[] = [];
  for (const [index, element] of elements.entries()) {
    const place = `inputs.0.data.${index}`;
    if (typeof element === 'string') files.push(await decodeText(element, place));
    else if (!(element instanceof Uint8Array)) throw invalid(`${place}: a BYTES element in JSON is a string`);
    else if (isText(element)) files.push(await decodeText(Buffer.from(element).toString('latin1'), place));
    else files.push(element);
  }
  return files;
}

/** BYTES in the binary form: each element after its length, 4 bytes little-endian. */
function splitBytes(raw: Uint8Array, count: number): Uint8Array[] {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const elements: Uint8Array[] = [];
  let at = 0;
  while (at < raw.length && elements.length <= count) {
    const end = at + 4 <= raw.length ? at + 4 + view.getUint32(at, true) : Infinity;
    if (end > raw.length) throw invalid(`${inputName}: the length before element ${elements.length} passes the end`);
    elements.push(raw.subarray(at + 4, end));
    at = end;
  }
  return elements;
}

/** No image file begins with so many characters of base64 or of a data URL. */
const textBytes = 64;
const beginsAsText = /^(?:data:[\w/+.;=-]*,?)?[A-Za-z0-9+/]*={0,2}$/;

const isText = (bytes: Uint8Array): boolean =>
  bytes.length > 0 && beginsAsText.test(Buffer.from(bytes.subarray(0, textBytes)).toString('latin1'));

async function pixelsOf(tensor: InputTensor, count: number): Promise<RawPixels[]> {
  const [, height = 0, width = 0] = tensor.shape;
  const size = height * width * channels;
  const read = readerOf(tensor, count * size);
  const images: RawPixels[] = [];
  for (let index = 0; index < count; index++) {
    if (index > 0) await setImmediate();
    images.push(new RawPixels(width, height, read(index * size, size)));
  }
  return images;
}

type ReadPixels = (start: number, length: number) => Uint8Array;

/** Throws AppError invalid_request where there are not `total` elements. */
function readerOf({ datatype, content, shape }: InputTensor, total: number): ReadPixels {
  const format = pixelFormats.get(datatype);
  if (format === undefined)
    throw invalid(`${inputName}: the datatype is BYTES, UINT8 or FP32; this one is ${datatype.slice(0, 20)}`);
  if ('raw' in content) {
    const { raw } = content;
    if (raw.length !== total * format.bytes) throw unfit(shape, `${total * format.bytes} bytes`, `${raw.length}`);
    const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    return (start, length) => format.convert(length, (at) => format.read(view, start + at));
  }
  const { values } = content;
  if (values.length !== total) throw unfit(shape, `${total} elements`, `${values.length}`);
  return (start, length) => format.convert(length, (at) => values[start + at]);
}

type Convert = (length: number, valueAt: (at: number) => unknown) => Uint8Array;

const fromIntegers: Convert = (length, valueAt) => {
  const pixels = new Uint8Array(length);
  for (let at = 0; at < length; at++) {
    const value = valueAt(at);
    pixels[at] = value as number;
    if (pixels[at] !== value) throw invalid(`${inputName}: UINT8 elements are whole numbers of 0 to 255`);
  }
  return pixels;
};

/** Rounded to whole numbers, which is what the networks take. Pixels that were scaled to 0…1 or -1…1 would be taken for black. */
const fromFloats: Convert = (length, valueAt) => {
  const pixels = new Uint8Array(length);
  let most = 0;
  let fractions = 0;
  for (let at = 0; at < length; at++) {
    const value = valueAt(at);
    if (!(typeof value === 'number' && value >= 0 && value <= 255))
      throw invalid(`${inputName}: FP32 elements are pixel values of 0 to 255; element ${at} of an image is not`);
    pixels[at] = Math.round(value);
    if (value > most) most = value;
    if (!Number.isInteger(value)) fractions += 1;
  }
  if (most <= 1 && fractions > 0)
    throw invalid(`${inputName}: FP32 elements are pixel values of 0 to 255; these have been scaled to 0 to 1`);
  return pixels;
};

interface PixelFormat {
  /** Of an element. */
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly convert: Convert;
}

const pixelFormats: ReadonlyMap<string, PixelFormat> = new Map([
  ['UINT8', { bytes: 1, read: (view, at) => view.getUint8(at), convert: fromIntegers }],
  ['FP32', { bytes: 4, read: (view, at) => view.getFloat32(at * 4, true), convert: fromFloats }],
]);

const invalid = (detail: string): AppError => new AppError('invalid_request', detail);

const unfit = (shape: readonly number[], wanted: string, came: string): AppError =>
  invalid(`${inputName}: its shape [${shape.join(', ')}] takes ${wanted}, ${came} were sent`);
