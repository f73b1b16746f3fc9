// The figures of a training that fit into its record; the whole evaluation lies in the version's manifest.
import type { JsonObject, LeftOutImage } from '../data/trainings/schemas.js';
import type { PrecisionCheck } from '../serving/precisionChecks.js';
import type { Comparison } from './evaluation/comparison.js';
import type { Partition } from './partition.js';
import type { Evaluation, Mistake } from './evaluation/evaluation.js';
import type { LabelSetComparison, LabelSetEvaluation } from './multiLabel/labelSetEvaluation.js';
import { multiLabelMetrics } from './multiLabel/multiLabelFigures.js';
import type { FineTuningFigures } from './fineTuning/fineTuneOnPartition.js';
import type { SearchFigures } from './search/searchOnPartition.js';
import type { FitSummary } from './stages.js';

export interface Results {
  readonly partition: Partition;
  readonly leftOut: readonly LeftOutImage[];
  readonly fit: FitSummary;
  /** undefined: there was none. */
  readonly search: SearchFigures | undefined;
  readonly evaluation: Evaluation | LabelSetEvaluation;
  readonly comparison: Comparison | LabelSetComparison | null;
  readonly precisionChecks: readonly PrecisionCheck[];
  readonly activated: boolean | { readonly refused: string };
  readonly seconds: Readonly<Record<string, number>>;
  /** undefined: it was not asked for. */
  readonly fineTuning: FineTuningFigures | undefined;
  /** File names of the images of the worst mistakes, by their ids. */
  readonly fileNames: ReadonlyMap<number, string>;
}

/** Left-out images named in the figures; all are counted. */
const leftOutNamed = 20;

/** Images that no stage could use, those left out of the comparison alone not counted. */
export const countUnusable = (leftOut: readonly LeftOutImage[]): number =>
  leftOut.filter(({ stage }) => stage === 'embeddings').length;

function figuresOf({ accuracy, accuracyInterval, top5, macroF1, calibration, temperature }: Evaluation) {
  return {
    accuracy,
    accuracyInterval,
    top5,
    macroF1,
    temperature,
    logLoss: { before: calibration.before.negativeLogLikelihood, after: calibration.after.negativeLogLikelihood },
    calibrationError: {
      before: calibration.before.expectedError,
      after: calibration.after.expectedError,
      chance: calibration.after.chanceError,
    },
  };
}

export function summarise({
  partition,
  leftOut,
  fit,
  search,
  evaluation,
  comparison,
  precisionChecks,
  activated,
  seconds,
  fineTuning,
  fileNames,
}: Results): JsonObject {
  const named = (mistake: Mistake) => ({ ...mistake, fileName: fileNames.get(mistake.imageId!) ?? null });
  const summary = {
    ...('task' in evaluation
      ? multiLabelMetrics(evaluation, {
          calibration: fit.calibration,
          comparison: comparison as LabelSetComparison | null,
        })
      : { ...figuresOf(evaluation), temperatureFit: fit.calibration, comparison }),
    worstMistakes: evaluation.worstMistakes.map(named),
    evaluatedOn: partition.heldOutSplit,
    images: {
      train: partition.train.length,
      validation: partition.validation.length,
      heldOut: partition.heldOut.length,
      broken: countUnusable(leftOut),
    },
    brokenImages: leftOut.slice(0, leftOutNamed),
    classes: partition.labels.length,
    fit: {
      options: fit.options,
      bestEpoch: fit.bestEpoch,
      epochsRun: fit.epochsRun,
      validationAccuracy: fit.validationAccuracy,
    },
    ...(search && { search }),
    precisions: precisionChecks,
    activated: activated === true,
    activationRefused: typeof activated === 'object' ? activated.refused : null,
    seconds,
    ...(fineTuning && { fineTuning }),
  };
  // Through JSON, so that it is exactly what will be read back.
  return JSON.parse(JSON.stringify(summary)) as JsonObject;
}
