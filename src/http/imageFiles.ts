// Stored images as answers: the file as it was uploaded, and its preview.
import type { FastifyReply } from 'fastify';
import { binaryAnswer } from './openapi.js';

/** The response's description, for the OpenAPI document. */
export const imageFile = (type: string) => ({
  description: 'The image',
  content: { [type]: { schema: binaryAnswer } },
});

/** `format` is the one found in the bytes, whatever the file was called. */
export const sendImageFile = (reply: FastifyReply, format: string, bytes: Buffer): FastifyReply =>
  reply.type(`image/${format}`).header('x-content-type-options', 'nosniff').send(bytes);

export const sendThumbnail = (reply: FastifyReply, webp: Buffer): FastifyReply =>
  reply.type('image/webp').header('cache-control', 'private, max-age=86400').send(webp);
