// The format of an image, read from its own bytes and never from a name or a header of the client.
// Acceptance looks at 12 bytes and the brand list, in constant time; file-type only names what is refused.
import { fileTypeFromBuffer } from 'file-type';
import { AppError } from '../errors.js';

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif' | 'tiff' | 'heic';

/** What a message to the user calls the accepted formats. */
export const acceptedFormats = 'JPEG, PNG, WebP, AVIF, GIF, TIFF and HEIC';

/** Bytes that file-type may read of a refused file: it walks chunks, tags and archives, which a hostile file makes long. */
const namingBytes = 4096;

/** Cameras write their raw files as TIFF: the first page is then a thumbnail, not the image. */
const cameraRaw = new Set(['cr2', 'nef', 'arw', 'dng', 'orf', 'rw2', 'raf']);

const ascii = (bytes: Uint8Array, start: number, end: number): string =>
  String.fromCharCode(...bytes.subarray(start, end));

const simpleSignatures: readonly (readonly [ImageFormat, RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff[^\xf7]/],
  ['png', /^\x89PNG\r\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF[^]{4}WEBP/],
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
];

const avifBrands = /^avi[fs]$/;
const heifBrands = /^(?:hei[cxms]|hev[cxms]|mif[12]|msf1)$/;

/** Brands of an ISO media file's `ftyp` box (ISO/IEC 14496-12, 4.3), the major one and the version first; at most 32. */
const readBrands = (bytes: Uint8Array): string[] => {
  if (bytes.length < 16 || ascii(bytes, 4, 8) !== 'ftyp') return [];
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const end = Math.min(size, bytes.length, 16 + 31 * 4);
  const brands = [ascii(bytes, 8, 12)];
  for (let at = 12; at + 4 <= end; at += 4) brands.push(ascii(bytes, at, at + 4));
  return brands;
};

const heifFormat = (bytes: Uint8Array): ImageFormat | undefined => {
  const brands = readBrands(bytes);
  if (brands[0] === 'mif3') return 'heic'; // the short form, with its codec in place of the version: sharp does not know it
  if (brands.some((brand) => avifBrands.test(brand))) return 'avif';
  return brands.some((brand) => heifBrands.test(brand)) ? 'heic' : undefined;
};

const bySignature = (bytes: Uint8Array): ImageFormat | undefined => {
  const head = ascii(bytes, 0, 12);
  return simpleSignatures.find(([, signature]) => signature.test(head))?.[0] ?? heifFormat(bytes);
};

/** file-type throws on some damaged files: then the file has no name. */
const nameOf = (bytes: Uint8Array): Promise<{ ext: string; mime: string } | undefined> =>
  fileTypeFromBuffer(bytes.subarray(0, namingBytes)).catch(() => undefined);

/** Whether `bytes` begin as HEIC does: the one format that takes libheif, and a hundred times as long. Constant time. */
export const isHeic = (bytes: Uint8Array): boolean => heifFormat(bytes) === 'heic';

/**
 * The format of `bytes`, one of `acceptedFormats`.
 * Throws AppError unsupported_image for every other format, for camera raw files and for what is no image.
 */
export const detectFormat = async (bytes: Uint8Array): Promise<ImageFormat> => {
  const format = bySignature(bytes);
  if (format !== undefined && format !== 'tiff') return format;
  const named = await nameOf(bytes);
  if (format === 'tiff' && !cameraRaw.has(named?.ext ?? '')) return format;
  const came = bytes.length === 0 ? 'an empty file' : (named?.mime ?? 'a file of unknown type');
  throw new AppError('unsupported_image', `Accepted formats are ${acceptedFormats}; this is ${came}.`);
};
