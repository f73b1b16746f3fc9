import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeCheck, findCheck, isGoodEnough, type PrecisionCheck } from '../../src/serving/precisionChecks.js';

/** Of `images`, `same` with the class of fp32 and `right` in the lower precision; all are right in fp32. */
const checked = (images: number, same: number, right = same): PrecisionCheck => ({
  engine: 'onnx',
  precision: 'int8',
  backbone: 'b.int8-0',
  images,
  agreement: same / images,
  explainedVariance: 0.98,
  accuracy: right / images,
  fp32Accuracy: 1,
});

describe('a precision may answer', () => {
  it('when 99 % get the same class and half a point of accuracy is lost at most', () => {
    assert.equal(isGoodEnough(checked(1000, 990, 995)), true);
    assert.equal(isGoodEnough(checked(1000, 989, 995)), false);
    assert.equal(isGoodEnough(checked(1000, 990, 994)), false);
  });

  it('when one image of a few differs, but not two', () => {
    assert.equal(isGoodEnough(checked(50, 49)), true);
    assert.equal(isGoodEnough(checked(50, 48)), false);
  });

  it('never on fewer than twenty images, however well they do', () => {
    assert.equal(isGoodEnough(checked(20, 20)), true);
    assert.equal(isGoodEnough(checked(19, 19)), false);
  });

  it('never with embeddings that say nothing, even where the head is right by chance', () => {
    assert.equal(isGoodEnough({ ...checked(100, 100), explainedVariance: 0.79 }), false);
  });

  it('by agreement alone where the images have no labels', () => {
    const unlabelled = { ...checked(200, 199), accuracy: undefined, fp32Accuracy: undefined };
    assert.equal(isGoodEnough(unlabelled), true);
    assert.equal(
      describeCheck(unlabelled),
      '99.5 % of 200 held-out images get the same class as in fp32 and embeddings keep 98 % of the variance',
    );
  });
});

it('the check of an engine and a precision is the latest, and what is no check is passed over', () => {
  const older = checked(100, 50);
  const newer = checked(100, 100);
  const metrics = { precisions: [older, { precision: 'int4' }, newer, { ...older, engine: 'tfjs' }] };
  assert.deepEqual(findCheck({ metrics }, 'onnx', 'int8'), newer);
  assert.equal(findCheck({ metrics }, 'onnx', 'bf16'), undefined);
  assert.equal(findCheck({ metrics: { precisions: 'none' } }, 'onnx', 'int8'), undefined);
});
