// The ways images arrive (multipart, raw body, base64 or a URL in JSON) become one list of files in memory.
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../errors.js';
import { decodeImageText, imageTextSchema } from './imageText.js';
import type { ImageUrls } from './imageUrls.js';

export interface UploadedImage {
  /** As the client named it; absent for raw and JSON bodies. */
  readonly filename?: string;
  readonly bytes: Uint8Array;
  /** Set when the file was cut off at the size limit; `bytes` is then incomplete and must not be decoded. */
  readonly tooLarge: boolean;
}

export interface UploadLimits {
  readonly maxImageBytes: number;
  readonly maxImages: number;
  readonly maxBodyBytes: number;
  readonly urls: Pick<ImageUrls, 'fetch'>;
}

/** What a request carries: at least one image, and the text beside it by field. */
export interface Upload {
  readonly images: readonly UploadedImage[];
  readonly fields: ReadonlyMap<string, string>;
}

const jsonSchema = z.looseObject({
  image: imageTextSchema.optional(),
  images: z.array(imageTextSchema).min(1).optional(),
  url: z.string().min(1).optional(),
});

/** The multipart fields that carry images in Taxon's own calls: `file` is what many clients and form builders call theirs. */
export const imageFields = ['image', 'file'] as const;

/** Makes raw `image/*`, `application/octet-stream` and (SageMaker's) `application/x-image` bodies arrive as buffers; plain text, which Fastify would read, is refused. */
export function acceptRawImages(app: FastifyInstance): void {
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser(
    /^(image\/|application\/(octet-stream|x-image))/,
    { parseAs: 'buffer' },
    (_request, body, done) => done(null, body),
  );
}

/**
 * The images of a request, at least one. `fields` are the multipart fields that may carry them.
 * Throws AppError empty_body, missing_image, malformed_multipart, too_many_images, body_too_large, invalid_request, and those of
 * ImageUrls.
 */
export async function readUploads(
  request: FastifyRequest,
  fields: readonly string[],
  limits: UploadLimits,
): Promise<readonly UploadedImage[]> {
  return (await readUpload(request, fields, limits)).images;
}

/** As readUploads, with the text fields of a multipart or JSON body. */
export async function readUpload(
  request: FastifyRequest,
  fields: readonly string[],
  limits: UploadLimits,
): Promise<Upload> {
  if (request.isMultipart()) return readMultipart(request, fields, limits);
  const { body } = request;
  if (Buffer.isBuffer(body) && body.length > 0)
    return { images: [{ bytes: body, tooLarge: body.length > limits.maxImageBytes }], fields: new Map() };
  if (body === undefined || body === null || Buffer.isBuffer(body))
    throw new AppError(
      'empty_body',
      'send the image as multipart/form-data, as a raw image/* body or as JSON {"image":"<base64>"}',
    );
  return readJson(request, body, limits);
}

async function readJson(request: FastifyRequest, body: unknown, limits: UploadLimits): Promise<Upload> {
  const { texts, url } = jsonImagesOf(body);
  if (texts.size > limits.maxImages)
    throw new AppError('too_many_images', `at most ${limits.maxImages} images per request, ${texts.size} were sent`);
  const images: UploadedImage[] = [];
  for (const [place, text] of texts) {
    const bytes = await decodeImageText(text, place);
    images.push({ bytes, tooLarge: bytes.length > limits.maxImageBytes });
  }
  if (url !== undefined) images.push({ bytes: await fetchImage(request, url, limits), tooLarge: false });
  const others = Object.entries(body as object).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return { images, fields: new Map(others) };
}

interface JsonImages {
  /** By their places in the body. */
  readonly texts: ReadonlyMap<string, string>;
  readonly url: string | undefined;
}

function jsonImagesOf(body: unknown): JsonImages {
  const { success, data: { image, images, url } = {} } = jsonSchema.safeParse(body);
  if (!success || [image, images, url].filter((one) => one !== undefined).length !== 1)
    throw new AppError(
      'invalid_request',
      'a JSON body must be {"image":"<the file in standard base64>"}, {"images":["<base64>",…]} or {"url":"https://…"}; data URLs will do as well as base64',
    );
  const texts = image !== undefined ? [image] : (images ?? []);
  return { texts: new Map(texts.map((text, index) => [images ? `images.${index}` : 'image', text])), url };
}

/** Ends when the client hangs up. Throws what ImageUrls throws. */
export async function fetchImage(request: FastifyRequest, url: string, { urls }: UploadLimits): Promise<Buffer> {
  const controller = new AbortController();
  const hangUp = new AppError('client_closed', 'the connection closed before the image was fetched');
  const forget = request.exchange.onceOver(() => controller.abort(hangUp));
  try {
    return await urls.fetch(url, controller.signal);
  } finally {
    forget();
  }
}

async function readMultipart(
  request: FastifyRequest,
  imageFields: readonly string[],
  limits: UploadLimits,
): Promise<Upload> {
  const images: UploadedImage[] = [];
  const fields = new Map<string, string>();
  const otherFields: string[] = [];
  let total = 0;
  const options = {
    limits: { files: limits.maxImages, fileSize: limits.maxImageBytes, fields: 16 },
    // Some clients send a file without a name, which would make it a text.
    isPartAFile: (field: string | undefined, _type: string | undefined, name: string | undefined) =>
      name !== undefined || imageFields.includes(field ?? ''),
  };
  for await (const part of partsOf(request, options)) {
    if (part.type !== 'file' || !imageFields.includes(part.fieldname)) {
      otherFields.push(part.fieldname);
      if (part.type === 'file') part.file.resume();
      else if (typeof part.value === 'string') fields.set(part.fieldname, part.value);
      continue;
    }
    const bytes = await collect(request, part);
    total += bytes.length;
    if (total > limits.maxBodyBytes)
      throw new AppError('body_too_large', `the images have more than ${limits.maxBodyBytes} bytes together`);
    images.push({ filename: part.filename, bytes, tooLarge: part.file.truncated });
  }
  if (images.length > 0) return { images, fields };
  const found =
    otherFields.length === 0 ? 'the body has no fields' : `it has ${otherFields.map((name) => `"${name}"`).join(', ')}`;
  throw new AppError(
    'missing_image',
    `the multipart body must carry the image as a file in the field ${imageFields.map((name) => `"${name}"`).join(' or ')}; ${found}`,
  );
}

/** The parts; the parser's own errors become AppErrors. */
export async function* partsOf(
  request: FastifyRequest,
  options: Parameters<FastifyRequest['parts']>[0],
): ReturnType<FastifyRequest['parts']> {
  try {
    for await (const part of request.parts(options)) {
      request.fingerprint?.addPart(part);
      yield part;
    }
  } catch (error) {
    if (codeOf(error) !== 'FST_FILES_LIMIT') throw asFormFault(error);
    throw new AppError('too_many_images', `at most ${options?.limits?.files ?? 0} files are accepted in one request`, {
      cause: error,
    });
  }
}

/** The bytes of one file, cut off at the size limit: see `part.file.truncated`. */
export async function collect({ fingerprint }: FastifyRequest, part: MultipartFile): Promise<Buffer> {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of part.file) {
      chunks.push(chunk as Buffer);
      fingerprint?.addBytes(chunk as Buffer);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    throw asFormFault(error);
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** The parser's errors without a code, of the form or of a file in it, say that the body does not follow its boundary. */
function asFormFault(error: unknown): unknown {
  if (error instanceof AppError || codeOf(error) !== undefined) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new AppError(
    'malformed_multipart',
    `the body does not follow the boundary that Content-Type declares (${reason})`,
    { cause: error },
  );
}
