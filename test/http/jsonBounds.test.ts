// JSON bodies that would hold up the event loop are refused after as many bytes as it takes to see it, and nothing else is.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonBounds } from '../../src/http/json.js';

const limits = { maxDepth: 4, maxValues: 20 };

/** Fed in chunks of `size` bytes; the number of chunks that were taken before a refusal, undefined when there was none. */
function refusedAfter(text: string, size: number): number | undefined {
  const bounds = new JsonBounds(limits);
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) {
    try {
      bounds.take(bytes.subarray(start, start + size));
    } catch {
      return start / size;
    }
  }
  return undefined;
}

const valuesIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 1;
  return 1 + Object.values(value).reduce((sum: number, one) => sum + valuesIn(one), 0);
};
const depthOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depthOf));
const emptiesIn = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return inside.length === 0 ? 1 : inside.reduce((sum: number, one) => sum + emptiesIn(one), 0);
};

describe('bounds of a JSON text', () => {
  it('agree with the values and the depth of what the parser makes of it, however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 12 }), fc.integer({ min: 1, max: 40 }), (text, size) => {
        const parsed: unknown = JSON.parse(text);
        // Keys given twice are counted twice, and the parser keeps one.
        fc.pre(JSON.stringify(parsed).length === text.replaceAll(/\s/g, '').length);
        const isTooMuch = depthOf(parsed) > limits.maxDepth || valuesIn(parsed) + emptiesIn(parsed) > limits.maxValues;
        assert.equal(refusedAfter(text, size) !== undefined, isTooMuch, text);
      }),
    );
  });

  it('hold for braces, brackets, commas and quotes in strings, which are text', () => {
    const texts = ['{[,"\\', '\\\\"', '\\', '"'.repeat(500), '[,{'.repeat(500), '\u2028é😀'.repeat(100)];
    for (const size of [1, 2, 3, 7, 64]) assert.equal(refusedAfter(JSON.stringify(texts), size), undefined);
  });

  for (const element of ['null', '"A*"', '{}', '1', '[]'])
    it(`are passed by millions of ${element} within the first kilobyte`, () => {
      assert.equal(refusedAfter(`[${`${element},`.repeat(2_000_000)}1]`, 1024), 0);
    });

  it('are passed by a deep nesting at its fifth bracket', () => {
    assert.equal(refusedAfter('['.repeat(1_000_000), 1), 4);
  });
});
