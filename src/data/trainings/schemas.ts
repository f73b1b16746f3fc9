// The record of a training: what was asked for, how far it is, what came of it.
import { z } from 'zod';
import { classifierNameSchema } from '../../models/manifest.js';
import { datasetNameSchema } from '../datasets/schemas.js';

export const trainingStateSchema = z
  .enum(['queued', 'running', 'succeeded', 'failed', 'cancelled'])
  .meta({ id: 'TrainingState' });
export type TrainingState = z.infer<typeof trainingStateSchema>;

/** States in which a training has ended; its last event is called after its state. */
export const finalStates = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly TrainingState[];

export const hasEnded = ({ state }: { readonly state: TrainingState }): boolean =>
  (finalStates as readonly TrainingState[]).includes(state);

/** Who asked for a training: a caller, the rule of a lesson (promoteAfter), or the auto-retrain of the classifier. */
export const starterSchema = z.enum(['request', 'lesson', 'auto-retrain']).meta({ id: 'TrainingStarter' });
export type TrainingStarter = z.infer<typeof starterSchema>;

const jsonObjectSchema = z.record(z.string(), z.json());
export type JsonObject = z.infer<typeof jsonObjectSchema>;

/** A labelled image that a training could not use. */
export const leftOutImageSchema = z
  .object({
    imageId: z.int().meta({ description: 'Id of the image in its dataset' }),
    image: z.string().meta({ description: 'SHA-256 of the file' }),
    label: z.string(),
    fileName: z.string().nullable().meta({ description: 'Name that it was uploaded under, if any' }),
    stage: z
      .enum(['embeddings', 'compare'])
      .meta({ description: 'embeddings: left out of everything; compare: of the comparison with the active version' }),
    reason: z.string(),
  })
  .meta({ id: 'LeftOutImage' });
export type LeftOutImage = z.infer<typeof leftOutImageSchema>;

export const leftOutSchema = z.object({ count: z.int(), images: z.array(leftOutImageSchema) }).meta({
  id: 'LeftOut',
  description: 'Images that the training could not use: all are counted, the first 20 are named',
});

export const trainingSchema = z.object({
  id: z.uuid(),
  classifier: classifierNameSchema,
  dataset: datasetNameSchema,
  request: jsonObjectSchema.meta({ description: 'What was asked for' }),
  seed: z.int(),
  startedBy: starterSchema,
  state: trainingStateSchema,
  stage: z.string().nullable().meta({ description: 'Stage that runs now, or ran last' }),
  progress: z.number().min(0).max(1),
  metrics: jsonObjectSchema.nullable(),
  version: z.int().nullable().meta({ description: 'Version that was published' }),
  leftOut: leftOutSchema,
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
  traceparent: z.string().nullable().meta({ description: 'The span that asked for it (W3C Trace Context)' }),
  detailsRemovedAt: z.date().nullable().meta({ description: 'When its events and its snapshot were removed' }),
});
export type Training = z.infer<typeof trainingSchema>;

export interface NewTraining {
  /** Absent: one is made. */
  readonly id?: string | undefined;
  readonly classifier: string;
  readonly dataset: string;
  readonly request: JsonObject;
  readonly seed: number;
  /** Absent: a caller. */
  readonly startedBy?: TrainingStarter | undefined;
  /** The span that asks for it; absent: nothing is traced. */
  readonly traceparent?: string | undefined;
}

export const trainingEventSchema = z.object({
  /** Grows with each event: the Last-Event-ID of a client that resumes. */
  id: z.int(),
  kind: z.string(),
  data: jsonObjectSchema,
  createdAt: z.date(),
});
export type TrainingEvent = z.infer<typeof trainingEventSchema>;

/** How a training ended. */
export type TrainingOutcome =
  | { readonly state: 'succeeded'; readonly version: number; readonly metrics: JsonObject }
  | { readonly state: 'failed'; readonly code: string; readonly detail: string }
  | { readonly state: 'cancelled' };
