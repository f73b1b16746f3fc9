// The temperature of a fitted head, from logits of images that the head which gave them had not learnt from. Runs inside the trainer worker.
import { alwaysTaught } from '../calibrationParts.js';
import { fitAndMeasure, fitWhereItHelps, type UnseenLogits } from '../evaluation/temperature.js';
import { DivergedError, refitHead, type DenseLayer, type FitData } from '../fit/headFit.js';
import { headToLayersModel } from '../fit/headModel.js';
import { takeRows, type Rows } from '../fit/rows.js';
import { measureStandardisation, standardiseRows } from '../fit/standardisation.js';
import { runHead } from './runHead.js';
import type { CalibrationParts, FitTask, HeadCalibration, Selection } from './trainerTask.js';

/** With so many validation images the temperature has an error of a few per cent, and cross-validation would only take time. */
const manyImages = 500;
/** With so many its error is still small beside what five more fits of a large pool cost. */
const enoughImages = 200;
/** Rows of training and validation from which on a pool is large, augmented views included. */
const largePool = 20_000;

/** Training and validation rows in one, with their parts. */
interface Pool {
  readonly rows: Rows;
  readonly parts: Uint8Array;
  readonly measured: Uint8Array;
}

function joinRows({ train, validation }: FitData, parts: CalibrationParts): Pool {
  const features = new Float32Array(train.features.length + validation.features.length);
  features.set(train.features);
  features.set(validation.features, train.features.length);
  return {
    rows: { features, labels: Uint32Array.from([...train.labels, ...validation.labels]) },
    parts: Uint8Array.from([...parts.train, ...parts.validation]),
    measured: Uint8Array.from([...parts.unaltered, ...parts.validation.map(() => 1)]),
  };
}

const logitsOf = (layers: readonly DenseLayer[], size: number, { features, labels }: Rows): Promise<Float32Array> =>
  runHead(headToLayersModel(layers, size), features, labels.length);

/** A head like the selected one, but fitted on `rows`. */
function refitOn(rows: Rows, { size, classes }: FitData, { head, options }: Selection): DenseLayer[] {
  if (!options.standardise) return refitHead({ train: rows, size, classes }, undefined, options, head.rates);
  const input = measureStandardisation(rows.features, size);
  const train = { ...rows, features: standardiseRows(rows.features, input) };
  return refitHead({ train, size, classes }, input, options, head.rates);
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

interface Measured extends UnseenLogits {
  readonly parts: Uint8Array;
}

/** Each part's logits come from a head that was fitted on all the others. */
async function crossValidate({ data, parts }: FitTask, best: Selection): Promise<Measured> {
  const pool = joinRows(data, parts);
  const all = [...pool.parts.keys()];
  const logits: Float32Array[] = [];
  const measured: number[] = [];
  for (const part of new Set(pool.parts)) {
    const heldOut = all.filter((row) => pool.parts[row] === part && pool.measured[row] === 1);
    if (part === alwaysTaught || heldOut.length === 0) continue;
    const taught = Uint32Array.from(all.filter((row) => pool.parts[row] !== part));
    const others = takeRows(pool.rows, data.size, taught);
    const layers = refitOn(others, data, best);
    logits.push(await logitsOf(layers, data.size, takeRows(pool.rows, data.size, Uint32Array.from(heldOut))));
    measured.push(...heldOut);
  }
  return {
    logits: Float32Array.from(logits.flatMap((values) => [...values])),
    truth: Uint32Array.from(measured, (row) => pool.rows.labels[row]!),
    classes: data.classes,
    parts: Uint8Array.from(measured, (row) => pool.parts[row]!),
  };
}

async function measureValidation({ data, parts }: FitTask, { head }: Selection): Promise<Measured> {
  const logits = await logitsOf(head.layers, data.size, data.validation);
  return { logits, truth: data.validation.labels, classes: data.classes, parts: parts.validation };
}

/** By cross-validation for a linear head where validation images are few for the pool; any other head takes many times as long to fit. */
export function calibrationMethod(
  hiddenLayers: readonly number[],
  rows: { readonly train: number; readonly validation: number },
): HeadCalibration['method'] {
  const enough = rows.train + rows.validation < largePool ? manyImages : enoughImages;
  return hiddenLayers.length === 0 && rows.validation < enough ? 'cross-validation' : 'validation';
}

/** undefined when one of the heads that it takes diverged, which says nothing against the fitted one. */
async function tryCrossValidation(task: FitTask, best: Selection): Promise<Measured | undefined> {
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
  const { train, validation } = task.data;
  const rows = { train: train.labels.length, validation: validation.labels.length };
  const isCrossed = calibrationMethod(best.options.hiddenLayers, rows) === 'cross-validation';
  const crossed = isCrossed ? await tryCrossValidation(task, best) : undefined;
  if (crossed) return { method: 'cross-validation', ...fitAndMeasure(crossed, crossed.parts) };
  const unseen = await measureValidation(task, best);
  return { method: 'validation', ...fitWhereItHelps(unseen, unseen.parts) };
}
