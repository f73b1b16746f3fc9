// Images as text in JSON: standard base64, or a data URL of it.
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../errors.js';

/** A pixel, so that the documentation's examples can be sent as they are. */
const example =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQI12Po6OgAAAM0AZkQj9/uAAAAAElFTkSuQmCC';

/** What decodeImageText reads. That it is base64 is left to that: an expression for it overflows the stack at some megabytes. */
export const imageTextSchema = z.string().min(1).meta({
  contentEncoding: 'base64',
  description: 'An image file in standard base64, or as a data URL: `data:image/jpeg;base64,…`',
  example,
});

/** Decoded at once: a multiple of 4, the length of what stands for 3 bytes. */
const sliceLength = 2 ** 18;
const maxPrefixLength = 256;
const dataUrlPrefix = /^data:[\w.+-]*\/?[\w.+-]*(;[\w.+-]+=[\w.+-]+)*;base64,/i;

/**
 * The bytes of an image, which may be none. Decoded in slices between which the event loop turns, because one of 10 MB that is not
 * base64 would take 20 to 200 ms. Throws AppError invalid_request, which names the place in the body.
 */
export async function decodeImageText(text: string, place: string): Promise<Buffer> {
  const base64 = withoutPrefix(text);
  const slices: Buffer[] = [];
  for (let start = 0; start < base64.length; start += sliceLength) {
    if (start > 0) await setImmediate();
    const isLast = start + sliceLength >= base64.length;
    slices.push(decodeSlice(base64.slice(start, start + sliceLength), isLast, place));
  }
  return Buffer.concat(slices);
}

/** The media type of a data URL says nothing that counts: the bytes do. */
function withoutPrefix(text: string): string {
  const [prefix = ''] = dataUrlPrefix.exec(text.slice(0, maxPrefixLength)) ?? [];
  return text.slice(prefix.length);
}

/** Node.js skips what is not base64, so that too few bytes come out. */
function decodeSlice(slice: string, isLast: boolean, place: string): Buffer {
  const padding = !isLast ? 0 : slice.endsWith('==') ? 2 : slice.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(slice, 'base64');
  if (slice.length % 4 !== 0 || bytes.length !== (slice.length / 4) * 3 - padding)
    throw new AppError(
      'invalid_request',
      `${place}: neither an image file in standard base64 nor a data URL of it (data:image/jpeg;base64,…)`,
    );
  return bytes;
}
