import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { repeat } from '../../src/data/repeatedTask.js';
import { silent } from '../support/databases.js';

test('maintenance runs at once and at every interval, never twice at the same time, and goes on after a failure', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const warnings: unknown[] = [];
  const logger = { ...silent, debug() {}, info() {}, error() {}, warn: (...said: unknown[]) => warnings.push(said[1]) };
  const ends: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const work = (): Promise<void> => new Promise((resolve, reject) => ends.push({ resolve, reject }));
  const stop = repeat(work, { everyMs: 1_000, logger, onFailure: 'old things could not be removed' });
  assert.equal(ends.length, 1, 'at once');
  t.mock.timers.tick(3_000);
  assert.equal(ends.length, 1, 'the first still runs');
  ends[0]!.reject(new Error('the database is away'));
  await turn();
  assert.deepEqual(warnings, ['old things could not be removed; it will be tried again']);
  t.mock.timers.tick(1_000);
  assert.equal(ends.length, 2);
  let stopped = false;
  const stopping = stop().then(() => (stopped = true));
  await turn();
  assert.equal(stopped, false, 'one still runs');
  ends[1]!.resolve();
  await stopping;
  t.mock.timers.tick(5_000);
  assert.equal(ends.length, 2, 'none after the stop');
});

test('upkeep that is not to run at once begins after the first interval', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let times = 0;
  const work = async (): Promise<void> => {
    times++;
  };
  repeat(work, { everyMs: 1_000, atOnce: false, logger: silent, onFailure: 'nothing fails' });
  t.mock.timers.tick(999);
  assert.equal(times, 0);
  t.mock.timers.tick(1);
  assert.equal(times, 1);
});
