// Linear multi-label heads: a logistic regression for each class, all with the penalty that cross-validation chooses, by L-BFGS. Runs
// inside the trainer worker.
import { binaryCrossEntropy, sigmoid } from '../../sigmoid.js';
import type { DenseLayer, EpochReport } from '../fit/headFit.js';
import type { FitOptions } from '../fit/hyperparameters.js';
import { sharedVariance } from '../fit/linearSolve.js';
import {
  bestOf,
  foldOfValidation,
  foldsOfFit,
  teach,
  tryPenalties,
  type Fold,
  type Tried,
} from '../fit/penaltyChoice.js';
import { SoftmaxRegression, type RowErrors } from '../fit/softmaxRegression.js';
import {
  foldStandardisation,
  measureStandardisation,
  standardiseRows,
  type Standardisation,
} from '../fit/standardisation.js';
import type { CalibrationParts, CandidateSummary, FitProgress, HeadCalibration } from '../worker/trainerTask.js';
import { countExact } from './labelSetScores.js';
import { fitScalings, type Scaling, type UnseenSets } from './plattScaling.js';
import { chooseThresholds } from './thresholds.js';

/** Embedded images: `features` is [count, size], `truth` [count, classes], 1 where an image has the label. */
export interface SetRows {
  readonly features: Float32Array;
  readonly truth: Uint8Array;
}

export interface SetFitTask {
  readonly kind: 'fitSets';
  readonly train: SetRows;
  readonly validation: SetRows;
  readonly parts: CalibrationParts;
  readonly size: number;
  readonly classes: number;
  /** They differ in their penalty alone. */
  readonly candidates: readonly FitOptions[];
  /** As in FitInput. */
  readonly learnsFromValidation: boolean;
}

/** A head whose logits are calibrated, and what was found out on the way. */
export interface SetFitResult {
  readonly layer: DenseLayer;
  readonly options: FitOptions;
  readonly candidates: readonly CandidateSummary[];
  /** By class, for calibrated probabilities. */
  readonly thresholds: readonly number[];
  /** The temperature is 1: what calibrates is in the layer. */
  readonly calibration: HeadCalibration;
  readonly epochsRun: number;
  /** Binary cross-entropy, summed over the classes. */
  readonly validationLoss: number;
  /** Share of images of which all labels are right at a threshold of 0.5. */
  readonly validationAccuracy: number;
}

interface Problem {
  readonly task: SetFitTask;
  /** Of the training rows and then those of validation. */
  readonly truth: Uint8Array;
  readonly parts: Uint8Array;
  readonly regression: SoftmaxRegression;
  readonly input: Standardisation | undefined;
}

/** How much an image counts that has a class, and one that does not: the same, or such that both sides weigh alike. */
function weightsOfSides(truth: Uint8Array, classes: number, mode: FitOptions['classWeights']) {
  const count = truth.length / classes;
  const positives = new Uint32Array(classes);
  truth.forEach((value, i) => (positives[i % classes]! += value));
  const weigh = (of: number): number => (mode === 'none' || of === 0 || of === count ? 1 : count / (2 * of));
  return { with: Array.from(positives, weigh), without: Array.from(positives, (of) => weigh(count - of)) };
}

function prepare(task: SetFitTask): Problem {
  const { train, validation, size, classes, parts, candidates, learnsFromValidation } = task;
  const [options] = candidates as [FitOptions];
  const truth = Uint8Array.from([...train.truth, ...validation.truth]);
  const weights = weightsOfSides(learnsFromValidation ? truth : train.truth, classes, options.classWeights);
  const toErrors: RowErrors = (logits, targets) => {
    let loss = 0;
    for (let i = 0; i < logits.length; i++) {
      const weight = (targets[i] === 1 ? weights.with : weights.without)[i]!;
      loss += weight * binaryCrossEntropy(logits[i]!, targets[i]!);
      logits[i] = weight * (sigmoid(logits[i]!) - targets[i]!);
    }
    return loss;
  };
  const input = options.standardise ? measureStandardisation(train.features, size, sharedVariance) : undefined;
  const regression = new SoftmaxRegression({
    features: [train.features, validation.features],
    targets: Float32Array.from(truth),
    size,
    classes,
    transform: (features) => (input ? standardiseRows(features, input) : features),
    toErrors,
  });
  return { task, truth, parts: Uint8Array.from([...parts.train, ...parts.validation]), regression, input };
}

