import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeFloat16, encodeFloat16 } from '../../src/formats/float16.js';

const half = (value: number): number => encodeFloat16(Float32Array.of(value))[0]!;

describe('half precision', () => {
  it('comes back unchanged for every half that is a number', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    assert.deepEqual(encodeFloat16(decodeFloat16(halves)), halves);
  });

  it('has the values of IEEE 754 at its corners', () => {
    assert.deepEqual(
      [...decodeFloat16(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0400, 0x7c00))],
      [1, -2, 65504, 2 ** -24, 2 ** -14, Infinity],
    );
    assert.ok(Number.isNaN(decodeFloat16(Uint16Array.of(0x7e00))[0]));
  });

  it('rounds to the nearest half, and ties to the even one', () => {
    assert.equal(half(1 + 2 ** -11), 0x3c00);
    assert.equal(half(1 + 3 * 2 ** -11), 0x3c02);
    assert.equal(half(1 + 2 ** -11 + 2 ** -20), 0x3c01);
    assert.equal(half(1.5 * 2 ** -24), 0x0002);
    assert.equal(half(65519), 0x7bff);
    assert.equal(half(65520), 0x7c00);
    assert.equal(half(-1e9), 0xfc00);
    assert.equal(half(NaN), 0x7e00);
  });
});
