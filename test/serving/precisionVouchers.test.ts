import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrecisionCheck } from '../../src/serving/precisionChecks.js';
import { describeVoucher, findVoucher } from '../../src/serving/precisionVouchers.js';

const checkOf = (images: number, agreement = 1, engine: PrecisionCheck['engine'] = 'onnx'): PrecisionCheck => ({
  engine,
  precision: 'int8',
  backbone: 'b.int8-1',
  images,
  agreement,
  explainedVariance: 0.99,
});
const versionWith = (version: number, ...precisions: PrecisionCheck[]) => ({
  name: 'clothing',
  version,
  metrics: { precisions },
});

describe('for a backbone in a lower precision speaks', () => {
  it('the version that passed on the most images', () => {
    const voucher = findVoucher([versionWith(1, checkOf(100)), versionWith(2, checkOf(372))], 'onnx', 'b.int8-1');
    assert.equal(voucher!.version, 2);
    assert.match(describeVoucher(voucher!), /^of clothing\/2, on the same backbone, 100 % of 372 held-out images/);
  });

  it('none that has passed on a few images only', () => {
    assert.equal(findVoucher([versionWith(1, checkOf(99))], 'onnx', 'b.int8-1'), undefined);
  });

  it('none once any version of it has failed, on however few images', () => {
    const versions = [versionWith(1, checkOf(372)), versionWith(2, checkOf(40, 0.9))];
    assert.equal(findVoucher(versions, 'onnx', 'b.int8-1'), undefined);
  });

  it('none that was measured on another engine, or with other ranges', () => {
    const versions = [versionWith(1, checkOf(372, 1, 'openvino'))];
    assert.equal(findVoucher(versions, 'onnx', 'b.int8-1'), undefined);
    assert.equal(findVoucher(versions, 'openvino', 'b.int8-2'), undefined);
    assert.equal(findVoucher(versions, 'openvino', 'b.int8-1')!.version, 1);
  });
});
