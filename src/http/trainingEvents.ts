// A training's events as text/event-stream: those of the past first, then each as it comes, until the training is over.
import { once } from 'node:events';
import type { TrainingEvent } from '../data/trainings/schemas.js';
import type { Trainings } from '../data/trainings/trainings.js';

/** A comment this often keeps proxies from closing a quiet stream, and finds events whose notice was lost. */
const keepAliveMs = 10_000;

const finalKinds: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

const format = ({ id, kind, data, createdAt }: TrainingEvent): string =>
  `id: ${id}\nevent: ${kind}\ndata: ${JSON.stringify({ ...data, at: createdAt.toISOString() })}\n\n`;

/** Ends after the final event or when `signal` aborts. */
export async function* trainingEvents(
  trainings: Trainings,
  id: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const bell = new Signal();
  const unlisten = await trainings.onEvents(id, () => bell.ring());
  try {
    for (let last = after; !signal.aborted;) {
      bell.quieten();
      const events = await trainings.events(id, last);
      for (const event of events) yield format(event);
      if (events.some(({ kind }) => finalKinds.has(kind))) return;
      last = events.at(-1)?.id ?? last;
      if (!(await bell.heard(signal))) yield ': still here\n\n';
    }
  } finally {
    await unlisten();
  }
}

/** Remembers that it was rung until it is quietened. */
class Signal {
  readonly #target = new EventTarget();
  #rung = false;

  ring(): void {
    this.#rung = true;
    this.#target.dispatchEvent(new Event('ring'));
  }

  quieten(): void {
    this.#rung = false;
  }

  /** False when nothing was heard for a while. */
  async heard(signal: AbortSignal): Promise<boolean> {
    if (this.#rung) return true;
    const patience = AbortSignal.any([signal, AbortSignal.timeout(keepAliveMs)]);
    return once(this.#target, 'ring', { signal: patience }).then(
      () => true,
      () => false,
    );
  }
}
