import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeNpy } from '../../src/formats/npy.js';

test('an array is written byte for byte as NumPy 1.26 saves it', () => {
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const expected = Buffer.concat([
    Buffer.from([0x93]),
    Buffer.from('NUMPY\x01\x00v\x00', 'latin1'),
    Buffer.from(`${header.padEnd(117)}\n`),
    Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6.5).buffer),
  ]);
  assert.equal(expected.length % 64, 24);
  assert.deepEqual(writeNpy([[1, 2, 3], Float32Array.of(4, 5, 6.5)], 3), expected);
});
