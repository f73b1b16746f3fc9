// Linear heads by L-BFGS, their penalty chosen by cross-validation. Runs inside the trainer worker.
import { accuracyOf, negativeLogLikelihood } from '../evaluation/scores.js';
import { fitTemperature, type MeasuredLogits } from '../evaluation/temperature.js';
import type { CandidateSummary, FitInput, Selection } from '../worker/trainerTask.js';
import type { DenseLayer, EpochReport, FittedHead } from './headFit.js';
import { isLinearFit, type FitOptions } from './hyperparameters.js';
import { sharedVariance } from './linearSolve.js';
import {
  bestOf,
  foldOfValidation,
  foldsOfFit,
  foldsOfParts,
  teach,
  tryPenalties,
  type Fold,
  type Tried,
} from './penaltyChoice.js';
import { pickRows } from './pool.js';
import { takeTargets, weightsOfClasses } from './rows.js';
import { SoftmaxRegression } from './softmaxRegression.js';
import {
  foldStandardisation,
  measureStandardisation,
  standardiseRows,
  type Standardisation,
} from './standardisation.js';

/** Whether the head is one that `fitLinearHead` can fit: the loss has one minimum. */
export const isLinear: (options: FitOptions) => boolean = isLinearFit;

interface Problem {
  /** Of the training rows and then those of validation. */
  readonly labels: Uint32Array;
  readonly regression: SoftmaxRegression;
  readonly task: FitInput;
  readonly input: Standardisation | undefined;
}

function prepare(task: FitInput, options: FitOptions): Problem {
  const { train, validation, size, classes } = task.data;
  const labels = Uint32Array.from([...train.labels, ...validation.labels]);
  const learnt = task.learnsFromValidation ? labels : train.labels;
  const weights = weightsOfClasses(learnt, classes, options.classWeights);
  const targets = takeTargets(labels, Uint32Array.from(labels.keys()), weights, options.labelSmoothing);
  const input = options.standardise ? measureStandardisation(train.features, size, sharedVariance) : undefined;
  const transform = input ? (features: Float32Array) => standardiseRows(features, input) : identity;
  const features = [train.features, validation.features];
  const regression = new SoftmaxRegression({ features, targets, size, classes, transform });
  return { labels, regression, task, input };
}

const identity = (features: Float32Array): Float32Array => features;

interface Judged {
  readonly unseen: MeasuredLogits;
  /** That `unseen` is of, by their numbers. */
  readonly rows: readonly number[];
  /** Of the held-out rows, at the temperature that suits them best: a penalty also scales the logits, which the temperature undoes. */
  readonly loss: number;
}

/** What heads of each penalty say of the rows held out. */
function choosePenalty(problem: Problem, folds: readonly Fold[], candidates: readonly FitOptions[]) {
  const { regression, labels, task } = problem;
  const { classes } = task.data;
  const parts = Uint8Array.from([...task.parts.train, ...task.parts.validation]);
  const rows = folds.flatMap(({ heldOut }) => heldOut);
  const truth = Uint32Array.from(rows, (row) => labels[row]!);
  const partsOfRows = Uint8Array.from(rows, (row) => parts[row]!);
  return tryPenalties(regression, classes, folds, candidates, (logits): Judged => {
    const unseen = { logits, truth, classes, parts: partsOfRows };
    return { unseen, rows, loss: negativeLogLikelihood(logits, truth, classes, fitTemperature(unseen)) };
  });
}

function summarise({ options, judged, epochs }: Tried<Judged>): CandidateSummary {
  const { logits, truth, classes } = judged.unseen;
  return {
    options,
    validationLoss: negativeLogLikelihood(logits, truth, classes),
    validationAccuracy: accuracyOf(logits, truth, classes),
    epochsRun: epochs,
  };
}

function toLayer({ task: { data }, input }: Problem, point: Float64Array): DenseLayer {
  const values = Float32Array.from(point);
  const [kernel, bias] = [values.slice(0, data.size * data.classes), values.slice(data.size * data.classes)];
  const folded = input ? foldStandardisation({ kernel, bias }, input) : { kernel, bias };
  return { units: data.classes, activation: 'linear', ...folded };
}

/** Reports the loss on validation, too. */
function fitChosen(problem: Problem, options: FitOptions, onEpoch: (report: EpochReport) => void): FittedHead {
  const { regression, task } = problem;
  const { classes, train, validation } = task.data;
  const fold = foldOfValidation(task.parts);
  const figures = { validationLoss: Infinity, validationAccuracy: 0 };
  const learnsFromValidation = task.learnsFromValidation === true;
  const { point, epochs } = teach(regression, fold, options, learnsFromValidation, (epoch, loss, reached) => {
    const all = regression.logits(reached);
    const logits = pickRows(all, classes, fold.heldOut);
    const trainingAccuracy = accuracyOf(all.subarray(0, train.labels.length * classes), train.labels, classes);
    figures.validationLoss = negativeLogLikelihood(logits, validation.labels, classes);
    figures.validationAccuracy = accuracyOf(logits, validation.labels, classes);
    onEpoch({ epoch, epochs: options.epochs, loss, trainingAccuracy, ...figures });
  });
  return { layers: [toLayer(problem, point)], rates: [], bestEpoch: epochs, epochsRun: epochs, ...figures };
}

/**
 * A linear head, its penalty chosen among the `candidates`, which differ in nothing else. They are measured by cross-validation over
 * training and validation rows, or on the validation rows where these are many (see calibrationMethod); both also say what such a
 * head makes of images that it does not know. Same input, same result, bit for bit. Throws DivergedError.
 */
export function fitLinearHead(
  task: FitInput,
  candidates: readonly FitOptions[],
  onEpoch: (report: EpochReport) => void,
): Selection {
  const problem = prepare(task, candidates[0]!);
  try {
    const { folds, method } = foldsOfFit(task.parts);
    const tried = choosePenalty(problem, folds, candidates);
    const { options, judged } = bestOf(tried);
    const head = fitChosen(problem, options, onEpoch);
    return { head, options, candidates: tried.map(summarise), unseen: { ...judged.unseen, method } };
  } finally {
    problem.regression.dispose();
  }
}

/**
 * What heads of the best penalty say of the rows that each had not learnt from, and which rows these are; undefined where the parts
 * leave nothing to hold out. Throws DivergedError.
 */
export function crossValidate(
  task: FitInput,
  candidates: readonly FitOptions[],
): { readonly unseen: MeasuredLogits; readonly rows: readonly number[] } | undefined {
  const problem = prepare(task, candidates[0]!);
  try {
    const folds = foldsOfParts(task.parts);
    return folds.length === 0 ? undefined : bestOf(choosePenalty(problem, folds, candidates)).judged;
  } finally {
    problem.regression.dispose();
  }
}
