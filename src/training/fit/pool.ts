// Training and validation rows of a fit in one, with the parts of cross-validation.
import type { CalibrationParts } from '../worker/trainerTask.js';
import type { FitData } from './headFit.js';
import type { Rows } from './rows.js';

export interface Pool {
  /** Those of training come first. */
  readonly rows: Rows;
  readonly parts: Uint8Array;
  /** 1 for images themselves, 0 for augmented views. */
  readonly measured: Uint8Array;
}

export function joinRows({ train, validation }: FitData, parts: CalibrationParts): Pool {
  const features = new Float32Array(train.features.length + validation.features.length);
  features.set(train.features);
  features.set(validation.features, train.features.length);
  return {
    rows: { features, labels: Uint32Array.from([...train.labels, ...validation.labels]) },
    parts: Uint8Array.from([...parts.train, ...parts.validation]),
    measured: Uint8Array.from([...parts.unaltered, ...parts.validation.map(() => 1)]),
  };
}

/** The rows numbered `picked` of `values` [rows, width]. */
export function pickRows(values: Float32Array, width: number, picked: ArrayLike<number>): Float32Array {
  const taken = new Float32Array(picked.length * width);
  for (let i = 0; i < picked.length; i++)
    taken.set(values.subarray(picked[i]! * width, (picked[i]! + 1) * width), i * width);
  return taken;
}
