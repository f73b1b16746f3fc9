// Fits the candidates of one task one after another and keeps the best. Runs inside the trainer worker.
// Imported for its side effect: in Node it is tfjs-layers' bundle that registers the gradients, not tfjs-core's.
import '@tensorflow/tfjs-layers';
import { groupBy } from '../../groupBy.js';
import { DivergedError, fitHead, type EpochReport, type FitData, type FittedHead } from './headFit.js';
import type { FitOptions } from './hyperparameters.js';
import { fitLinearHead, isLinear } from './linearFit.js';
import { measureStandardisation, standardiseRows, type Standardisation } from './standardisation.js';
import type { CandidateSummary, FitInput, FitProgress, FitTask, Selection } from '../worker/trainerTask.js';

interface Prepared {
  readonly data: FitData;
  readonly input: Standardisation | undefined;
}

function standardise(data: FitData): Prepared {
  const input = measureStandardisation(data.train.features, data.size);
  const scale = (rows: FitData['train']): FitData['train'] => ({
    ...rows,
    features: standardiseRows(rows.features, input),
  });
  return { data: { ...data, train: scale(data.train), validation: scale(data.validation) }, input };
}

/** The rows are standardised once for all candidates that want it. */
function preparer(data: FitData): (options: FitOptions) => Prepared {
  let standardised: Prepared | undefined;
  return (options) => (options.standardise ? (standardised ??= standardise(data)) : { data, input: undefined });
}

function tryFit<T>(fit: () => T): T | DivergedError {
  try {
    return fit();
  } catch (error) {
    if (error instanceof DivergedError) return error;
    throw error;
  }
}

function summarise(options: FitOptions, fitted: FittedHead | DivergedError): CandidateSummary {
  if (fitted instanceof DivergedError) return { options, failure: fitted.message };
  const { validationLoss, validationAccuracy, epochsRun } = fitted;
  return { options, validationLoss, validationAccuracy, epochsRun };
}

/** Candidates that are tried together, since they differ in the penalty alone, or one on its own. */
const groupCandidates = (candidates: readonly FitOptions[]): FitOptions[][] => [
  ...groupBy(candidates, (options) =>
    isLinear(options) ? JSON.stringify({ ...options, l2: 0 }) : JSON.stringify(options),
  ).values(),
];

/** Selection of one group; without a head when all its fits diverged. */
function fitGroup(
  task: FitInput,
  prepare: (options: FitOptions) => Prepared,
  group: readonly FitOptions[],
  onEpoch: (report: EpochReport) => void,
): Selection | { readonly candidates: readonly CandidateSummary[] } {
  const [options] = group as [FitOptions];
  if (!isLinear(options)) {
    const fitted = tryFit(() => fitHead(prepare(options).data, prepare(options).input, options, onEpoch));
    const candidates = [summarise(options, fitted)];
    return fitted instanceof DivergedError ? { candidates } : { head: fitted, options, candidates };
  }
  const fitted = tryFit(() => fitLinearHead(task, group, onEpoch));
  if (!(fitted instanceof DivergedError)) return fitted;
  return { candidates: group.map((candidate) => ({ options: candidate, failure: fitted.message })) };
}

/** The candidate with the lowest validation loss. Throws DivergedError when none could be fitted. */
export function fitAndSelectBest(
  task: FitInput & Pick<FitTask, 'candidates'>,
  onProgress: (progress: FitProgress) => void,
): Selection {
  const prepare = preparer(task.data);
  const groups = groupCandidates(task.candidates);
  const summaries: CandidateSummary[] = [];
  let best: Selection | undefined;
  groups.forEach((group, index) => {
    const fitted = fitGroup(task, prepare, group, (report) => {
      onProgress({ ...report, candidate: index + 1, candidates: groups.length });
    });
    summaries.push(...fitted.candidates);
    if (!('head' in fitted)) return;
    if (!best || fitted.head.validationLoss < best.head.validationLoss) best = fitted;
  });
  if (best) return { ...best, candidates: summaries };
  throw new DivergedError(summaries.map((summary) => ('failure' in summary ? summary.failure : '')).join('; '));
}
