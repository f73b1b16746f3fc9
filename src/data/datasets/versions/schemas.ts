// The records of named states of a dataset, and of what is different between two of them.
import { z } from 'zod';
import { labelSchema, splitSchema } from '../schemas.js';

/** Means the dataset as it is, wherever a version may be named. */
export const present = 'now';

export const datasetVersionNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, '1 to 64 of a-z 0-9 . _ - beginning with a letter or digit')
  .meta({ description: 'Name of a state of a dataset', example: 'v1' });

export const newDatasetVersionSchema = z
  .strictObject({
    name: datasetVersionNameSchema
      .refine((name) => name !== present, `"${present}" means the dataset as it is`)
      .meta({ description: `Anything but \`${present}\`, which means the dataset as it is` }),
    training: z
      .uuid()
      .optional()
      .meta({ description: 'Id of a training on the dataset, whose images it gets; absent: those that it has now' }),
  })
  .meta({ id: 'NewDatasetVersion' });
export type NewDatasetVersion = z.output<typeof newDatasetVersionSchema>;

export const datasetVersionSchema = z
  .object({
    name: z.string(),
    training: z
      .uuid()
      .nullable()
      .meta({ description: 'The training whose images it has; null: it was named as it was then' }),
    images: z.int().meta({ description: 'Labelled images; one under two labels counts twice' }),
    classes: z.int(),
    gone: z.int().meta({ description: 'Images of it that were deleted for good, which it no longer has' }),
    createdAt: z.date(),
  })
  .meta({ id: 'DatasetVersion' });
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;

export const differenceSchema = z.enum(['added', 'removed', 'relabelled', 'moved']).meta({ id: 'DatasetDifference' });
export type Difference = z.infer<typeof differenceSchema>;

export const differenceCountsSchema = z
  .object({
    added: z.int().meta({ description: 'Only the second has them' }),
    removed: z.int().meta({ description: 'Only the first has them' }),
    relabelled: z.int(),
    moved: z.int().meta({ description: 'To another split; relabelled ones may be among them' }),
    same: z.int().meta({ description: 'Neither relabelled nor moved' }),
  })
  .meta({ id: 'DatasetDifferenceCounts' });
export type DifferenceCounts = z.infer<typeof differenceCountsSchema>;

const sideSchema = z.object({ label: labelSchema, split: splitSchema }).meta({ id: 'LabelAndSplit' });

export const changedImageSchema = z
  .object({
    id: z.int().meta({ description: 'Of the image in the dataset: in the first state, where it has it' }),
    sha256: z.string(),
    before: sideSchema.nullable().meta({ description: 'Null: the first state does not have it' }),
    after: sideSchema.nullable().meta({ description: 'Null: the second state does not have it' }),
  })
  .meta({ id: 'DatasetDifferenceImage' });
export type ChangedImage = z.infer<typeof changedImageSchema>;
