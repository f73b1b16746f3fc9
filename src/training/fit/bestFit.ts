// Fits the candidates of one task one after another and keeps the best. Runs inside the trainer worker.
// Imported for its side effect: in Node it is tfjs-layers' bundle that registers the gradients, not tfjs-core's.
import '@tensorflow/tfjs-layers';
import { DivergedError, fitHead, type FitData, type FittedHead } from './headFit.js';
import type { FitOptions } from './hyperparameters.js';
import { measureStandardisation, standardiseRows, type Standardisation } from './standardisation.js';
import type { CandidateSummary, FitProgress, FitTask, Selection } from '../worker/trainerTask.js';

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

interface Best {
  readonly head: FittedHead;
  readonly options: FitOptions;
}

function tryFit(
  { data, input }: Prepared,
  options: FitOptions,
  onEpoch: Parameters<typeof fitHead>[3],
): FittedHead | DivergedError {
  try {
    return fitHead(data, input, options, onEpoch);
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

/** The candidate with the lowest validation loss. Throws DivergedError when none could be fitted. */
export function fitAndSelectBest(
  { data, candidates }: Pick<FitTask, 'data' | 'candidates'>,
  onProgress: (progress: FitProgress) => void,
): Selection {
  const prepare = preparer(data);
  const summaries: CandidateSummary[] = [];
  let best: Best | undefined;
  candidates.forEach((options, index) => {
    const fitted = tryFit(prepare(options), options, (report) => {
      onProgress({ ...report, candidate: index + 1, candidates: candidates.length });
    });
    summaries.push(summarise(options, fitted));
    if (fitted instanceof DivergedError) return;
    if (!best || fitted.validationLoss < best.head.validationLoss) best = { head: fitted, options };
  });
  if (best) return { ...best, candidates: summaries };
  throw new DivergedError(summaries.map((summary) => ('failure' in summary ? summary.failure : '')).join('; '));
}
