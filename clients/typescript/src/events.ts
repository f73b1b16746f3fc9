// A training's events as an async iterator, which outlives the connection that brings them.
import { EventSourceParserStream } from 'eventsource-parser/stream';
import type { Client } from 'openapi-fetch';
import { dataOf } from './errors.js';
import { backOff, pause } from './retries.js';
import type { paths } from './schema.js';

/**
 * `removed` comes first when the server has dropped old events; the last is one of succeeded, failed and cancelled.
 * Of all but `removed`, `id` is what to resume after.
 */
export interface TrainingEvent {
  readonly id?: number;
  readonly kind: 'queued' | 'stage' | 'progress' | 'epoch' | 'trial' | 'succeeded' | 'failed' | 'cancelled' | 'removed';
  /** `at`: when it happened; the rest by kind, such as stage, done and total, epoch and epochs, etaSeconds; of a trial what `trials` of the training has. */
  readonly data: { readonly at: string } & Readonly<Record<string, unknown>>;
}

export interface FollowOptions {
  /** The last event that is known already; default 0: none. */
  readonly lastEventId?: number;
  readonly signal?: AbortSignal | undefined;
}

const finalKinds: ReadonlySet<string> = new Set(['succeeded', 'failed', 'cancelled']);

/** Before a stream that broke off is taken up again; a random part comes on top. */
const leastPauseMs = 500;

/** Ends after the final event. A stream that breaks off is taken up after the last event that came. Throws TaxonError. */
export async function* followTraining(
  api: Client<paths>,
  id: string,
  { lastEventId = 0, signal }: FollowOptions = {},
): AsyncGenerator<TrainingEvent, void, undefined> {
  for (let last = lastEventId; ;) {
    const answer = await api.GET('/v1/admin/trainings/{id}/events', {
      params: { path: { id } },
      headers: { 'last-event-id': String(last) },
      parseAs: 'stream',
      ...(signal && { signal }),
    });
    if (answer.response.status === 204) return;
    for await (const event of readEvents(dataOf(answer), signal)) {
      last = event.id ?? last;
      yield event;
      if (finalKinds.has(event.kind)) return;
    }
    await pause(leastPauseMs + backOff(1, Math.random), signal);
  }
}

/** Ends when the stream ends or breaks. */
async function* readEvents(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<TrainingEvent> {
  const messages = body
    .pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>)
    .pipeThrough(new EventSourceParserStream());
  const reader = messages.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        signal?.throwIfAborted();
        return { done: true as const, value: undefined };
      });
      if (done) return;
      const { id, event, data } = value;
      yield {
        ...(id !== undefined && { id: Number(id) }),
        kind: event as TrainingEvent['kind'],
        data: JSON.parse(data) as TrainingEvent['data'],
      };
    }
  } finally {
    // Whoever stops reading closes the connection.
    await reader.cancel().catch(() => undefined);
  }
}
