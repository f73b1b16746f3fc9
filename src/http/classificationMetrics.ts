// Metrics of what is classified: images by classifier and version, by the class that came out on top, by their own faults.
import { Counter, type Registry } from 'prom-client';
import type { ModelOutcome } from '../serving/classify.js';
import { mostProbable } from '../serving/probabilities.js';

/** Each retraining makes a version: of one classifier, only those seen first most recently keep their series. */
const versionsShown = 10;
/** Counts the classes that have no series of their own. */
const otherClasses = '(other)';

export class ClassificationMetrics {
  readonly #images: Counter<'model' | 'version'>;
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
      help: `Images classified, by classifier and version (the ${versionsShown} latest of each).`,
      labelNames: ['model', 'version'],
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

  readonly observe = ({ manifest, images }: ModelOutcome): void => {
    const { name: model, version, labels } = manifest;
    this.#keepLatest(model, version);
    for (const image of images) {
      if (!image.ok) {
        this.#faults.inc({ model, code: image.error.code });
        continue;
      }
      this.#images.inc({ model, version });
      this.#predictions.inc({ model, label: this.#seriesOf(model, mostProbable(image.probabilities, labels)) });
    }
  };

  #keepLatest(model: string, version: number): void {
    const versions = setOf(this.#versions, model).add(version);
    if (versions.size <= versionsShown) return;
    const [oldest] = versions;
    versions.delete(oldest!);
    this.#images.remove({ model, version: oldest! });
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
