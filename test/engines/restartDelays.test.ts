import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RestartDelays } from '../../src/engines/restartDelays.js';

test('the first start after a death is at once, each further one waits twice as long, up to half a minute', () => {
  const delays = new RestartDelays(() => 0);
  const all = Array.from({ length: 12 }, () => delays.next());
  assert.deepEqual(all.slice(0, 4), [0, 100, 200, 400]);
  assert.deepEqual(all.slice(-2), [30_000, 30_000]);
});

test('an engine that starts and soon dies waits as one that does not start', () => {
  let nowMs = 0;
  const delays = new RestartDelays(() => nowMs);
  const dieAfter = (ms: number): number => {
    delays.started();
    nowMs += ms;
    return delays.next();
  };
  assert.deepEqual([dieAfter(1000), dieAfter(1000), dieAfter(1000)], [0, 100, 200]);
  assert.equal(dieAfter(60_000), 0);
});
