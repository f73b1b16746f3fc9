// What the finished stages of a training leave for the next ones: enough to go on from there in another process.
import { z } from 'zod';
import type { LeftOutImage } from '../data/trainings/schemas.js';
import type { Comparison } from './evaluation/comparison.js';
import type { Evaluation } from './evaluation/evaluation.js';
import type { FitSummary } from './stages.js';

const written = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

/** Each part is there once its stage is over. Only this program writes them, so their insides are not checked again. */
export const checkpointSchema = z.object({
  /** The version whose backbone the training embeds with. */
  base: z.object({ name: z.string(), version: z.int(), backboneId: z.string() }).optional(),
  /** Trainings read it from here (see trainings.ts). */
  leftOut: z.array(written<LeftOutImage>()).optional(),
  fit: written<FitSummary>().optional(),
  evaluation: written<Evaluation>().optional(),
  /** null: there was no version to compare with. */
  comparison: written<Comparison>().nullable().optional(),
  published: z.object({ version: z.int() }).optional(),
  /** null: left to a person. */
  activated: z.boolean().optional(),
  /** Seconds that each finished stage took. */
  seconds: z.record(z.string(), z.number()).default({}),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;
