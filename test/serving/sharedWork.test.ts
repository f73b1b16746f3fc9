import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedWork } from '../../src/serving/sharedWork.js';

interface Computing {
  readonly signal: AbortSignal;
  finish(result: number): void;
  fail(error: Error): void;
}

function createWork() {
  const computing: Computing[] = [];
  let shared = 0;
  const work = new SharedWork<number>(() => (shared += 1));
  const compute = (signal: AbortSignal): Promise<number> =>
    new Promise((finish, fail) => computing.push({ signal, finish, fail }));
  const run = (use: string, bytes: readonly number[], signal = new AbortController().signal): Promise<number> =>
    work.run(use, Uint8Array.from(bytes), signal, compute);
  return { run, computing, sharedCount: () => shared };
}

test('equal images of one use are computed once, and all get the result', async () => {
  const { run, computing, sharedCount } = createWork();
  const answers = [run('a', [1, 2]), run('a', [1, 2]), run('a', [1, 2])];
  assert.equal(computing.length, 1);
  computing[0]!.finish(7);
  assert.deepEqual(await Promise.all(answers), [7, 7, 7]);
  assert.equal(sharedCount(), 2);
});

test('images that differ in a byte or in length, and other uses, are computed apart', async () => {
  const { run, computing, sharedCount } = createWork();
  const answers = [run('a', [1, 2]), run('a', [1, 3]), run('a', [1, 2, 3]), run('b', [1, 2])];
  assert.equal(computing.length, 4);
  computing.forEach((one, index) => one.finish(index));
  assert.deepEqual(await Promise.all(answers), [0, 1, 2, 3]);
  assert.equal(sharedCount(), 0);
});

test('the abort of one, the first included, leaves the others their result', async () => {
  const { run, computing } = createWork();
  const first = new AbortController();
  const answers = [run('a', [1], first.signal), run('a', [1])];
  first.abort(new Error('the first left'));
  await assert.rejects(answers[0]!, /the first left/);
  assert.equal(computing[0]!.signal.aborted, false);
  computing[0]!.finish(7);
  assert.equal(await answers[1], 7);
});

test('once all have left the work is aborted with the reason of the last, and an equal image that comes then is computed anew', async () => {
  const { run, computing } = createWork();
  const [first, last] = [new AbortController(), new AbortController()];
  const answers = [run('a', [1], first.signal), run('a', [1], last.signal)];
  first.abort(new Error('the first left'));
  last.abort(new Error('the last left'));
  await assert.rejects(answers[0]!, /the first left/);
  await assert.rejects(answers[1]!, /the last left/);
  assert.match(String(computing[0]!.signal.reason), /the last left/);
  const late = run('a', [1]);
  assert.equal(computing.length, 2);
  computing[1]!.finish(8);
  assert.equal(await late, 8);
});

test('a failure reaches all who wait, and is not kept', async () => {
  const { run, computing } = createWork();
  const answers = [run('a', [1]), run('a', [1])];
  computing[0]!.fail(new Error('cannot be decoded'));
  for (const answer of answers) await assert.rejects(answer, /cannot be decoded/);
  const next = run('a', [1]);
  computing[1]!.finish(9);
  assert.equal(await next, 9);
});

test('what is done is not kept', async () => {
  const { run, computing } = createWork();
  const first = run('a', [1]);
  computing[0]!.finish(7);
  await first;
  void run('a', [1]);
  assert.equal(computing.length, 2);
});
