import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alwaysTaught } from '../../src/training/calibrationParts.js';
import { foldsOfFit } from '../../src/training/fit/penaltyChoice.js';

const partsOf = (train: number, validation: number) => ({
  train: Uint8Array.from({ length: train }, (_, row) => row % 5),
  // Every third row is an augmented view.
  unaltered: Uint8Array.from({ length: train }, (_, row) => Number(row % 3 !== 2)),
  validation: Uint8Array.from({ length: validation }, (_, row) => row % 5),
});

describe('the folds that choose a penalty', () => {
  it('hold each image out once, and its augmented views never', () => {
    const { folds, method } = foldsOfFit(partsOf(60, 20));
    assert.deepEqual([folds.length, method], [5, 'cross-validation']);
    const heldOut = folds.flatMap((fold) => fold.heldOut).sort((a, b) => a - b);
    assert.deepEqual(
      heldOut,
      [...Array(80).keys()].filter((row) => row >= 60 || row % 3 !== 2),
    );
    for (const { isTaught, heldOut: out } of folds) {
      assert.ok(out.every((row) => isTaught[row] === 0));
      assert.equal(isTaught.filter((one) => one === 0).length, 16);
    }
  });

  it('are the validation images where these are many, or nothing else can be held out', () => {
    for (const parts of [
      partsOf(1_000, 500),
      { ...partsOf(60, 20), train: new Uint8Array(60).fill(alwaysTaught), validation: new Uint8Array(20) },
    ]) {
      const { folds, method } = foldsOfFit(parts);
      assert.equal(method, 'validation');
      const [count, all] = [parts.train.length, parts.train.length + parts.validation.length];
      assert.deepEqual(
        folds.map(({ heldOut }) => heldOut),
        [[...Array(all).keys()].slice(count)],
      );
      assert.equal(
        folds[0]!.isTaught.findIndex((one) => one === 0),
        count,
      );
    }
  });
});
