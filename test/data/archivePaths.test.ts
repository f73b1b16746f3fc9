import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readPath } from '../../src/data/datasets/archivePaths.js';
import { labelSchema } from '../../src/data/datasets/schemas.js';

const segment = fc.oneof(
  fc.constantFrom('..', '.', '', 'train', 'val', 'TEST', 'C:', '__MACOSX', '__proto__', 'constructor', 'a.png', 'hat'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const path = fc
  .array(fc.tuple(segment, fc.constantFrom('/', '\\')), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.flat().slice(0, -1).join(''));

test('any path is an image with a label that can be a folder, or ignored, or refused', () => {
  fc.assert(
    fc.property(path, (given) => {
      const meaning = readPath(given);
      if (meaning.kind !== 'image') return;
      assert.equal(labelSchema.parse(meaning.label), meaning.label);
      assert.ok(!given.split(/[/\\]/).includes('..'), 'it leaves the archive');
      assert.doesNotMatch(given, /^([/\\]|[A-Za-z]:)/);
    }),
    { numRuns: 5_000 },
  );
});

test('a class is called as its folder is, whatever the name means elsewhere', () => {
  const plain = fc
    .oneof(fc.constantFrom('constructor', '__proto__', 'toString', 'valueOf'), fc.string({ maxLength: 20 }))
    .filter(
      (name) =>
        labelSchema.safeParse(name).data === name &&
        !/^(train|training|val|valid|validation|test|testing|__MACOSX|Thumbs\.db|desktop\.ini|\..*|[A-Za-z]:.*)$/i.test(
          name,
        ),
    );
  fc.assert(
    fc.property(plain, (label) => {
      assert.deepEqual(readPath(`${label}/1.jpg`), { kind: 'image', label });
      assert.deepEqual(readPath(`train/${label}/1.jpg`), { kind: 'image', label, split: 'train' });
    }),
  );
});
