// novelty.json of a version: what tells images of its classes from all others. Beside its model, and absent in versions that were not
// trained here.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LinearScores } from './linearScores.js';
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
  /** Where it is measured otherwise: `similarities` are then of this. */
  readonly mahalanobis?: Mahalanobis | undefined;
  /** What was learnt from images of none of the classes. */
  readonly negatives?: NegativeGate | undefined;
}

/** Lee et al. 2018, "A Simple Unified Framework for Detecting Out-of-Distribution Samples": classes share the covariance of their images. */
export interface Mahalanobis {
  /** Takes the images' directions to such that each class varies by 1 in all, [rank, rank]. */
  readonly whitening: Float32Array;
  /** Of the classes in these, [classes, rank]. An image is as near as minus its squared distance to the nearest. */
  readonly means: Float32Array;
}

/** Tells images of the classes (0) from negatives (1). */
export interface NegativeGate {
  readonly scores: LinearScores;
  /** Logarithm of how many times as likely own images are to be of the classes as negatives, by what learnt from the others; ascending. */
  readonly similarities: Float32Array;
}

const floats = z.base64().transform((text) => {
  const bytes = Buffer.from(text, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length - (bytes.length % 4)));
});

/** What earlier releases read wrongly has another number. */
const formats = ['taxon-novelty/1', 'taxon-novelty/2'] as const;

const fileSchema = z
  .object({
    format: z.enum(formats),
    size: z.int().positive(),
    neighbours: z.int().positive(),
    basis: floats,
    reference: floats,
    similarities: floats,
    mahalanobis: z.object({ whitening: floats, means: floats }).optional(),
    negatives: z
      .object({
        scores: z.object({
          centre: floats,
          weights: floats,
          biases: z.array(z.number()).transform((values) => Float64Array.from(values)),
          temperature: z.number().positive(),
        }),
        similarities: floats,
      })
      .optional(),
  })
  .refine(
    ({ size, neighbours, basis, reference, similarities }) =>
      basis.length > 0 &&
      basis.length % size === 0 &&
      reference.length % (basis.length / size) === 0 &&
      reference.length / (basis.length / size) >= neighbours &&
      similarities.length > 0,
    'basis, reference and similarities do not fit together',
  )
  .refine(({ size, basis, mahalanobis }) => {
    const rank = basis.length / size;
    if (mahalanobis === undefined) return true;
    const { whitening, means } = mahalanobis;
    return whitening.length === rank * rank && means.length > 0 && means.length % rank === 0;
  }, 'whitening and means are not of the directions of basis')
  .refine(({ size, negatives }) => {
    if (negatives === undefined) return true;
    const { centre, weights, biases } = negatives.scores;
    return (
      centre.length === size && weights.length === 2 * size && biases.length === 2 && negatives.similarities.length > 0
    );
  }, 'the scores of negatives are not of two classes of embeddings');

const encode = (values: Float32Array): string =>
  Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');

/** Writes it into the directory of a version that is being made. */
export async function writeNovelty(directory: string, model: NoveltyModel): Promise<void> {
  const { size, neighbours, basis, reference, similarities, mahalanobis, negatives } = model;
  const file = {
    format: formats[mahalanobis || negatives ? 1 : 0],
    size,
    neighbours,
    basis: encode(basis),
    reference: encode(reference),
    similarities: encode(similarities),
    ...(mahalanobis && {
      mahalanobis: { whitening: encode(mahalanobis.whitening), means: encode(mahalanobis.means) },
    }),
    ...(negatives && { negatives: describeGate(negatives) }),
  };
  await writeFile(join(directory, fileName), `${JSON.stringify(file)}\n`);
}

const describeGate = ({ scores: { centre, weights, biases, temperature }, similarities }: NegativeGate) => ({
  scores: { centre: encode(centre), weights: encode(weights), biases: [...biases], temperature },
  similarities: encode(similarities),
});

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
