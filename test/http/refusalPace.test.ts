import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RefusalPace } from '../../src/http/refusalPace.js';

test('a burst of a thousand refusals goes out at once, those beyond it a millisecond apart', () => {
  const pace = new RefusalPace();
  const delays = Array.from({ length: 1500 }, () => pace.delayAt(5000));
  assert.deepEqual(delays.slice(0, 1000), Array(1000).fill(0));
  assert.equal(delays[1000], 1);
  assert.equal(delays[1499], 500);
});

test('none waits longer than a second, and none does once there were fewer for a while', () => {
  const pace = new RefusalPace();
  const delays = Array.from({ length: 10_000 }, () => pace.delayAt(0));
  assert.equal(Math.max(...delays), 1000);
  assert.equal(pace.delayAt(2001), 0);
  assert.ok(Array.from({ length: 1000 }, () => pace.delayAt(60_000)).every((delay) => delay === 0));
});

test('refusals that come more slowly than the pace never wait', () => {
  const pace = new RefusalPace();
  assert.ok(Array.from({ length: 5000 }, (_, i) => pace.delayAt(1.25 * i)).every((delay) => delay === 0));
});
