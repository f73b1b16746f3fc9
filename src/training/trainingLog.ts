// The log lines of a training: start, every stage with its duration, end with the figures, failure with its reason.
import type { Log } from '../data/database/database.js';
import type { JsonObject, Training, TrainingOutcome } from '../data/trainings/schemas.js';
import type { TrainingObserver } from '../data/trainings/trainingObserver.js';
import type { TraceIds } from '../tracing/tracer.js';

/** Of a training's metrics; the record has them all. Names of files are not among them. */
const loggedFigures = [
  'accuracy',
  'accuracyInterval',
  'macroF1',
  'calibrationError',
  'evaluatedOn',
  'images',
  'classes',
  'activated',
  'activationRefused',
  'seconds',
] as const;

/** `traceOf`: the span of a training that runs here; undefined where nothing is traced. */
export function createTrainingLog(
  logger: Log,
  traceOf: (training: Training) => TraceIds | undefined = () => undefined,
): TrainingObserver {
  const idsOf = (training: Training) => {
    const { id, classifier, dataset } = training;
    return { training: id, model: classifier, dataset, ...traceOf(training) };
  };
  return {
    onStart: (training) => logger.info({ ...idsOf(training), again: training.stage !== null }, 'a training starts'),
    onStage: (training, stage, seconds) =>
      logger.info({ ...idsOf(training), stage, seconds }, 'a training finished a stage'),
    onInterruption: (training) => logger.info(idsOf(training), 'a training was interrupted and waits to be run again'),
    onEnd: (training, outcome) => logEnd(logger, idsOf(training), outcome),
  };
}

function logEnd(logger: Log, ids: object, outcome: TrainingOutcome): void {
  if (outcome.state === 'succeeded')
    logger.info({ ...ids, version: outcome.version, figures: figuresOf(outcome.metrics) }, 'a training ended');
  else if (outcome.state === 'failed')
    logger.warn({ ...ids, code: outcome.code, reason: outcome.detail }, 'a training failed');
  else logger.info(ids, 'a training was cancelled');
}

const figuresOf = (metrics: JsonObject): JsonObject =>
  Object.fromEntries(loggedFigures.flatMap((name) => (metrics[name] === undefined ? [] : [[name, metrics[name]]])));
