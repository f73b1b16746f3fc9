// Parts for cross-validation of rows that have nothing to do with one another, each with every class of `clusters`.
import type { FitData } from '../../src/training/fit/headFit.js';
import type { CalibrationParts } from '../../src/training/worker/trainerTask.js';

/** Classes come in turn, so nine rows in a row go to one part: up to nine classes are in each. */
const inTurn = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, row) => Math.floor(row / 9) % 3);

export const partsOf = ({ train, validation }: FitData): CalibrationParts => ({
  train: inTurn(train.labels.length),
  unaltered: new Uint8Array(train.labels.length).fill(1),
  validation: inTurn(validation.labels.length),
});
