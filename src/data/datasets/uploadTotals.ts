// An upload of many files summed up: what was added, by class and split, and what was refused, by reason.
import { z } from 'zod';
import { groupBy } from '../../groupBy.js';
import type { FileResult } from './importArchive.js';
import { splitSchema } from './schemas.js';

/** Refused files that are named for each reason; all are counted. */
const filesNamed = 10;

const classTotalsSchema = z
  .object({ label: z.string(), train: z.int(), validation: z.int(), test: z.int() })
  .meta({ id: 'ClassTotals' });

const refusalSchema = z
  .object({
    code: z.string(),
    count: z.int(),
    files: z
      .array(z.object({ filename: z.string(), detail: z.string() }).meta({ id: 'RefusedFile' }))
      .meta({ description: `The first ${filesNamed}` }),
  })
  .meta({ id: 'UploadRefusal' });

export const uploadTotalsSchema = z
  .object({
    files: z.int(),
    added: z.int(),
    duplicates: z.int().meta({ description: 'The same bytes were there under the same label; nothing was added' }),
    nearDuplicates: z.int().meta({ description: 'Added, though an image of the dataset looks the same' }),
    failed: z.int(),
    classes: z.array(classTotalsSchema).meta({ description: 'Images that were added, by class and split' }),
    failures: z.array(refusalSchema).meta({ description: 'By error code, the most frequent first' }),
  })
  .meta({ id: 'UploadTotals' });
export type UploadTotals = z.infer<typeof uploadTotalsSchema>;

/** A FileResult as one object with parts that may be absent: of unions, many programs that generate clients make nothing usable. */
export const uploadedFileSchema = z
  .object({
    filename: z.string(),
    outcome: z.enum(['added', 'duplicate', 'failed']),
    id: z.int().optional(),
    sha256: z.string().optional(),
    label: z.string().optional(),
    split: splitSchema.optional(),
    nearDuplicateOf: z.int().nullable().optional(),
    error: z.object({ code: z.string(), detail: z.string() }).meta({ id: 'FileError' }).optional(),
  })
  .meta({ id: 'FileResult', description: 'An `error` where it failed; otherwise everything else' });

/** What an upload answers. The totals come first: a person reads them there, whatever the number of files. */
export const uploadResultSchema = z
  .object({ totals: uploadTotalsSchema, results: z.array(uploadedFileSchema) })
  .meta({ id: 'UploadResult' });

type Taken = Exclude<FileResult, { outcome: 'failed' }>;
type Failed = Extract<FileResult, { outcome: 'failed' }>;

/** Classes in the order of their names. */
export function sumUp(results: readonly FileResult[]): UploadTotals {
  const taken = results.filter((result): result is Taken => result.outcome !== 'failed');
  const failed = results.filter((result): result is Failed => result.outcome === 'failed');
  const added = taken.filter(({ outcome }) => outcome === 'added');
  return {
    files: results.length,
    added: added.length,
    duplicates: taken.length - added.length,
    nearDuplicates: added.filter(({ nearDuplicateOf }) => nearDuplicateOf !== null).length,
    failed: failed.length,
    classes: countClasses(added),
    failures: countFailures(failed),
  };
}

function countClasses(added: readonly Taken[]): UploadTotals['classes'] {
  const classes = [...groupBy(added, ({ label }) => label)].map(([label, images]) => {
    const count = (wanted: Taken['split']): number => images.filter(({ split }) => split === wanted).length;
    return { label, train: count('train'), validation: count('validation'), test: count('test') };
  });
  return classes.sort((a, b) => (a.label < b.label ? -1 : 1));
}

function countFailures(failed: readonly Failed[]): UploadTotals['failures'] {
  const reasons = [...groupBy(failed, ({ error }) => error.code)].map(([code, those]) => ({
    code,
    count: those.length,
    files: those.slice(0, filesNamed).map(({ filename, error }) => ({ filename, detail: error.detail })),
  }));
  return reasons.sort((a, b) => b.count - a.count);
}
