// What travels between the server and the trainer worker: plain data both ways.
import type { EpochReport, FitData, FittedHead } from './headFit.js';
import type { FitOptions } from './hyperparameters.js';

/** Fit every candidate on the same data; the one with the lowest validation loss is the answer. */
export interface FitTask {
  readonly data: FitData;
  readonly candidates: readonly FitOptions[];
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

export interface FitResult {
  readonly head: FittedHead;
  readonly options: FitOptions;
  readonly candidates: readonly CandidateSummary[];
}

export type FitMessage =
  | { readonly type: 'progress'; readonly progress: FitProgress }
  | { readonly type: 'done'; readonly result: FitResult }
  | { readonly type: 'failed'; readonly reason: string };
