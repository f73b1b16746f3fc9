// novelty.json of a version: what tells images of its classes from all others. Beside its model, and absent in versions that were not
// trained here.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { invalidModel, parseModel, parseModelJson } from '../formats/invalidModel.js';

const fileName = 'novelty.json';

/**
 * Embeddings of training images, each divided by its length and reduced to a few directions, and how near such images lie to one
 * another. An image is as near as its `neighbours`-th nearest reference, by cosine.
 */
export interface NoveltyModel {
  /** Values of an embedding. */
  readonly size: number;
  readonly neighbours: number;
  /** Orthonormal directions, [rank, size]. */
  readonly basis: Float32Array;
  /** Training images in these directions, [count, rank]. */
  readonly reference: Float32Array;
  /** How near each reference image lies to others that it has no near duplicate among: -1 to 1, ascending. */
  readonly similarities: Float32Array;
}

const floats = z.base64().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 4)));
});

const fileSchema = z
  .object({
    format: z.literal('taxon-novelty/1'),
    size: z.int().positive(),
    neighbours: z.int().positive(),
    basis: floats,
    reference: floats,
    similarities: floats,
  })
  .refine(
    ({ size, neighbours, basis, reference, similarities }) =>
      basis.length > 0 &&
      basis.length % size === 0 &&
      reference.length % (basis.length / size) === 0 &&
      reference.length / (basis.length / size) >= neighbours &&
      similarities.length > 0,
    'basis, reference and similarities do not fit together',
  );

const encode = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** Writes it into the directory of a version that is being made. */
export async function writeNovelty(directory: string, model: NoveltyModel): Promise<void> {
  const { size, neighbours, basis, reference, similarities } = model;
  const file = {
    format: 'taxon-novelty/1',
    size,
    neighbours,
    basis: encode(basis),
    reference: encode(reference),
    similarities: encode(similarities),
  };
  await writeFile(join(directory, fileName), `${JSON.stringify(file)}\n`);
}

/** undefined: the version has none. Throws AppError invalid_model when it is damaged, or of embeddings of another size. */
export async function readNovelty(directory: string, embeddingSize: number): Promise<NoveltyModel | undefined> {
  const path = join(directory, fileName);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw invalidModel(`${path} cannot be read`, error);
  });
  if (text === undefined) return undefined;
  const model = parseModel(fileSchema, parseModelJson(text, path), path);
  if (model.size !== embeddingSize)
    throw invalidModel(`${path} is of embeddings of ${model.size} values, the backbone gives ${embeddingSize}`);
  return model;
}
