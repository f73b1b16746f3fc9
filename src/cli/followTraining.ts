// A training from its request to its end, as a person follows it: its events, how far it is, how long it still takes.
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { z } from 'zod';
import { hasEnded, trainingStateSchema } from '../data/trainings/schemas.js';
import { JsonBody, type AdminClient } from './adminClient.js';
import { describeTimeLeft, startProgress, type Progress } from './progress.js';

const interval = z.object({ low: z.number(), high: z.number() });

const trialFigures = z.looseObject({ accuracy: z.number().nullable() });

const trainingSchema = z.object({
  id: z.string(),
  model: z.string(),
  dataset: z.string(),
  state: trainingStateSchema,
  stage: z.string().nullable(),
  progress: z.number(),
  version: z.int().nullable(),
  startedAt: z.string().nullable(),
  metrics: z
    .looseObject({
      accuracy: z.number().optional(),
      accuracyInterval: interval.optional(),
      multiLabel: z
        .looseObject({
          meanAveragePrecision: z.number(),
          meanAveragePrecisionInterval: interval,
          exactMatch: z.number(),
        })
        .optional(),
      evaluatedOn: z.string().optional(),
      search: z
        .looseObject({ trials: z.int(), bestTrial: z.int(), first: trialFigures, best: trialFigures })
        .optional(),
      images: z.looseObject({ heldOut: z.int() }).optional(),
      activated: z.boolean().optional(),
      activationRefused: z.string().nullable().optional(),
    })
    .nullable(),
  error: z.object({ code: z.string(), detail: z.string() }).nullable(),
  waitsFor: z.literal('trainer').optional(),
});
export type FollowedTraining = z.infer<typeof trainingSchema>;

/** Of POST /v1/admin/retrain. */
export interface TrainingRequest {
  readonly dataset: string;
  readonly model: string;
  readonly activate?: string | undefined;
  readonly preset?: string | undefined;
  readonly backbone?: string | undefined;
  readonly fineTune?: 'top-blocks';
  readonly search?: { readonly trials: number; readonly seconds?: number | undefined } | undefined;
}

export const startTraining = (client: AdminClient, request: TrainingRequest): Promise<FollowedTraining> =>
  client.call(trainingSchema, 'POST', '/v1/admin/retrain', () => new JsonBody(request));

const pathOf = (id: string): string => `/v1/admin/trainings/${id}`;

const getTraining = (client: AdminClient, id: string): Promise<FollowedTraining> =>
  client.call(trainingSchema, 'GET', pathOf(id));

/** Stages in a person's words. */
const stageNames: Readonly<Record<string, string>> = {
  snapshot: 'reading the dataset',
  'fine-tune': 'learning with the backbone',
  ranges: 'measuring the backbone',
  embeddings: 'looking at the images',
  search: 'looking for better settings',
  fit: 'learning',
  evaluate: 'testing',
  precision: 'testing faster arithmetic',
  compare: 'comparing with the version in service',
  publish: 'publishing',
  activate: 'activating',
};

const nameOf = (stage: string | null): string => (stage === null ? 'waiting' : (stageNames[stage] ?? stage));

const progressEverySeconds = 0.5;

/** Shows how far `training` is until it has ended, which it gives. Throws as AdminClient.request. */
export async function followTraining(client: AdminClient, training: FollowedTraining): Promise<FollowedTraining> {
  const progress = startProgress('Training');
  try {
    let followed = training;
    let lastEvent = '0';
    while (!hasEnded(followed)) {
      for await (const event of eventsOf(client, training.id, lastEvent)) {
        lastEvent = event.id ?? lastEvent;
        followed = await getTraining(client, training.id);
        showStep(progress, followed);
      }
      followed = await getTraining(client, training.id);
      // A stream that ended before the training did: the server goes on after a restart.
      if (!hasEnded(followed)) await delay(1_000 * progressEverySeconds);
    }
    return followed;
  } finally {
    progress.stop();
  }
}

async function* eventsOf(client: AdminClient, id: string, lastEvent: string) {
  const { body } = await client.request('GET', `${pathOf(id)}/events`, undefined, { 'last-event-id': lastEvent });
  if (body === null) return;
  yield* body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
}

function showStep(progress: Progress, { stage, progress: share, startedAt, waitsFor }: FollowedTraining): void {
  const seconds = startedAt === null ? 0 : (Date.now() - Date.parse(startedAt)) / 1_000;
  const left = share > 0 && share < 1 ? `, ${describeTimeLeft((seconds * (1 - share)) / share)}` : '';
  const waiting = waitsFor === undefined ? '' : ' for a process that runs trainings (docs/replicas.md)';
  progress.update(share, nameOf(stage) + waiting + left);
}

/** Gives the record of one that succeeded. Throws Error for any other. */
export function expectSuccess(training: FollowedTraining): FollowedTraining {
  const { id, state, error } = training;
  if (state === 'succeeded') return training;
  throw new Error(`The training ${id} ${state}: ${error?.detail ?? 'no reason was given'}`);
}

/** Resolves when the training has ended; one that had ended before stays as it is. */
export async function cancelTraining(client: AdminClient, id: string): Promise<FollowedTraining> {
  let training = await getTraining(client, id);
  if (!hasEnded(training))
    training = await client.call(trainingSchema, 'DELETE', pathOf(id)).catch(() => getTraining(client, id));
  while (!hasEnded(training)) {
    await delay(1_000 * progressEverySeconds);
    training = await getTraining(client, id);
  }
  return training;
}
