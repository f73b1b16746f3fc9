// The vocabulary of datasets: names, labels, splits, and the records that leave the service. Routes use the same schemas.
import { z } from 'zod';
import { lineSchema, shortTextSchema } from '../shortText.js';
import { attributionSchema, type Attribution } from './attribution.js';

export const datasetNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 of a-z 0-9 . _ - beginning with a letter or digit')
  .meta({ description: 'Name of a dataset', example: 'clothing' });

/** Becomes a folder in an export, so nothing that a file system could misread. */
export const labelSchema = shortTextSchema
  .regex(/^[^/\\]*$/, 'no slashes')
  .regex(/[^.\s]/, 'not only dots')
  .meta({ description: 'Class of an image', example: 't-shirt' });

/** Characters of all labels of an image together. */
export const maxLabelText = 1_000;

/** What an image is given as its label: one, or in a multi-label dataset any number (see labelSets.ts). */
export const labelTextSchema = lineSchema(maxLabelText)
  .regex(/^[^/\\]*$/, 'no slashes')
  .regex(/[^.\s]/, 'not only dots')
  .meta({
    description:
      'Class of an image, of up to 100 characters. In a multi-label dataset: all its classes with `|` between; `|` alone for none',
    example: 't-shirt',
  });

export const taskSchema = z.enum(['single-label', 'multi-label']).meta({
  id: 'DatasetTask',
  description: 'Whether each image has one label, or any number of them. It cannot be changed',
});
export type Task = z.infer<typeof taskSchema>;

export const splitSchema = z
  .enum(['train', 'validation', 'test'])
  .meta({ id: 'Split', description: 'Part of the dataset' });
export type Split = z.infer<typeof splitSchema>;

/** Of either, so that a tenth is left for training. */
const maxShare = 0.45;

export const splitOptionsSchema = z.object({
  splitSeed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .meta({ description: 'Another seed, another split' }),
  validationShare: z.number().min(0).max(maxShare).default(0.15),
  testShare: z.number().min(0).max(maxShare).default(0.15),
});
export type SplitOptions = z.infer<typeof splitOptionsSchema>;

/** What a dataset is made with. */
export const datasetOptionsSchema = splitOptionsSchema
  .extend({ task: taskSchema.optional().meta({ description: 'Absent: single-label, or as it is' }) })
  .meta({ id: 'DatasetOptions' });
export type DatasetOptions = z.infer<typeof datasetOptionsSchema>;

export const datasetSchema = z
  .object({
    name: datasetNameSchema,
    task: taskSchema,
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
  label: z.string().meta({ description: 'In a multi-label dataset all its labels, with `|` between' }),
  labels: z.array(z.string()).meta({ description: 'One, but in a multi-label dataset any number, sorted' }),
  split: splitSchema,
  splitGiven: z.boolean().meta({ description: 'True when the split was asked for, false when it was drawn' }),
  group: z.string().meta({ description: 'Images of the dataset that look the same share it' }),
  fileNames: z.array(z.string()),
  width: z.int(),
  height: z.int(),
  bytes: z.int(),
  format: z.string(),
  attribution: attributionSchema.nullable().meta({ description: 'Null where nobody said who made the image' }),
  createdAt: z.date(),
});
export type DatasetImage = z.infer<typeof datasetImageSchema>;

/**
 * What became of an upload. duplicate: the same bytes were there under the same label, nothing was added; in a multi-label dataset the
 * image, which is there once, has now the labels of both.
 */
export const addedImageSchema = datasetImageSchema.extend({
  outcome: z.enum(['added', 'duplicate']),
  nearDuplicateOf: z.int().nullable().meta({ description: 'Id of an image of this dataset that looks the same' }),
});
export type AddedImage = z.infer<typeof addedImageSchema>;

export interface NewImage {
  readonly bytes: Uint8Array;
  /** In a multi-label dataset all its labels (see labelSets.ts). */
  readonly label: string;
  /** Absent: drawn by the dataset's seed and shares, and settled by the first training. */
  readonly split?: Split | undefined;
  readonly fileName?: string | undefined;
  /** Absent: as it is known already, if it is. */
  readonly attribution?: Attribution | undefined;
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
