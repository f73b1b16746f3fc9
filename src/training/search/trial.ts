// One trial: some hyper-parameters fitted with a share of their epochs, and measured. Runs inside the trainer worker.
// Imported for its side effect: see bestFit.ts.
import '@tensorflow/tfjs-layers';
import { fitTemperature } from '../evaluation/temperature.js';
import { accuracyOf, negativeLogLikelihood } from '../evaluation/scores.js';
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
  readonly loss: number;
  readonly accuracy: number;
}

/** A fit that diverges is a result too. */
export async function runTrial({ data, hyperparameters, share }: TrialTask): Promise<TrialFigures> {
  const epochs = Math.max(1, Math.round(hyperparameters.epochs * share));
  const sums = hyperparameters.l2.map(() => ({ loss: 0, accuracy: 0 }));
  try {
    for (const fold of data.folds) {
      const measured = await measureFold(data, fold, { ...hyperparameters, epochs });
      measured.forEach(({ loss, accuracy }, i) => {
        sums[i]!.loss += loss / data.folds.length;
        sums[i]!.accuracy += accuracy / data.folds.length;
      });
    }
  } catch (error) {
    if (error instanceof DivergedError) return { loss: null, accuracy: null, failure: error.message };
    throw error;
  }
  const best = sums.reduce((lowest, sum) => (sum.loss < lowest.loss ? sum : lowest));
  return { ...best, failure: null };
}

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
      loss: negativeLogLikelihood(logits, validation.labels, classes, temperature),
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
