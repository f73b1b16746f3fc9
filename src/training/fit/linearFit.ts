// Linear heads by L-BFGS. Penalties are tried from the strongest to the weakest, each from where the one before ended; cross-validation
// chooses. Runs inside the trainer worker.
import { alwaysTaught } from '../calibrationParts.js';
import { accuracyOf, negativeLogLikelihood } from '../evaluation/scores.js';
import { fitTemperature, type MeasuredLogits } from '../evaluation/temperature.js';
import type { CandidateSummary, FitInput, Selection } from '../worker/trainerTask.js';
import { calibrationMethod } from './calibrationMethod.js';
import type { DenseLayer, EpochReport, FittedHead } from './headFit.js';
import { isLinearFit, type FitOptions } from './hyperparameters.js';
import { coarseTolerance, mostWorse, sharedVariance, solve, tolerance, type Solution } from './linearSolve.js';
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

/** A division of the rows: heads are fitted on those that are taught, and say something of those that are held out. */
interface Fold {
  readonly isTaught: Uint8Array;
  readonly heldOut: readonly number[];
}

const rowsOf = ({ labels }: Problem): number[] => [...labels.keys()];

const partsOf = ({ task: { parts } }: Problem): Uint8Array => Uint8Array.from([...parts.train, ...parts.validation]);

/** Training rows are taught, those of validation held out. */
function foldOfValidation(problem: Problem): Fold {
  const count = problem.task.data.train.labels.length;
  const all = rowsOf(problem);
  return { isTaught: Uint8Array.from(all, (row) => Number(row < count)), heldOut: all.slice(count) };
}

/** Each part is held out once; none where there is nothing to hold out. */
function foldsOfParts(problem: Problem): Fold[] {
  const parts = partsOf(problem);
  const { unaltered } = problem.task.parts;
  const numbers = [...new Set(parts)].filter((part) => part !== alwaysTaught).sort((a, b) => a - b);
  const folds = numbers.map((number) => ({
    isTaught: parts.map((part) => Number(part !== number)),
    heldOut: rowsOf(problem).filter((row) => parts[row] === number && unaltered[row] !== 0),
  }));
  return folds.length < 2 ? [] : folds.filter(({ heldOut }) => heldOut.length > 0);
}

interface Tried {
  readonly options: FitOptions;
  readonly unseen: MeasuredLogits;
  /** That `unseen` is of, by their numbers. */
  readonly rows: readonly number[];
  /** Of the held-out rows, at the temperature that suits them best: a penalty also scales the logits, which the temperature undoes. */
  readonly loss: number;
  readonly epochs: number;
}

/** What heads of one penalty say of the rows held out, `solutions` being where they begin. */
function tryPenalty(problem: Problem, folds: readonly Fold[], options: FitOptions, solutions: Solution[]): Tried {
  const { regression, labels, task } = problem;
  const { classes } = task.data;
  const parts = partsOf(problem);
  const logits = folds.map(({ isTaught, heldOut }, i) => {
    solutions[i] = solve(problem, isTaught, options, solutions[i]!.point, coarseTolerance);
    return pickRows(regression.logits(solutions[i].point), classes, heldOut);
  });
  const rows = folds.flatMap(({ heldOut }) => heldOut);
  const unseen = {
    logits: joined(logits),
    truth: Uint32Array.from(rows, (row) => labels[row]!),
    classes,
    parts: Uint8Array.from(rows, (row) => parts[row]!),
  };
  const loss = negativeLogLikelihood(unseen.logits, unseen.truth, classes, fitTemperature(unseen));
  return { options, unseen, rows, loss, epochs: solutions.reduce((sum, { epochs }) => sum + epochs, 0) };
}

function joined(arrays: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const values of arrays) {
    all.set(values, offset);
    offset += values.length;
  }
  return all;
}

/** Strongest first, as far as it gets better. */
function tryPenalties(problem: Problem, folds: readonly Fold[], candidates: readonly FitOptions[]): Tried[] {
  const solutions = folds.map((): Solution => ({ point: problem.regression.start(), epochs: 0 }));
  const tried: Tried[] = [];
  for (const options of [...candidates].sort((a, b) => b.l2 - a.l2)) {
    tried.push(tryPenalty(problem, folds, options, solutions));
    if (tried.length - 1 - tried.indexOf(bestOf(tried)) > mostWorse) break;
  }
  return tried;
}

const bestOf = (tried: readonly Tried[]): Tried => tried.reduce((best, one) => (one.loss < best.loss ? one : best));

function summarise({ options, unseen: { logits, truth, classes }, epochs }: Tried): CandidateSummary {
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

/** Learns from the training rows alone, reporting the loss on validation, and then, where it may, from the others too. */
function teach(problem: Problem, options: FitOptions, onEpoch: (report: EpochReport) => void): FittedHead {
  const { regression, task } = problem;
  const { classes, train, validation } = task.data;
  const fold = foldOfValidation(problem);
  const figures = { validationLoss: Infinity, validationAccuracy: 0 };
  const first = solve(problem, fold.isTaught, options, regression.start(), tolerance, (epoch, loss, point) => {
    const all = regression.logits(point);
    const logits = pickRows(all, classes, fold.heldOut);
    const trainingAccuracy = accuracyOf(all.subarray(0, train.labels.length * classes), train.labels, classes);
    figures.validationLoss = negativeLogLikelihood(logits, validation.labels, classes);
    figures.validationAccuracy = accuracyOf(logits, validation.labels, classes);
    onEpoch({ epoch, epochs: options.epochs, loss, trainingAccuracy, ...figures });
  });
  const last = task.learnsFromValidation
    ? solve(
        problem,
        fold.isTaught.map(() => 1),
        options,
        first.point,
        tolerance,
      )
    : first;
  const { epochs } = first;
  return { layers: [toLayer(problem, last.point)], rates: [], bestEpoch: epochs, epochsRun: epochs, ...figures };
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
    const { train, validation } = task.data;
    const method = calibrationMethod([], { train: train.labels.length, validation: validation.labels.length });
    const folds = method === 'cross-validation' ? foldsOfParts(problem) : [];
    const isCrossed = folds.length > 0;
    const tried = tryPenalties(problem, isCrossed ? folds : [foldOfValidation(problem)], candidates);
    const { options, unseen } = bestOf(tried);
    const head = teach(problem, options, onEpoch);
    return {
      head,
      options,
      candidates: tried.map(summarise),
      unseen: { ...unseen, method: isCrossed ? 'cross-validation' : 'validation' },
    };
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
    const folds = foldsOfParts(problem);
    return folds.length === 0 ? undefined : bestOf(tryPenalties(problem, folds, candidates));
  } finally {
    problem.regression.dispose();
  }
}
