// Parts for cross-validation of rows that have nothing to do with one another: dealt out in turn.
import type { FitData } from '../../src/training/fit/headFit.js';
import type { CalibrationParts } from '../../src/training/worker/trainerTask.js';

const inTurn = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, row) => row % 3);

export const partsOf = ({ train, validation }: FitData): CalibrationParts => ({
  train: inTurn(train.labels.length),
  unaltered: new Uint8Array(train.labels.length).fill(1),
  validation: inTurn(validation.labels.length),
});
