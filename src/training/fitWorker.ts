// Entry of the trainer worker: sets the wasm backend up, fits the candidates of one task, answers, ends.
import { parentPort, workerData } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
// Imported for its side effect: in Node it is tfjs-layers' bundle that registers the gradients, not tfjs-core's.
import '@tensorflow/tfjs-layers';
import type { CandidateSummary, FitMessage, FitResult, FitTask } from './fitTask.js';
import { DivergedError, fitHead, type FitData, type FittedHead } from './headFit.js';
import type { FitOptions } from './hyperparameters.js';
import { measureStandardisation, standardiseRows, type Standardisation } from './standardisation.js';

const port = parentPort;
if (!port) throw new Error('fitWorker.js runs only as a worker thread');

const send = (message: FitMessage): void => port.postMessage(message);

interface Prepared {
  readonly data: FitData;
  readonly input: Standardisation | undefined;
}

function standardise(data: FitData): Prepared {
  const input = measureStandardisation(data.train.features, data.size);
  const scale = (rows: FitData['train']) => ({ ...rows, features: standardiseRows(rows.features, input) });
  return { data: { ...data, train: scale(data.train), validation: scale(data.validation) }, input };
}

/** Standardised once for all candidates that want it. */
function prepare(data: FitData): (options: FitOptions) => Prepared {
  let standardised: Prepared | undefined;
  return (options) => (options.standardise ? (standardised ??= standardise(data)) : { data, input: undefined });
}

interface Best {
  readonly head: FittedHead;
  readonly options: FitOptions;
}

function fitCandidate(task: FitTask, prepared: Prepared, index: number): FittedHead | DivergedError {
  const options = task.candidates[index]!;
  try {
    return fitHead(prepared.data, prepared.input, options, (report) => {
      send({ type: 'progress', progress: { ...report, candidate: index + 1, candidates: task.candidates.length } });
    });
  } catch (error) {
    if (error instanceof DivergedError) return error;
    throw error;
  }
}

function fitAll(task: FitTask): FitResult {
  const prepared = prepare(task.data);
  const summaries: CandidateSummary[] = [];
  let best: Best | undefined;
  task.candidates.forEach((options, index) => {
    const head = fitCandidate(task, prepared(options), index);
    if (head instanceof DivergedError) {
      summaries.push({ options, failure: head.message });
      return;
    }
    const { validationLoss, validationAccuracy, epochsRun } = head;
    summaries.push({ options, validationLoss, validationAccuracy, epochsRun });
    if (!best || validationLoss < best.head.validationLoss) best = { head, options };
  });
  if (!best) throw new DivergedError(summaries.map((summary) => ('failure' in summary ? summary.failure : '')).join('; '));
  return { ...best, candidates: summaries };
}

try {
  await tf.setBackend('wasm');
  send({ type: 'done', result: fitAll(workerData as FitTask) });
} catch (error) {
  send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}
