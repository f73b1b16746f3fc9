// A training's events as text/event-stream: those of the past first, then each as it comes, until the training is over.
import { finalStates, hasEnded, type TrainingEvent } from '../data/trainings/schemas.js';
import type { Trainings } from '../data/trainings/trainings.js';
import { Wakeup, type Pause } from '../data/trainings/wakeup.js';

/** A comment this often keeps proxies from closing a quiet stream, and finds events whose notification was lost. */
const keepAliveMs = 10_000;
/** Events read at once. */
const pageSize = 1_000;

const isFinal = ({ kind }: TrainingEvent): boolean => (finalStates as readonly string[]).includes(kind);

const format = ({ id, kind, data, createdAt }: TrainingEvent): string =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ ...data, at: createdAt.toISOString() })}\n\n`;

/** Without an id, so that it does not count as the last event of a client that resumes. */
const formatRemoved = (at: Date): string => `event: removed\ndata: ${JSON.stringify({ at: at.toISOString() })}\n\n`;

export interface Following {
  readonly trainings: Pick<Trainings, 'get' | 'events' | 'onEvents'>;
  readonly id: string;
  /** The last event that the follower knows; 0: none. */
  readonly after: number;
  /** Aborts when the follower has gone. */
  readonly signal: AbortSignal;
  /** The clock of the keep-alives; default: the machine's. */
  readonly pause?: Pause;
}

/**
 * Ends after the final event or when the signal aborts. Where events were removed for their age, `removed` comes first and then
 * what is left. Throws AppError `unknown_training`.
 */
export async function* trainingEvents({ trainings, id, after, signal, pause }: Following): AsyncGenerator<string> {
  const wakeup = new Wakeup(pause);
  const unlisten = await trainings.onEvents(id, () => wakeup.call());
  try {
    // Read before the events: of a training that had ended by then, all of them are there.
    let training = await trainings.get(id);
    if (training.detailsRemovedAt) yield formatRemoved(training.detailsRemovedAt);
    for (let last = after; ;) {
      const seen = wakeup.calls;
      const events = await trainings.events(id, last, pageSize);
      for (const event of events) yield format(event);
      if (events.some(isFinal)) return;
      last = events.at(-1)?.id ?? last;
      if (events.length === pageSize) continue;
      if (hasEnded(training)) return;
      if (await wakeup.wait(seen, keepAliveMs, signal)) continue;
      if (signal.aborted) return;
      yield ': still here\n\n';
      training = await trainings.get(id);
    }
  } finally {
    await unlisten();
  }
}
