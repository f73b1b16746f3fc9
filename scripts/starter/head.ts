// A linear head on embeddings, fitted by the server's own trainer with its default preset.
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { fitTemperature } from '../../src/training/evaluation/temperature.js';
import type { DenseLayer } from '../../src/training/fit/headFit.js';
import { l2Candidates, resolveHyperparameters } from '../../src/training/fit/hyperparameters.js';
import type { Rows } from '../../src/training/fit/rows.js';
import { accuracyOf } from '../../src/training/evaluation/scores.js';
import { runTrainer } from '../../test/support/runTrainer.js';

/** Labelled embeddings of `size` values each, of `classes` classes. */
export interface LabelledSet extends Rows {
  readonly size: number;
  readonly classes: number;
}

export interface FittedProbe {
  readonly layer: DenseLayer;
  /** The penalty with the lowest validation loss. */
  readonly l2: number;
}

/** Fits on `train`; `validation` chooses the penalty and when to stop. */
export async function fitProbe(train: LabelledSet, validation: Rows, l2?: number): Promise<FittedProbe> {
  const chosen = resolveHyperparameters('default', l2 === undefined ? {} : { l2: [l2] });
  const { size, classes } = train;
  const data = { train: share(train), validation: share(validation), size, classes };
  const parts = {
    train: new Uint8Array(train.labels.length).fill(alwaysTaught),
    unaltered: new Uint8Array(train.labels.length).fill(1),
    validation: new Uint8Array(validation.labels.length).fill(alwaysTaught),
  };
  const { head, options } = await runTrainer({ kind: 'fit', data, candidates: l2Candidates(chosen), parts });
  return { layer: head.layers[0]!, l2: options.l2 };
}

/** Shared with the trainer's thread instead of copied. */
function share({ features, labels }: Rows): Rows {
  const shared = new Float32Array(new SharedArrayBuffer(features.byteLength));
  shared.set(features);
  return { features: shared, labels };
}

/** [rows, units] in row-major order. */
export function linearLogits(features: Float32Array, { kernel, bias, units }: DenseLayer): Float32Array {
  const size = kernel.length / units;
  const rows = features.length / size;
  const logits = new Float32Array(rows * units);
  for (let row = 0; row < rows; row++) {
    const sums = Float64Array.from(bias);
    for (let i = 0; i < size; i++) {
      const value = features[row * size + i]!;
      if (value === 0) continue;
      for (let unit = 0; unit < units; unit++) sums[unit]! += value * kernel[i * units + unit]!;
    }
    logits.set(sums, row * units);
  }
  return logits;
}

/** Share of the rows whose most probable class is theirs, 0..1. */
export const probeAccuracy = ({ features, labels, classes }: LabelledSet, layer: DenseLayer): number =>
  accuracyOf(linearLogits(features, layer), labels, classes);

export interface StarterHead extends FittedProbe {
  readonly temperature: number;
  readonly validationAccuracy: number;
}

/** The head to ship: penalty and temperature from a fit on train alone, the layer from one on train and validation together. */
export async function fitStarterHead(train: LabelledSet, validation: LabelledSet): Promise<StarterHead> {
  const first = await fitProbe(train, validation);
  const both = joinSets(train, validation);
  const { layer } = await fitProbe(both, both, first.l2);
  return {
    layer,
    l2: first.l2,
    temperature: fitTemperature({
      logits: linearLogits(validation.features, first.layer),
      truth: validation.labels,
      classes: train.classes,
    }),
    validationAccuracy: probeAccuracy(validation, first.layer),
  };
}

export function joinSets(a: LabelledSet, b: LabelledSet): LabelledSet {
  const features = new Float32Array(a.features.length + b.features.length);
  features.set(a.features);
  features.set(b.features, a.features.length);
  return { ...a, features, labels: Uint32Array.from([...a.labels, ...b.labels]) };
}
