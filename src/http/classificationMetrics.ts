// Metrics of what is classified: images by classifier and version, by the class that came out on top, by their own faults.
import { Counter, Histogram, type Registry } from 'prom-client';
import { precisionNames } from '../engines/engine.js';
import type { ModelOutcome } from '../serving/classify.js';
import { mostProbable } from '../serving/probabilities.js';
import type { StageTimes } from '../serving/stages.js';

/** Each retraining makes a version: of one classifier, only those seen first most recently keep their series. */
const versionsShown = 10;
/** Counts the classes that have no series of their own. */
const otherClasses = '(other)';

/** By the label that each has. */
const stages: Readonly<Record<string, (times: StageTimes) => number>> = {
  queue: ({ queueMs }) => queueMs,
  decode: ({ decodeMs }) => decodeMs,
  inference: ({ inferenceMs, headMs }) => inferenceMs - headMs,
  head: ({ headMs }) => headMs,
};

export class ClassificationMetrics {
  readonly #images: Counter<'model' | 'version' | 'precision'>;
  readonly #durations: Histogram<'model' | 'version' | 'precision'>;
  readonly #stages: Counter<'model' | 'version' | 'precision' | 'stage'>;
  readonly #predictions: Counter<'model' | 'label'>;
  readonly #faults: Counter<'model' | 'code'>;
  readonly #maxClasses: number;
  readonly #versions = new Map<string, Set<number>>();
  readonly #labels = new Map<string, Set<string>>();

  /** `maxClasses` of each classifier have a series of their own, those that come out on top first; the others share one. */
  constructor(registry: Registry, maxClasses: number) {
    this.#maxClasses = maxClasses;
    this.#images = new Counter({
      name: 'taxon_classified_images_total',
      help: `Images classified, by classifier, version (the ${versionsShown} latest of each) and the precision that it computes in.`,
      labelNames: ['model', 'version', 'precision'],
      registers: [registry],
    });
    this.#durations = new Histogram({
      name: 'taxon_classification_duration_seconds',
      help: 'One image, from its arrival to its probabilities, by classifier, version and precision.',
      labelNames: ['model', 'version', 'precision'],
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
    this.#stages = new Counter({
      name: 'taxon_classification_stage_seconds_total',
      help: 'What images spent in each stage; inference and head are those of their whole batch.',
      labelNames: ['model', 'version', 'precision', 'stage'],
      registers: [registry],
    });
    this.#predictions = new Counter({
      name: 'taxon_predictions_total',
      help: `Images by classifier and most probable class; classes past METRICS_CLASSES are counted together as ${otherClasses}.`,
      labelNames: ['model', 'label'],
      registers: [registry],
    });
    this.#faults = new Counter({
      name: 'taxon_image_errors_total',
      help: 'Images that could not be classified through a fault of their own, alone or within a batch, by classifier and error code.',
      labelNames: ['model', 'code'],
      registers: [registry],
    });
  }

  readonly observe = ({ manifest, precision, images }: ModelOutcome): void => {
    const { name: model, version, labels } = manifest;
    const series = { model, version, precision };
    this.#keepLatest(model, version);
    for (const image of images) {
      if (!image.ok) {
        this.#faults.inc({ model, code: image.error.code });
        continue;
      }
      this.#images.inc(series);
      this.#durations.observe(series, image.stages.totalMs / 1000);
      for (const [stage, msOf] of Object.entries(stages))
        this.#stages.inc({ ...series, stage }, msOf(image.stages) / 1000);
      this.#predictions.inc({ model, label: this.#seriesOf(model, mostProbable(image.probabilities, labels)) });
    }
  };

  #keepLatest(model: string, version: number): void {
    const versions = setOf(this.#versions, model).add(version);
    if (versions.size <= versionsShown) return;
    const [oldest] = versions;
    versions.delete(oldest!);
    for (const precision of precisionNames) {
      const series = { model, version: oldest!, precision };
      this.#images.remove(series);
      this.#durations.remove(series);
      for (const stage of Object.keys(stages)) this.#stages.remove({ ...series, stage });
    }
  }

  #seriesOf(model: string, label: string): string {
    const shown = setOf(this.#labels, model);
    if (shown.size < this.#maxClasses) shown.add(label);
    return shown.has(label) ? label : otherClasses;
  }
}

function setOf<T>(sets: Map<string, Set<T>>, key: string): Set<T> {
  const set = sets.get(key) ?? new Set<T>();
  sets.set(key, set);
  return set;
}
