// The temperature of a fitted head, from logits of images that the head which gave them had not learnt from. Runs inside the trainer worker.
import { alwaysTaught } from '../calibrationParts.js';
import { fitAndMeasure, fitWhereItHelps, type MeasuredLogits } from '../evaluation/temperature.js';
import { calibrationMethod } from '../fit/calibrationMethod.js';
import { DivergedError, refitHead, type DenseLayer, type FitData } from '../fit/headFit.js';
import { headToLayersModel } from '../fit/headModel.js';
import { joinRows, pickRows, type Pool } from '../fit/pool.js';
import type { Rows } from '../fit/rows.js';
import { measureStandardisation, standardiseRows } from '../fit/standardisation.js';
import { runHead } from './runHead.js';
import type { FitTask, HeadCalibration, Selection } from './trainerTask.js';

const logitsOf = (layers: readonly DenseLayer[], size: number, { features, labels }: Rows): Promise<Float32Array> =>
  runHead(headToLayersModel(layers, size), features, labels.length);

/** A head like the selected one, but fitted on `rows`. */
function refitOn(rows: Rows, { size, classes }: FitData, { head, options }: Selection): DenseLayer[] {
  if (!options.standardise) return refitHead({ train: rows, size, classes }, undefined, options, head.rates);
  const input = measureStandardisation(rows.features, size);
  const train = { ...rows, features: standardiseRows(rows.features, input) };
  return refitHead({ train, size, classes }, input, options, head.rates);
}

function takeRows({ rows }: Pool, size: number, picked: readonly number[]): Rows {
  return {
    features: pickRows(rows.features, size, picked),
    labels: Uint32Array.from(picked, (row) => rows.labels[row]!),
  };
}

/** A head like the selected one, but fitted on training and validation images; the selected one where that diverges. */
export function refitOnAll({ data, parts }: FitTask, best: Selection): readonly DenseLayer[] {
  try {
    return refitOn(joinRows(data, parts).rows, data, best);
  } catch (error) {
    if (error instanceof DivergedError) return best.head.layers;
    throw error;
  }
}

/** Each part's logits come from a head that was fitted on all the others. */
async function crossValidate({ data, parts }: FitTask, best: Selection): Promise<MeasuredLogits> {
  const pool = joinRows(data, parts);
  const all = [...pool.parts.keys()];
  const logits: Float32Array[] = [];
  const measured: number[] = [];
  for (const part of new Set(pool.parts)) {
    const heldOut = all.filter((row) => pool.parts[row] === part && pool.measured[row] === 1);
    if (part === alwaysTaught || heldOut.length === 0) continue;
    const taught = all.filter((row) => pool.parts[row] !== part);
    const others = takeRows(pool, data.size, taught);
    const layers = refitOn(others, data, best);
    logits.push(await logitsOf(layers, data.size, takeRows(pool, data.size, heldOut)));
    measured.push(...heldOut);
  }
  return {
    logits: Float32Array.from(logits.flatMap((values) => [...values])),
    truth: Uint32Array.from(measured, (row) => pool.rows.labels[row]!),
    classes: data.classes,
    parts: Uint8Array.from(measured, (row) => pool.parts[row]!),
  };
}

async function measureValidation({ data, parts }: FitTask, { head }: Selection): Promise<MeasuredLogits> {
  const logits = await logitsOf(head.layers, data.size, data.validation);
  return { logits, truth: data.validation.labels, classes: data.classes, parts: parts.validation };
}

/** undefined when one of the heads that it takes diverged, which says nothing against the fitted one. */
async function tryCrossValidation(task: FitTask, best: Selection): Promise<MeasuredLogits | undefined> {
  try {
    return await crossValidate(task, best);
  } catch (error) {
    if (error instanceof DivergedError) return undefined;
    throw error;
  }
}

/**
 * By validation images when cross-validation is not due or fails. They are often few, and chose the head's epoch and L2: their
 * temperature must prove itself. That of cross-validation need not: in 74 drawn datasets of clothing and digits, T = 1 where it could
 * not be shown to help was worse on unseen images than the temperature, and spared none of them.
 */
export async function calibrateHead(task: FitTask, best: Selection): Promise<HeadCalibration> {
  if (best.unseen) return calibrate(best.unseen, best.unseen.method);
  const { train, validation } = task.data;
  const rows = { train: train.labels.length, validation: validation.labels.length };
  const isCrossed = calibrationMethod(best.options.hiddenLayers, rows) === 'cross-validation';
  const crossed = isCrossed ? await tryCrossValidation(task, best) : undefined;
  return crossed
    ? calibrate(crossed, 'cross-validation')
    : calibrate(await measureValidation(task, best), 'validation');
}

const calibrate = (unseen: MeasuredLogits, method: HeadCalibration['method']): HeadCalibration => ({
  method,
  ...(method === 'cross-validation' ? fitAndMeasure : fitWhereItHelps)(unseen, unseen.parts),
});