interface Judged {
  readonly unseen: UnseenSets;
  readonly loss: number;
}

/** What heads of each penalty say of the rows held out. */
function choosePenalty({ regression, truth, parts, task }: Problem, folds: readonly Fold[]): Tried<Judged>[] {
  const { classes, candidates } = task;
  const rows = folds.flatMap(({ heldOut }) => heldOut);
  const truths = Uint8Array.from(rows.flatMap((row) => [...truth.subarray(row * classes, (row + 1) * classes)]));
  const partsOfRows = Uint8Array.from(rows, (row) => parts[row]!);
  return tryPenalties(regression, classes, folds, candidates, (logits) => ({
    unseen: { logits, truth: truths, classes, parts: partsOfRows },
    loss: meanLoss(logits, truths, classes),
  }));
}

const meanLoss = (logits: Float32Array, truth: Uint8Array, classes: number): number =>
  logits.reduce((sum, logit, i) => sum + binaryCrossEntropy(logit, truth[i]!), 0) / (truth.length / classes);

const exactShare = (logits: Float32Array, truth: Uint8Array, classes: number): number =>
  countExact(
    truth,
    Uint8Array.from(logits, (logit) => Number(logit >= 0)),
    classes,
  ) /
  (truth.length / classes);

function summarise({ options, judged: { unseen, loss }, epochs }: Tried<Judged>): CandidateSummary {
  const { logits, truth, classes } = unseen;
  return { options, validationLoss: loss, validationAccuracy: exactShare(logits, truth, classes), epochsRun: epochs };
}

/** The layer that gives calibrated logits of raw embeddings. */
function toLayer(
  { task: { size, classes }, input }: Problem,
  point: Float64Array,
  scalings: readonly Scaling[],
): DenseLayer {
  const scaled = point.map((value, i) => value * scalings[i % classes]!.slope);
  const kernel = Float32Array.from(scaled.subarray(0, size * classes));
  const bias = Float32Array.from(scaled.subarray(size * classes), (value, i) => value + scalings[i]!.shift);
  return {
    units: classes,
    activation: 'linear',
    ...(input ? foldStandardisation({ kernel, bias }, input) : { kernel, bias }),
  };
}

/**
 * A multi-label head from embeddings to calibrated logits, with the thresholds of its classes. The penalty, the calibration and the
 * thresholds come from what such heads say of images that they had not learnt from. Throws DivergedError.
 */
export function fitSets(task: SetFitTask, onProgress: (progress: FitProgress) => void): SetFitResult {
  const problem = prepare(task);
  try {
    const { folds, method } = foldsOfFit(task.parts);
    const tried = choosePenalty(problem, folds);
    const {
      options,
      judged: { unseen },
    } = bestOf(tried);
    const { scalings, logLoss } = fitScalings(unseen);
    const calibrated = unseen.logits.map(
      (logit, i) => logit * scalings[i % task.classes]!.slope + scalings[i % task.classes]!.shift,
    );
    const { point, ...figures } = fitChosen(problem, options, (report) =>
      onProgress({ ...report, candidate: 1, candidates: 1 }),
    );
    return {
      layer: toLayer(problem, point, scalings),
      options,
      candidates: tried.map(summarise),
      thresholds: chooseThresholds(Float64Array.from(calibrated, sigmoid), unseen.truth, task.classes),
      calibration: { method, temperature: 1, images: unseen.parts.length, logLoss },
      ...figures,
    };
  } finally {
    problem.regression.dispose();
  }
}

/** Reports the loss on validation, too. */
function fitChosen({ regression, task }: Problem, options: FitOptions, onEpoch: (report: EpochReport) => void) {
  const { classes, train, validation, learnsFromValidation } = task;
  const trained = train.truth.length;
  const figures = { validationLoss: Infinity, validationAccuracy: 0 };
  const fold = foldOfValidation(task.parts);
  const { point, epochs } = teach(regression, fold, options, learnsFromValidation, (epoch, loss, reached) => {
    const all = regression.logits(reached);
    const heldOut = all.subarray(trained);
    figures.validationLoss = meanLoss(heldOut, validation.truth, classes);
    figures.validationAccuracy = exactShare(heldOut, validation.truth, classes);
    const trainingAccuracy = exactShare(all.subarray(0, trained), train.truth, classes);
    onEpoch({ epoch, epochs: options.epochs, loss, trainingAccuracy, ...figures });
  });
  return { point, epochsRun: epochs, ...figures };
}
