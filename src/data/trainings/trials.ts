// The fits of a training's search: kept as they end, so that another process can go on, and for whoever wants to see its course.
import { z } from 'zod';
import type { Queries } from '../database/database.js';

const share = z.number().gt(0).max(1).meta({ description: 'Share of its epochs that it was fitted with; 1: all' });

export const trialSchema = z.object({
  number: z.int().min(0).meta({ description: '0: what was asked for, without a search' }),
  hyperparameters: z.record(z.string(), z.json()),
  share,
  loss: z
    .number()
    .nullable()
    .meta({ description: '-log p(label) of validation images, calibrated; null: the fit failed' }),
  accuracy: z.number().nullable().meta({ description: 'Of validation images' }),
  failure: z.string().nullable(),
  seconds: z.number().meta({ description: 'That the fit took' }),
  elapsed: z.number().meta({ description: 'Seconds of the search when it had ended' }),
});
export type TrialRecord = z.infer<typeof trialSchema>;

const columns = 'number, hyperparameters, share, loss, accuracy, failure, seconds, elapsed';

/** In the order in which they ended. */
export const listTrials = (queries: Queries, trainingId: string): Promise<TrialRecord[]> =>
  queries.query(
    trialSchema,
    `SELECT ${columns} FROM training_trials WHERE training_id = $1 ORDER BY elapsed, number, share`,
    [trainingId],
  );
