// Trainings as spans, under the request that asked for them: each run in a process, from the wait in the queue on, and its stages.
import type { Training } from '../data/trainings/schemas.js';
import type { TrainingObserver } from '../data/trainings/trainingObserver.js';
import type { Span, SpanEnd, TraceIds, Tracer } from '../tracing/tracer.js';

interface Run {
  readonly span: Span;
  /** Of the stage that runs. */
  stage?: Span | undefined;
}

export class TrainingTraces {
  /** By the record that a run was begun with, which goes with it to its end. */
  readonly #runs = new WeakMap<Training, Run>();

  constructor(private readonly tracer: Tracer) {}

  /** Of a run in this process, while it lasts and after; undefined for others. */
  idsOf(training: Training): TraceIds | undefined {
    return this.#runs.get(training)?.span.ids;
  }

  readonly observer: TrainingObserver = {
    onStart: (training) => this.#start(training),
    onStageStart: (training, stage) => {
      const run = this.#runs.get(training);
      // A stage that gave up and was gone on without.
      run?.stage?.end();
      if (run) run.stage = run.span.start(stage);
    },
    onStage: (training) => this.#runs.get(training)?.stage?.end(),
    onInterruption: (training) => this.#end(training, { error: 'interrupted' }),
    onEnd: (training, outcome) => {
      if (outcome.state === 'succeeded') {
        this.#runs.get(training)?.span.set({ 'taxon.version': outcome.version });
        this.#end(training);
      } else this.#end(training, { error: outcome.state === 'failed' ? outcome.code : 'cancelled' });
    },
  };

  #start(training: Training): void {
    const { id, classifier, dataset, createdAt, traceparent, stage } = training;
    const isFirst = stage === null;
    const now = performance.now();
    const startedAt = isFirst ? now - Math.max(0, Date.now() - createdAt.getTime()) : now;
    const span = this.tracer.start('training', {
      kind: 'consumer',
      parent: traceparent === null ? undefined : { traceparent },
      startedAt,
      attributes: {
        'taxon.training.id': id,
        'taxon.model': classifier,
        'taxon.dataset': dataset,
        'taxon.training.again': !isFirst,
      },
    });
    if (isFirst) span.start('queue', { startedAt }).end({ at: now });
    this.#runs.set(training, { span });
  }

  #end(training: Training, outcome: SpanEnd = {}): void {
    const run = this.#runs.get(training);
    run?.stage?.end(outcome);
    run?.span.end(outcome);
  }
}
