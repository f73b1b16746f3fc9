// drift.json of a version: how the embeddings of the images that it was made with are spread, so that those that come later can be held
// against them. Beside its model, and absent in versions that were not trained here.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';

const fileName = 'drift.json';

/** Bins of each measure, each with as many of the images, a tenth, but where many have one value. */
export const bins = 10;

/**
 * An embedding is reduced to a few measures (see measureEmbedding), each of which is counted in bins that the version's own images fill
 * evenly.
 */
export interface DriftBaseline {
  /** Tells baselines apart: versions may be deleted, and their numbers used again. */
  readonly id: string;
  /** Values of an embedding. */
  readonly size: number;
  /** Orthonormal directions, [rank, size]. */
  readonly basis: Float32Array;
  /** Between the bins of each measure, ascending: [rank + 2, bins - 1]. */
  readonly edges: Float32Array;
  /** Images in each bin, [rank + 2, bins]: every one is in one bin of each measure. */
  readonly counts: readonly number[];
  /** Held-out images by the class that the version gives them, in the order of its labels. */
  readonly classes: readonly number[];
}

/** As noveltyFile.ts has them. */
const floats = z.base64().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 4)));
});

const fileSchema = z
  .object({
    format: z.literal('taxon-drift/1'),
    size: z.int().positive(),
    basis: floats,
    edges: floats,
    counts: z.array(z.int().nonnegative()),
    classes: z.array(z.int().nonnegative()),
  })
  .refine(
    ({ size, basis, edges, counts }) =>
      basis.length > 0 &&
      basis.length % size === 0 &&
      edges.length === (basis.length / size + 2) * (bins - 1) &&
      counts.length === (basis.length / size + 2) * bins,
    'basis, edges and counts do not fit together',
  );

const encode = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** Writes it into the directory of a version that is being made. */
export async function writeDriftBaseline(directory: string, baseline: Omit<DriftBaseline, 'id'>): Promise<void> {
  const { size, basis, edges, counts, classes } = baseline;
  const file = { format: 'taxon-drift/1', size, basis: encode(basis), edges: encode(edges), counts, classes };
  await writeFile(join(directory, fileName), `${JSON.stringify(file)}\n`);
}

/**
 * undefined: the version has none. Throws AppError invalid_model when it is damaged, or of embeddings of another size or another number
 * of classes.
 */
export async function readDriftBaseline(
  directory: string,
  { embeddingSize, classes }: { readonly embeddingSize: number; readonly classes: number },
): Promise<DriftBaseline | undefined> {
  const path = join(directory, fileName);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw invalidModel(`${path} cannot be read`, error);
  });
  if (text === undefined) return undefined;
  const { size, basis, edges, counts, classes: mix } = parseModel(fileSchema, parseModelJson(text, path), path);
  if (size !== embeddingSize || mix.length !== classes)
    throw invalidModel(
      `${path} is of embeddings of ${size} values and ${mix.length} classes, the version has ${embeddingSize} and ${classes}`,
    );
  const id = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return { id, size, basis, edges, counts, classes: mix };
}
