// What int8 needs to know of a backbone beside its weights: between which values each of its activations lies on real images.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile } from '../durableFiles.js';
import { parseModel, parseModelJson } from '../formats/invalidModel.js';

/** Beside the backbone's other files. */
export const activationRangesFileName = 'activation-ranges.json';

export const activationRangesSchema = z.object({
  format: z.literal('taxon-activation-ranges/1'),
  backboneId: z.string().min(1),
  /** Of the graph whose values they are of (see compilerRevision). */
  graphRevision: z.int().positive(),
  /** How many images they were measured on. */
  images: z.int().positive(),
  /** By the name of a value in the compiled graph: [lowest, highest], clipped by the method that measured them. */
  ranges: z.record(z.string(), z.tuple([z.number(), z.number()])),
});
export type ActivationRanges = z.infer<typeof activationRangesSchema>;

/** The ranges in `directory`; undefined when they were never measured. Throws AppError invalid_model when the file is damaged. */
export async function readActivationRanges(directory: string): Promise<ActivationRanges | undefined> {
  const path = join(directory, activationRangesFileName);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseModel(activationRangesSchema, parseModelJson(text, path), path);
}

/** Writes them whole or not at all. */
export const writeActivationRanges = (directory: string, ranges: ActivationRanges): Promise<void> =>
  replaceFile(join(directory, activationRangesFileName), `${JSON.stringify(ranges, null, 2)}\n`);

/** 16 hexadecimal digits that change with anything in them. */
export const fingerprintOf = (ranges: ActivationRanges): string =>
  createHash('sha256').update(JSON.stringify(ranges)).digest('hex').slice(0, 16);
