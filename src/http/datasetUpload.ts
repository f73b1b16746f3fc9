// The images of a dataset upload, taken from the multipart body as it arrives: only a few are in memory at a time, whatever
// their number.
import type { FastifyRequest } from 'fastify';
import { pMapIterable } from 'p-map';
import { failed, type FileResult } from '../data/datasets/importArchive.js';
import { AppError } from '../errors.js';
import { collect, imageFields, partsOf } from './classifyUpload.js';

interface ReceivedFile {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly tooLarge: boolean;
}

const field = imageFields.map((name) => `"${name}"`).join(' or ');
const maxFiles = 10_000;
const concurrency = 4;

/** A result for each file, in their order. Throws AppError `missing_image`, `malformed_multipart`, `unsupported_media_type` and what `take` throws. */
export async function readImages<T>(
  request: FastifyRequest,
  maxImageBytes: number,
  take: (filename: string, bytes: Buffer) => Promise<T>,
): Promise<Array<T | FileResult>> {
  if (!request.isMultipart())
    throw new AppError('unsupported_media_type', `send the images as multipart/form-data, each in the field ${field}`);
  const results: Array<T | FileResult> = [];
  const takeOne = async ({ filename, bytes, tooLarge }: ReceivedFile): Promise<T | FileResult> =>
    tooLarge
      ? failed(filename, new AppError('image_too_large', `the file has more than ${maxImageBytes} bytes`))
      : take(filename, bytes);
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
  // A client that sends a folder sends paths, which distinguish the 1.jpg of each class.
  for await (const part of partsOf(request, {
    preservePath: true,
    limits: { files: maxFiles, fileSize: maxImageBytes, fields: 16 },
  })) {
    if (part.type !== 'file') continue;
    if (imageFields.some((name) => name === part.fieldname))
      yield { filename: part.filename, bytes: await collect(request, part), tooLarge: part.file.truncated };
    else part.file.resume();
  }
}
