// How a request names a version of a classifier: by its number, or by an alias.
import { z } from 'zod';

const aliasPattern = '[a-z][a-z0-9._-]{0,63}';

/** A word such as `stable` or `canary`, which never reads as a number. */
export const aliasSchema = z
  .string()
  .regex(new RegExp(`^${aliasPattern}$`), '1 to 64 of a-z 0-9 . _ - beginning with a letter');

export type VersionRef = number | string;

/** From an address: `3` is the number 3. One string in the API's description, which every generator of clients has a type for. */
export const versionRefSchema = z
  .string()
  .regex(new RegExp(`^(?:[1-9]\\d{0,8}|${aliasPattern})$`), 'the number of a version, or an alias such as stable')
  .transform((text): VersionRef => (/^\d/.test(text) ? Number(text) : text));
