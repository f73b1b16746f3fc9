// The vocabulary of datasets: names, labels, splits, and the records that leave the service. Routes use the same schemas.
import { z } from 'zod';
import { shortTextSchema } from '../shortText.js';

export const datasetNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 of a-z 0-9 . _ - beginning with a letter or digit')
  .meta({ description: 'Name of a dataset', example: 'clothing' });

/** Becomes a folder in an export, so nothing that a file system could misread. */
export const labelSchema = shortTextSchema
  .regex(/^[^/\\]*$/, 'no slashes')
  .regex(/[^.\s]/, 'not only dots')
  .meta({ description: 'Class of an image', example: 't-shirt' });

export const splitSchema = z
  .enum(['train', 'validation', 'test'])
  .meta({ id: 'Split', description: 'Part of the dataset' });
export type Split = z.infer<typeof splitSchema>;

/** Of either, so that a tenth is left for training. */
const maxShare = 0.45;

export const splitOptionsSchema = z
  .object({
    splitSeed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(1)
      .meta({ description: 'Another seed, another split' }),
    validationShare: z.number().min(0).max(maxShare).default(0.15),
    testShare: z.number().min(0).max(maxShare).default(0.15),
  })
  .meta({ id: 'DatasetOptions' });
export type SplitOptions = z.infer<typeof splitOptionsSchema>;

export const datasetSchema = z
  .object({
    name: datasetNameSchema,
    splitSeed: z.int(),
    validationShare: z.number(),
    testShare: z.number(),
    images: z.int().meta({ description: 'Labelled images; one under two labels counts twice' }),
    classes: z.int().meta({ description: 'Without the negatives' }),
    negatives: labelSchema.nullable().meta({
      description: 'Label of the images that are of none of the classes; null: no images are meant to be',
    }),
    createdAt: z.date(),
    changedAt: z.date(),
  })
  .meta({ id: 'Dataset' });
export type Dataset = z.infer<typeof datasetSchema>;

export const datasetImageSchema = z.object({
  id: z.int().positive(),
  sha256: z.string(),
  label: z.string(),
  split: splitSchema,
  splitGiven: z.boolean().meta({ description: 'True when the split was asked for, false when it was drawn' }),
  group: z.string().meta({ description: 'Images of the dataset that look the same share it' }),
  fileNames: z.array(z.string()),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  format: z.string(),
  createdAt: z.date(),
});
export type DatasetImage = z.infer<typeof datasetImageSchema>;

/** What became of an upload. duplicate: the same bytes were there under the same label, nothing was added. */
export const addedImageSchema = datasetImageSchema.extend({
  outcome: z.enum(['added', 'duplicate']),
  nearDuplicateOf: z.int().nullable().meta({ description: 'Id of an image of this dataset that looks the same' }),
});
export type AddedImage = z.infer<typeof addedImageSchema>;

export interface NewImage {
  readonly bytes: Uint8Array;
  readonly label: string;
  /** Absent: drawn by the dataset's seed and shares, and settled by the first training. */
  readonly split?: Split | undefined;
  readonly fileName?: string | undefined;
}

/** One image of a training, as it was when the training began. */
export const snapshotItemSchema = z.object({
  imageId: z.int(),
  sha256: z.string(),
  label: z.string(),
  split: splitSchema,
  /** Near duplicates share it. */
  groupKey: z.string(),
  /** Of none of the classes: its label was that of the dataset's negatives. */
  negative: z.boolean().optional(),
});
export type SnapshotItem = z.infer<typeof snapshotItemSchema>;
