// The images of a dataset upload, taken from the multipart body as it arrives: only a few are in memory at a time, whatever
// their number.
import type { FastifyRequest } from 'fastify';
import { pMapIterable } from 'p-map';
import { z } from 'zod';
import { attributionSchema, tidyAttribution, type Attribution } from '../data/datasets/attribution.js';
import { failed, type FileResult } from '../data/datasets/importArchive.js';
import { AppError } from '../errors.js';
import { collect, imageFields, partsOf } from './classifyUpload.js';

interface ReceivedFile {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly tooLarge: boolean;
  readonly attribution: Attribution | undefined;
}

const field = imageFields.map((name) => `"${name}"`).join(' or ');
const maxFiles = 10_000;
const concurrency = 4;

/**
 * A result for each file, in their order. Throws AppError `missing_image`, `malformed_multipart`, `unsupported_media_type`,
 * `invalid_request` for an attribution of another form, and what `take` throws.
 */
export async function readImages<T>(
  request: FastifyRequest,
  maxImageBytes: number,
  take: (filename: string, bytes: Buffer, attribution: Attribution | undefined) => Promise<T>,
): Promise<Array<T | FileResult>> {
  if (!request.isMultipart())
    throw new AppError('unsupported_media_type', `send the images as multipart/form-data, each in the field ${field}`);
  const results: Array<T | FileResult> = [];
  const takeOne = async ({ filename, bytes, tooLarge, attribution }: ReceivedFile): Promise<T | FileResult> =>
    tooLarge
      ? failed(filename, new AppError('image_too_large', `the file has more than ${maxImageBytes} bytes`))
      : take(filename, bytes, attribution);
  for await (const result of pMapIterable(files(request, maxImageBytes), takeOne, { concurrency }))
    results.push(result);
  if (results.length === 0)
    throw new AppError(
      'missing_image',
      `the multipart body must carry images as files in the field ${field}; it has none`,
    );
  return results;
}

async function* files(request: FastifyRequest, maxImageBytes: number): AsyncGenerator<ReceivedFile> {
  const attributions: Array<Attribution | undefined> = [];
  let count = 0;
  // A client that sends a folder sends paths, which distinguish the 1.jpg of each class.
  for await (const part of partsOf(request, {
    preservePath: true,
    limits: { files: maxFiles, fileSize: maxImageBytes, fields: maxFiles },
  })) {
    if (part.type === 'field') {
      if (part.fieldname !== 'attribution') continue;
      if (attributions.length < count)
        throw new AppError(
          'invalid_request',
          'attribution: each comes before its image, and none is left out before others',
        );
      attributions.push(readAttribution(part.value));
    } else if (imageFields.some((name) => name === part.fieldname)) {
      const attribution = attributions[count];
      count += 1;
      const bytes = await collect(request, part);
      yield { filename: part.filename, bytes, tooLarge: part.file.truncated, attribution };
    } else part.file.resume();
  }
}

/** Throws AppError invalid_request. */
function readAttribution(value: unknown): Attribution | undefined {
  if (value === '') return undefined;
  const attribution = attributionSchema.partial().safeParse(parseJson(value));
  if (attribution.success) return tidyAttribution(attribution.data);
  throw new AppError('invalid_request', `attribution: ${z.prettifyError(attribution.error)}`);
}

function parseJson(value: unknown): unknown {
  try {
    // A field that calls itself JSON has been parsed already.
    return typeof value === 'string' ? JSON.parse(value) : value;
  } catch (error) {
    throw new AppError('invalid_request', `attribution: no JSON (${(error as Error).message})`, { cause: error });
  }
}
