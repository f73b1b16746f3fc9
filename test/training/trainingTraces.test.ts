// Which spans a training's events become, on a tracer that keeps what it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trainingSchema, type Training } from '../../src/data/trainings/schemas.js';
import type { Span, SpanEnd, SpanOptions, TraceOptions, Tracer } from '../../src/tracing/tracer.js';
import { TrainingTraces } from '../../src/training/trainingTraces.js';

interface Kept {
  readonly name: string;
  readonly options: Partial<TraceOptions>;
  readonly ends: SpanEnd[];
}

function keepingTracer(): { readonly tracer: Tracer; readonly kept: Kept[] } {
  const kept: Kept[] = [];
  const start = (name: string, options: SpanOptions = {}): Span => {
    const ends: SpanEnd[] = [];
    kept.push({ name, options, ends });
    const ids = { trace_id: 't', span_id: name };
    return { ids, traceparent: name, start, set: () => undefined, end: (outcome = {}) => void ends.push(outcome) };
  };
  return { tracer: { start, close: async () => undefined }, kept };
}

const training = (fields: Partial<Training> = {}): Training =>
  trainingSchema.parse({
    id: crypto.randomUUID(),
    classifier: 'c',
    dataset: 'd',
    request: {},
    seed: 1,
    state: 'running',
    stage: null,
    progress: 0,
    metrics: null,
    version: null,
    leftOut: { count: 0, images: [] },
    error: null,
    createdAt: new Date(Date.now() - 60_000),
    startedBy: 'request',
    startedAt: null,
    finishedAt: null,
    detailsRemovedAt: null,
    traceparent: 'the request',
    ...fields,
  });

const outcomes = (kept: readonly Kept[]): unknown[] => kept.map(({ name, ends }) => [name, ends[0]?.error ?? 'well']);

test('a training that fails has the error, and so has the stage that it failed in; one that was gone on without has none', () => {
  const { tracer, kept } = keepingTracer();
  const { observer } = new TrainingTraces(tracer);
  const own = training();
  observer.onStart?.(own);
  for (const stage of ['ranges', 'embeddings']) observer.onStageStart?.(own, stage);
  observer.onEnd?.(own, { state: 'failed', code: 'training_failed', detail: 'it broke' });
  assert.deepEqual(outcomes(kept), [
    ['training', 'training_failed'],
    ['queue', 'well'],
    ['ranges', 'well'],
    ['embeddings', 'training_failed'],
  ]);
});

test('its wait in the queue is part of it, and it is under the request that asked for it', () => {
  const { tracer, kept } = keepingTracer();
  new TrainingTraces(tracer).observer.onStart?.(training());
  const [run, queue] = kept;
  assert.deepEqual(run!.options.parent, { traceparent: 'the request' });
  const waited = queue!.ends[0]!.at! - queue!.options.startedAt!;
  assert.ok(Math.abs(waited - 60_000) < 1_000, String(waited));
  assert.equal(run!.options.startedAt, queue!.options.startedAt);
});

test('one that was interrupted and is run again is another span under the same request, which waited in no queue', () => {
  const { tracer, kept } = keepingTracer();
  const traces = new TrainingTraces(tracer);
  const first = training();
  traces.observer.onStart?.(first);
  traces.observer.onInterruption?.(first);
  const again = training({ stage: 'fit' });
  assert.equal(traces.idsOf(again), undefined);
  traces.observer.onStart?.(again);
  traces.observer.onEnd?.(again, { state: 'succeeded', version: 2, metrics: {} });
  assert.deepEqual(outcomes(kept), [
    ['training', 'interrupted'],
    ['queue', 'well'],
    ['training', 'well'],
  ]);
  assert.equal(kept[2]!.options.attributes!['taxon.training.again'], true);
  assert.deepEqual(kept[2]!.options.parent, { traceparent: 'the request' });
  assert.deepEqual(traces.idsOf(again), { trace_id: 't', span_id: 'training' });
});

test('one that nothing was traced for when it was asked for begins a trace, and a cancelled one that never ran is none', () => {
  const { tracer, kept } = keepingTracer();
  const { observer } = new TrainingTraces(tracer);
  observer.onEnd?.(training(), { state: 'cancelled' });
  assert.equal(kept.length, 0);
  observer.onStart?.(training({ traceparent: null }));
  assert.equal(kept[0]!.options.parent, undefined);
});
