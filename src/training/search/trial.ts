// One trial: some hyper-parameters fitted with a share of their epochs, and measured. Runs inside the trainer worker.
// Imported for its side effect: see bestFit.ts.
import '@tensorflow/tfjs-layers';
import { fitTemperature } from '../evaluation/temperature.js';
import { accuracyOf, negativeLogLikelihoods } from '../evaluation/scores.js';
import { DivergedError, fitHead, type FitData } from '../fit/headFit.js';
import { headToLayersModel } from '../fit/headModel.js';
import { l2Candidates, type Hyperparameters } from '../fit/hyperparameters.js';
import { fitLinearHead, isLinear } from '../fit/linearFit.js';
import { takeRows, type Rows } from '../fit/rows.js';
import { measureStandardisation, standardiseRows } from '../fit/standardisation.js';
import { alwaysTaught } from '../calibrationParts.js';
import { runHead } from '../worker/runHead.js';
import type { FitInput } from '../worker/trainerTask.js';

/** What every trial of a search learns from. */
export interface SearchData {
  /** All rows: of each training image itself and its augmented views, then of each validation image. */
  readonly rows: Rows;
  /** The view of each row; 0: the image itself. */
  readonly views: Uint8Array;
  /** Row numbers. Augmented views are in no `validation`. */
  readonly folds: ReadonlyArray<{ readonly train: Uint32Array; readonly validation: Uint32Array }>;
  /** Values of one embedding. */
  readonly size: number;
  readonly classes: number;
}

export interface TrialTask {
  readonly kind: 'trial';
  readonly data: SearchData;
  readonly hyperparameters: Hyperparameters;
  /** Share of its epochs. */
  readonly share: number;
}

/** The same, for what it says of each image: see heldOutLosses. */
export interface HeldOutTask {
  readonly kind: 'heldOutLosses';
  readonly data: SearchData;
  readonly hyperparameters: Hyperparameters;
}

/** Means over the folds. Several L2 values are one trial: the best of them counts, as in a training. */
export type TrialFigures =
  | {
      /** -log p(label) of the validation images at the temperature that suits them. */
      readonly loss: number;
      readonly accuracy: number;
      readonly failure: null;
    }
  | { readonly loss: null; readonly accuracy: null; readonly failure: string };

interface Measured {
  /** -log p(label) of each row that the fold holds out. */
  readonly losses: Float64Array;
  readonly accuracy: number;
}

/** A fit that diverges is a result too. */
export async function runTrial({ data, hyperparameters, share }: TrialTask): Promise<TrialFigures> {
  const epochs = Math.max(1, Math.round(hyperparameters.epochs * share));
  try {
    const folds = bestPenalty(await measureFolds(data, { ...hyperparameters, epochs }));
    const accuracy = mean(folds.map((measured) => measured.accuracy));
    return { loss: meanLoss(folds), accuracy, failure: null };
  } catch (error) {
    if (error instanceof DivergedError) return { loss: null, accuracy: null, failure: error.message };
    throw error;
  }
}

/**
 * Of each row -log p(label) by heads that had not learnt from it: a mean where several folds hold it out, NaN where none does. Of several
 * L2 values the best counts. undefined: a fit diverged.
 */
export async function heldOutLosses({ data, hyperparameters }: HeldOutTask): Promise<Float64Array | undefined> {
  try {
    const measured = bestPenalty(await measureFolds(data, hyperparameters));
    const sums = new Float64Array(data.rows.labels.length);
    const times = new Uint32Array(data.rows.labels.length);
    data.folds.forEach(({ validation }, fold) =>
      validation.forEach((row, i) => {
        sums[row]! += measured[fold]!.losses[i]!;
        times[row]!++;
      }),
    );
    return sums.map((sum, row) => sum / times[row]!);
  } catch (error) {
    if (error instanceof DivergedError) return undefined;
    throw error;
  }
}

/** By L2 value, then by fold. */
async function measureFolds(data: SearchData, hyperparameters: Hyperparameters): Promise<Measured[][]> {
  const measured = hyperparameters.l2.map((): Measured[] => []);
  for (const fold of data.folds)
    (await measureFold(data, fold, hyperparameters)).forEach((one, i) => measured[i]!.push(one));
  return measured;
}

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value / values.length, 0);

/** Each fold counts the same. */
const meanLoss = (folds: readonly Measured[]): number => mean(folds.map(({ losses }) => mean(losses)));

const bestPenalty = (measured: readonly Measured[][]): Measured[] =>
  measured.reduce((best, folds) => (meanLoss(folds) < meanLoss(best) ? folds : best));

/** One result for each L2 value. */
async function measureFold(
  { rows, views, size, classes }: SearchData,
  fold: SearchData['folds'][number],
  hyperparameters: Hyperparameters,
): Promise<Measured[]> {
  const taught = fold.train.filter((row) => views[row]! <= hyperparameters.views);
  const train = takeRows(rows, size, taught);
  const validation = takeRows(rows, size, fold.validation);
  const { data, input } = prepare({ train, validation, size, classes }, hyperparameters.standardise);
  const measured: Measured[] = [];
  for (const options of l2Candidates(hyperparameters)) {
    const { layers } = isLinear(options)
      ? fitLinearHead(onTrainingAlone({ train, validation, size, classes }), [options], () => undefined).head
      : fitHead(data, input, options);
    const logits = await runHead(headToLayersModel(layers, size), validation.features, validation.labels.length);
    const temperature = fitTemperature({ logits, truth: validation.labels, classes });
    measured.push({
      losses: negativeLogLikelihoods(logits, validation.labels, classes, temperature),
      accuracy: accuracyOf(logits, validation.labels, classes),
    });
  }
  return measured;
}

/** A linear head of one penalty has nothing to choose by cross-validation. */
const onTrainingAlone = (data: FitData): FitInput => ({
  data,
  parts: {
    train: new Uint8Array(data.train.labels.length).fill(alwaysTaught),
    unaltered: new Uint8Array(data.train.labels.length).fill(1),
    validation: new Uint8Array(data.validation.labels.length).fill(alwaysTaught),
  },
});

function prepare(data: FitData, standardise: boolean) {
  if (!standardise) return { data, input: undefined };
  const input = measureStandardisation(data.train.features, data.size);
  const scale = (rows: Rows): Rows => ({ ...rows, features: standardiseRows(rows.features, input) });
  return { data: { ...data, train: scale(data.train), validation: scale(data.validation) }, input };
}
