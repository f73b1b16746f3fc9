// Which penalty suits a linear head: heads of each say something of rows that they had not learnt from. Runs inside the trainer worker.
import { alwaysTaught } from '../calibrationParts.js';
import type { CalibrationParts, HeadCalibration } from '../worker/trainerTask.js';
import { calibrationMethod } from './calibrationMethod.js';
import type { FitOptions } from './hyperparameters.js';
import { coarseTolerance, mostWorse, solve, tolerance, type Solution } from './linearSolve.js';
import { pickRows } from './pool.js';
import type { SoftmaxRegression } from './softmaxRegression.js';

/** A division of the rows, those of training before those of validation: heads are fitted on those that are taught, and say something of those that are held out. */
export interface Fold {
  readonly isTaught: Uint8Array;
  readonly heldOut: readonly number[];
}

/** Training rows are taught, those of validation held out. */
export function foldOfValidation({ train, validation }: CalibrationParts): Fold {
  const rows = [...Array(train.length + validation.length).keys()];
  return { isTaught: Uint8Array.from(rows, (row) => Number(row < train.length)), heldOut: rows.slice(train.length) };
}

/** Each part is held out once; none where there is nothing to hold out. */
export function foldsOfParts({ train, validation, unaltered }: CalibrationParts): Fold[] {
  const parts = Uint8Array.from([...train, ...validation]);
  const numbers = [...new Set(parts)].filter((part) => part !== alwaysTaught).sort((a, b) => a - b);
  const folds = numbers.map((number) => ({
    isTaught: parts.map((part) => Number(part !== number)),
    heldOut: [...parts.keys()].filter((row) => parts[row] === number && unaltered[row] !== 0),
  }));
  return folds.length < 2 ? [] : folds.filter(({ heldOut }) => heldOut.length > 0);
}

/** Those of the parts, or the validation rows alone where these are many (see calibrationMethod) or there is but one part. */
export function foldsOfFit(parts: CalibrationParts): {
  readonly folds: readonly Fold[];
  readonly method: HeadCalibration['method'];
} {
  const { train, validation } = parts;
  const method = calibrationMethod([], { train: train.length, validation: validation.length });
  const folds = method === 'cross-validation' ? foldsOfParts(parts) : [];
  return folds.length > 0
    ? { folds, method: 'cross-validation' }
    : { folds: [foldOfValidation(parts)], method: 'validation' };
}

/** What is known of a penalty. */
export interface Tried<Judged> {
  readonly options: FitOptions;
  readonly judged: Judged;
  readonly epochs: number;
}

/**
 * Strongest first, each from where the one before ended, as far as it gets better. `judge` is given the logits of the `heldOut` rows of all
 * folds, one fold after the other. Throws DivergedError.
 */
export function tryPenalties<Judged extends { readonly loss: number }>(
  regression: SoftmaxRegression,
  classes: number,
  folds: readonly Fold[],
  candidates: readonly FitOptions[],
  judge: (logits: Float32Array) => Judged,
): Tried<Judged>[] {
  const solutions = folds.map((): Solution => ({ point: regression.start(), epochs: 0 }));
  const tried: Tried<Judged>[] = [];
  for (const options of [...candidates].sort((a, b) => b.l2 - a.l2)) {
    const logits = folds.map(({ isTaught, heldOut }, i) => {
      solutions[i] = solve({ regression }, isTaught, options, solutions[i]!.point, coarseTolerance);
      return pickRows(regression.logits(solutions[i].point), classes, heldOut);
    });
    const epochs = solutions.reduce((sum, one) => sum + one.epochs, 0);
    tried.push({ options, judged: judge(joined(logits)), epochs });
    if (tried.length - 1 - tried.indexOf(bestOf(tried)) > mostWorse) break;
  }
  return tried;
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

/** The first of the lowest loss. */
export const bestOf = <Judged extends { readonly loss: number }>(tried: readonly Tried<Judged>[]): Tried<Judged> =>
  tried.reduce((best, one) => (one.judged.loss < best.judged.loss ? one : best));

/**
 * The weights of a head that learns from the training rows alone, each step being reported with its loss on them, and then, where
 * `learnsFromValidation`, from the others too. `epochs`: of the former. Throws DivergedError.
 */
export function teach(
  regression: SoftmaxRegression,
  { isTaught }: Fold,
  options: FitOptions,
  learnsFromValidation: boolean,
  onStep: (epoch: number, loss: number, point: Float64Array) => void,
): Solution {
  const first = solve({ regression }, isTaught, options, regression.start(), tolerance, onStep);
  if (!learnsFromValidation) return first;
  const everyone = isTaught.map(() => 1);
  return { ...solve({ regression }, everyone, options, first.point, tolerance), epochs: first.epochs };
}
