import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchMemory } from '../../src/serving/batchMemory.js';

test('images lie one after another in shared memory', () => {
  const batch = new BatchMemory().fill([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
  assert.deepEqual([...batch], [1, 2, 3, 4]);
  assert.ok(batch.buffer instanceof SharedArrayBuffer);
});

test('the memory is used again for a batch that fits, which shows nothing of the one before', () => {
  const memory = new BatchMemory();
  const first = memory.fill([Uint8Array.of(1, 2), Uint8Array.of(3, 4)]);
  const second = memory.fill([Uint8Array.of(5)]);
  assert.equal(second.buffer, first.buffer);
  assert.deepEqual([...second], [5]);
});

test('a larger batch gets larger memory', () => {
  const memory = new BatchMemory();
  memory.fill([Uint8Array.of(1)]);
  assert.deepEqual([...memory.fill([Uint8Array.of(2, 3), Uint8Array.of(4, 5)])], [2, 3, 4, 5]);
});
