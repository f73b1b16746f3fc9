// manifest.json: what one version directory holds and how its pixels are prepared. One schema serves reading, writing and the docs.
import { z } from 'zod';
import { preprocessingSchema } from '../image/preprocessing.js';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a sha-256 in lower-case hexadecimal');

export const classifierNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 of a-z 0-9 . _ - beginning with a letter or digit');

/** Identity of a backbone: the hash of its topology, weights and normalisation (see backboneId). */
export const backboneRefSchema = z
  .object({
    id: sha256Schema,
    architecture: z.string().min(1),
    embeddingSize: z.int().positive(),
  })
  .meta({ id: 'BackboneRef' });

export const manifestSchema = z
  .object({
    /** 2: it has an `activation`, which releases that know only 1 would not heed. */
    format: z.enum(['taxon-model/1', 'taxon-model/2']),
    name: classifierNameSchema,
    version: z.int().positive(),
    /** full: model.json runs from pixels to class; head: from the embedding, on the backbone named here. */
    layout: z.enum(['full', 'head']),
    labels: z
      .array(z.string().min(1))
      .min(1)
      .refine((labels) => new Set(labels).size === labels.length, 'labels must differ from one another'),
    preprocessing: preprocessingSchema,
    backbone: backboneRefSchema,
    /** Logits are divided by this before softmax (Guo et al. 2017, "On Calibration of Modern Neural Networks"). */
    temperature: z.number().positive().default(1),
    /** sigmoid: the classes do not exclude one another, each has a probability of its own. Absent: softmax. */
    activation: z.enum(['softmax', 'sigmoid']).optional(),
    /** With sigmoid, by label: from which probability on an image has it; absent: 0.5. */
    thresholds: z.array(z.number().min(0).max(1)).optional(),
    /** Every other file of the directory that is needed to serve it, by name. */
    files: z.record(z.string(), z.object({ sha256: sha256Schema, bytes: z.int().nonnegative() })),
    metrics: z.record(z.string(), z.unknown()).default({}),
    provenance: z.record(z.string(), z.unknown()).default({}),
    license: z.string().min(1),
  })
  .refine(
    ({ labels, thresholds }) => thresholds === undefined || thresholds.length === labels.length,
    'thresholds must be one a label',
  );
export type Manifest = z.infer<typeof manifestSchema>;

/** A manifest from the disk: older ones spell it `licence`. */
export const storedManifestSchema = z.preprocess(
  (stored) =>
    typeof stored === 'object' && stored !== null && 'licence' in stored
      ? { license: stored.licence, ...stored }
      : stored,
  manifestSchema,
);
