// What one image goes through on its way to its probabilities: for how long, and as spans of a trace.
import type { Attributes, Span } from '../tracing/tracer.js';
import type { BatchResult } from './batcher.js';
import type { ServedVersion } from './loadedVersions.js';

/** When it was in which stage, in milliseconds of `performance.now()`. An equal image that came before may have begun it. */
export interface StagesOfImage {
  readonly decodedAt: number;
  readonly decodeMs: number;
  readonly result: Pick<BatchResult, 'startedAt' | 'queueMs' | 'inferenceMs' | 'headMs' | 'batchSize'>;
}

/** In milliseconds. `queueMs`: all that it waited, for a decoder and for the engine; `headMs` is part of `inferenceMs`. */
export interface StageTimes {
  readonly decodeMs: number;
  readonly queueMs: number;
  readonly inferenceMs: number;
  readonly headMs: number;
  /** From its arrival to its result. */
  readonly totalMs: number;
}

export function stageTimes(arrivedAt: number, now: number, { decodeMs, result }: StagesOfImage): StageTimes {
  const { inferenceMs, headMs } = result;
  const totalMs = now - arrivedAt;
  return { decodeMs, queueMs: Math.max(0, totalMs - decodeMs - inferenceMs), inferenceMs, headMs, totalMs };
}

/** Of an image whose result was known. */
export const timesOfKnown = (arrivedAt: number, now: number): StageTimes => ({
  decodeMs: 0,
  queueMs: 0,
  inferenceMs: 0,
  headMs: 0,
  totalMs: now - arrivedAt,
});

/** `group`: the versions that share its decode and its forward pass. */
export const startImage = (parent: Span, index: number, group: readonly ServedVersion[]): Span =>
  parent.start('image', {
    attributes: {
      'taxon.image.index': index,
      'taxon.models': group.map(({ manifest: { name, version } }) => `${name}/${version}`),
      'taxon.precision': group[0]!.choice.precision,
    },
  });

/**
 * Each stage as a part of `span`, which began at `arrivedAt`. What an equal image had begun before is cut off there, and called shared.
 */
export function recordStages(span: Span, arrivedAt: number, { decodedAt, decodeMs, result }: StagesOfImage): void {
  const { startedAt, queueMs, inferenceMs, headMs, batchSize } = result;
  const decodeStartedAt = decodedAt - decodeMs;
  const endedAt = startedAt + inferenceMs;
  const record = (name: string, from: number, to: number, attributes: Attributes = {}): void => {
    const since = Math.max(from, arrivedAt);
    span.start(name, { startedAt: since, attributes }).end({ at: Math.max(to, since) });
  };
  if (decodeStartedAt < arrivedAt) span.set({ 'taxon.image.shared': true });
  record('queue', arrivedAt, decodeStartedAt, { 'taxon.queue': 'decoder' });
  record('decode', decodeStartedAt, decodedAt);
  record('queue', startedAt - queueMs, startedAt, { 'taxon.queue': 'engine' });
  record('inference', startedAt, endedAt - headMs, { 'taxon.batch.size': batchSize });
  record('head', endedAt - headMs, endedAt);
}
