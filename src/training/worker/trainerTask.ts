// What travels between the server and the trainer worker: plain data both ways.
import type { Comparison } from '../evaluation/comparison.js';
import type { Evaluation, KnownImage } from '../evaluation/evaluation.js';
import type { SeemingLabels } from '../evaluation/labelErrors.js';
import type { MeasuredLogits, TemperatureFit } from '../evaluation/temperature.js';
import type { EpochReport, FitData, FittedHead } from '../fit/headFit.js';
import type { DriftTask, MeasuredSpread } from '../fit/driftFit.js';
import type { NoveltyChoice, NoveltyChoiceTask } from '../fit/noveltyChoice.js';
import type { FitOptions, Hyperparameters } from '../fit/hyperparameters.js';
import type { ProposalTask } from '../search/proposals.js';
import type { HeldOutTask, TrialFigures, TrialTask } from '../search/trial.js';
import type { LabelSetComparison, LabelSetEvaluation } from '../multiLabel/labelSetEvaluation.js';
import type { SetComparisonTask, SetEvaluationTask } from '../multiLabel/setTasks.js';
import type { SetFitResult, SetFitTask } from '../multiLabel/sigmoidFit.js';
import type { LayersModel } from '../../formats/layersModel.js';

/** What heads are fitted on. */
export interface FitInput {
  readonly data: FitData;
  readonly parts: CalibrationParts;
  /**
   * The figures of the head will be of other images than those of validation: once these have chosen the head, it may learn from
   * them, too. Default false.
   */
  readonly learnsFromValidation?: boolean;
}

/** Fit every candidate on the same data; the one with the lowest validation loss is the answer, with its temperature. */
export interface FitTask extends FitInput {
  readonly kind: 'fit';
  readonly candidates: readonly FitOptions[];
  /** Once measured and calibrated, the best is fitted again on training and validation images, where it is not linear: that is `learnsFromValidation`. */
  readonly refit?: boolean;
}

/**
 * The parts into which cross-validation divides the rows of a fit, by number: near duplicates, and all views of an image, are in
 * one. Rows of the part `alwaysTaught` are never held out.
 */
export interface CalibrationParts {
  readonly train: Uint8Array;
  /** 1 for each training row that is an image itself, 0 for an augmented view: only images themselves are measured. */
  readonly unaltered: Uint8Array;
  readonly validation: Uint8Array;
}

export interface FitProgress extends EpochReport {
  /** Which candidate is being fitted, from 1. */
  readonly candidate: number;
  readonly candidates: number;
}

/** One line of the search: what was tried and what it gave. `failure` in place of the figures when its loss diverged. */
export type CandidateSummary = { readonly options: FitOptions } & (
  | { readonly validationLoss: number; readonly validationAccuracy: number; readonly epochsRun: number }
  | { readonly failure: string }
);

/** The best of several fits, and what each gave. */
export interface Selection {
  readonly head: FittedHead;
  readonly options: FitOptions;
  readonly candidates: readonly CandidateSummary[];
  /** What heads like it say of images that they had not learnt from; undefined: that is still to be found out. */
  readonly unseen?: (MeasuredLogits & { readonly method: HeadCalibration['method'] }) | undefined;
}

export interface FitResult extends Omit<Selection, 'unseen'> {
  readonly calibration: HeadCalibration;
}

/**
 * `cross-validation`: fitted on training and validation images, each seen by a head that had not learnt from it; `validation`: by
 * the head itself on the validation images, where they are many, the head has hidden layers, which take long to fit, or a head of
 * the cross-validation diverged.
 */
export interface HeadCalibration extends TemperatureFit {
  readonly method: 'cross-validation' | 'validation';
}

/** Embedded images of known label: `features` is [count, size] of the head's backbone. */
export interface LabelledFeatures {
  readonly features: Float32Array;
  /** Label of each image. */
  readonly truth: readonly string[];
  readonly images: readonly KnownImage[];
}

/** A head with the names of its outputs. */
export interface NamedHead {
  readonly model: LayersModel;
  readonly labels: readonly string[];
}

/** Measure a head. */
export interface EvaluateTask {
  readonly kind: 'evaluate';
  readonly head: NamedHead;
  readonly temperature: number;
  /** What the figures are of. */
  readonly heldOut: LabelledFeatures;
  readonly seed: number;
}

/** Compare two heads on the same images; each has its own features, for their backbones may differ. */
export interface CompareTask {
  readonly kind: 'compare';
  readonly candidate: NamedHead;
  readonly candidateSet: LabelledFeatures;
  readonly active: NamedHead;
  readonly activeFeatures: Float32Array;
}

/** Run a head on embeddings. */
export interface PredictTask {
  readonly kind: 'predict';
  readonly model: LayersModel;
  /** [count, size]. */
  readonly features: Float32Array;
  readonly count: number;
}

/** Find labels that are probably wrong: all rows are among those of training. */
export interface LabelErrorsTask extends FitInput {
  readonly kind: 'labelErrors';
  /** Of linear heads, which differ in their penalty alone. */
  readonly candidates: readonly FitOptions[];
  /** Of the training rows; near duplicates have the same number. */
  readonly groups: Uint32Array;
}

/** What was found of the rows with these numbers, in this order. */
export interface LabelErrors extends SeemingLabels {
  readonly rows: readonly number[];
}

export type TrainerTask =
  | FitTask
  | LabelErrorsTask
  | EvaluateTask
  | CompareTask
  | PredictTask
  | NoveltyChoiceTask
  | DriftTask
  | TrialTask
  | HeldOutTask
  | ProposalTask
  | SetFitTask
  | SetEvaluationTask
  | SetComparisonTask;

export interface TrainerResults {
  readonly fit: FitResult;
  readonly evaluate: Evaluation;
  readonly compare: Comparison;
  /** Logits [count, classes]. */
  readonly predict: Float32Array;
  /** undefined: there are too few images. */
  readonly labelErrors: LabelErrors | undefined;
  /** undefined: there are too few images. */
  readonly novelty: NoveltyChoice | undefined;
  /** undefined: there are too few images. */
  readonly drift: MeasuredSpread | undefined;
  readonly trial: TrialFigures;
  /** Of each row; undefined: a fit diverged. */
  readonly heldOutLosses: Float64Array | undefined;
  readonly propose: Hyperparameters[];
  readonly fitSets: SetFitResult;
  readonly evaluateSets: LabelSetEvaluation;
  readonly compareSets: LabelSetComparison;
}

export type TrainerMessage =
  | { readonly type: 'progress'; readonly progress: FitProgress }
  | { readonly type: 'done'; readonly result: TrainerResults[keyof TrainerResults] }
  | { readonly type: 'failed'; readonly reason: string };
