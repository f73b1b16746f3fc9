import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadedIdOf, type Precision } from '../../src/engines/engine.js';
import type { PrecisionCheck } from '../../src/serving/precisionChecks.js';
import type { ActivationRanges } from '../../src/quantization/activationRanges.js';
import { PrecisionPolicy, type PrecisionSetting } from '../../src/serving/precision.js';

const id = 'a'.repeat(64);
const ranges: ActivationRanges = {
  format: 'taxon-activation-ranges/1',
  backboneId: id,
  graphRevision: 1,
  images: 100,
  ranges: { conv: [0, 6] },
};
const other: ActivationRanges = { ...ranges, ranges: { conv: [0, 7] } };
const int8 = { precision: 'int8', ranges } as const;

const passed = (precision: 'bf16' | 'int8', agreement = 1): PrecisionCheck => ({
  engine: 'onnx',
  precision,
  backbone: loadedIdOf({ id, reduced: precision === 'int8' ? int8 : { precision } }),
  images: 100,
  agreement,
  explainedVariance: 1,
});

const versionWith = (...precisions: PrecisionCheck[]) => ({
  name: 'clothing',
  backbone: { id, architecture: 'test', embeddingSize: 1 },
  metrics: { precisions },
  provenance: { trainingId: 'a training' },
});

const policy = (setting: PrecisionSetting, precisions: readonly Precision[] = ['fp32', 'bf16', 'int8']) =>
  new PrecisionPolicy(setting, { engine: 'onnx', precisions });

describe('a version answers', () => {
  it('in the fastest precision that was let through', () => {
    const manifest = versionWith(passed('bf16'), passed('int8'));
    const { precision, reduced } = policy('auto').choose({ manifest, ranges });
    assert.equal(precision, 'int8');
    assert.deepEqual(reduced, int8);
  });

  it('in the next one where the fastest was not, and says why', () => {
    const manifest = versionWith(passed('bf16'), passed('int8', 0.9));
    const { precision, reason } = policy('auto').choose({ manifest, ranges });
    assert.equal(precision, 'bf16');
    assert.match(reason, /^bf16: 100 % of 100 .*; int8: 90 % of 100 .*, which is too little$/);
  });

  it('in fp32 when the processor, the ranges or the check are missing', () => {
    const manifest = versionWith(passed('int8'));
    assert.match(
      policy('int8', ['fp32']).choose({ manifest, ranges }).reason,
      /onnx engine does not compute in int8 here/,
    );
    assert.match(policy('int8').choose({ manifest }).reason, /have not been measured/);
    assert.match(policy('int8').choose({ manifest: versionWith(), ranges }).reason, /not compared with fp32/);
    assert.match(policy('int8').choose({ manifest, ranges: other }).reason, /not compared with fp32/);
  });

  it('in what the configuration names, or fp32', () => {
    const manifest = versionWith(passed('bf16'), passed('int8'));
    assert.equal(policy('fp32').choose({ manifest, ranges }).precision, 'fp32');
    assert.equal(policy('bf16').choose({ manifest, ranges }).precision, 'bf16');
    assert.equal(policy('bf16', ['fp32', 'int8']).choose({ manifest, ranges }).precision, 'fp32');
  });
});

it('a version that is being measured answers in the precision that others have passed in, until that ends or its own check is there', () => {
  const judged = policy('auto');
  const manifest = versionWith();
  const end = judged.allowWhileMeasured('a training', { name: 'clothing', version: 1, check: passed('int8') });
  const { precision, reason, reduced } = judged.choose({ manifest, ranges });
  assert.deepEqual([precision, reduced], ['int8', int8]);
  assert.match(reason, /^int8: being compared with fp32; of clothing\/1, on the same backbone, 100 % of 100 held-out/);
  assert.equal(judged.isBeingMeasured(manifest), true);

  assert.equal(judged.choose({ manifest, ranges: other }).precision, 'fp32');
  assert.equal(judged.choose({ manifest: { ...manifest, provenance: {} }, ranges }).precision, 'fp32');
  assert.equal(judged.choose({ manifest: versionWith(passed('int8', 0.9)), ranges }).precision, 'fp32');
  end();
  assert.equal(judged.choose({ manifest, ranges }).precision, 'fp32');
  assert.equal(judged.isBeingMeasured(manifest), false);
});

it('a training tries what the engine computes and the configuration allows, fastest first', () => {
  assert.deepEqual(policy('auto').candidates(ranges), [int8, { precision: 'bf16' }]);
  assert.deepEqual(policy('auto').candidates(undefined), [{ precision: 'bf16' }]);
  assert.deepEqual(policy('fp32').candidates(ranges), []);
  assert.deepEqual(policy('auto', ['fp32']).candidates(ranges), []);
});
