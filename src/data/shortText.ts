// One line of text that people read: labels of images, names of keys.
import { z } from 'zod';

const maxCharacters = 100;

/** As JSON Schema counts: 😀 is one, and two units of UTF-16. */
const isWithin = (text: string, most: number): boolean => text.length <= 2 * most && Array.from(text).length <= most;

/** See shortTextSchema, of up to `most` characters. */
export const lineSchema = (most: number) =>
  z
    .string()
    .trim()
    .refine((text) => isWithin(text, most), `at most ${most} characters`)
    .regex(/\S/, 'not empty')
    // eslint-disable-next-line no-control-regex -- PostgreSQL has no text with NUL, and the others have no place in a line
    .regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'no control characters')
    .normalize()
    .meta({ minLength: 1, maxLength: most });

/**
 * 1 to 100 characters, trimmed, in NFC. The patterns stand in openapi.yaml, so they are such as JavaScript, Python and RE2 read alike,
 * and each takes linear time.
 */
export const shortTextSchema = lineSchema(maxCharacters);
