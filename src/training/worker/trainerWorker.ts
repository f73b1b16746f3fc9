// Entry of the trainer's thread: sets tfjs up, then does one task after the other and answers each.
import { parentPort } from 'node:worker_threads';
import { lowerThreadPriority } from '../../threadPriority.js';
import type { FitProgress, FitResult, FitTask, TrainerMessage, TrainerResults, TrainerTask } from './trainerTask.js';

const port = parentPort;
if (!port) throw new Error('trainerWorker.js runs only as a worker thread');

// It takes what requests leave of the cores, so it is lower than the engine, too.
lowerThreadPriority(10);
// Loading tfjs is half a second of work, so it comes after the thread has lowered its priority.
const { setBackend } = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-backend-wasm');
const { fitAndSelectBest } = await import('../fit/bestFit.js');
const { isLinear } = await import('../fit/linearFit.js');
const { calibrateHead, refitOnAll } = await import('./calibrateHead.js');
const { compareHeads, evaluateHead } = await import('./evaluateHeads.js');
const { findLabelErrors } = await import('./findLabelErrors.js');
const { runHead } = await import('./runHead.js');
const { heldOutLosses, runTrial } = await import('../search/trial.js');
const { propose } = await import('../search/proposals.js');
const { fitDrift } = await import('../fit/driftFit.js');
const { chooseNovelty } = await import('../fit/noveltyChoice.js');
const { fitSets } = await import('../multiLabel/sigmoidFit.js');
const { compareSetHeads, evaluateSetHead } = await import('../multiLabel/setTasks.js');
await setBackend('wasm');

const send = (message: TrainerMessage): void => port.postMessage(message);

async function fitAndCalibrate(task: FitTask): Promise<FitResult> {
  const best = fitAndSelectBest(task, (progress: FitProgress) => send({ type: 'progress', progress }));
  const calibration = await calibrateHead(task, best);
  const { head, options, candidates } = best;
  const layers = task.refit === true && !isLinear(options) ? refitOnAll(task, best) : head.layers;
  return { head: { ...head, layers }, options, candidates, calibration };
}

/** Throws what the task throws: DivergedError when no head could be fitted. */
async function perform(task: TrainerTask): Promise<TrainerResults[keyof TrainerResults]> {
  switch (task.kind) {
    case 'fit':
      return fitAndCalibrate(task);
    case 'evaluate':
      return evaluateHead(task);
    case 'compare':
      return compareHeads(task);
    case 'predict':
      return runHead(task.model, task.features, task.count);
    case 'labelErrors':
      return findLabelErrors(task);
    case 'novelty':
      return chooseNovelty(task);
    case 'drift':
      return fitDrift(task);
    case 'trial':
      return runTrial(task);
    case 'heldOutLosses':
      return heldOutLosses(task);
    case 'propose':
      return propose(task);
    case 'fitSets':
      return fitSets(task, (progress) => send({ type: 'progress', progress }));
    case 'evaluateSets':
      return evaluateSetHead(task);
    case 'compareSets':
      return compareSetHeads(task);
  }
}

async function answer(task: TrainerTask): Promise<void> {
  try {
    send({ type: 'done', result: await perform(task) });
  } catch (error) {
    send({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
  }
}

port.on('message', (task: TrainerTask) => void answer(task));
