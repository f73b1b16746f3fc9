import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineLostError } from '../../src/engines/engine.js';
import { AppError } from '../../src/errors.js';
import { Batcher, type BatchItem } from '../../src/serving/batcher.js';
import { type Priority } from '../../src/turns.js';
import { createFakeEngine, type FakeEngine } from './fakeEngine.js';

const options = { maxBatchSize: 4, backgroundBatchSize: 2, maxQueue: 6 };

const item = (pixel: number, priority: Priority = 'request', rest: Partial<BatchItem> = {}): BatchItem => ({
  backboneId: 'b',
  pixels: Uint8Array.of(pixel),
  headIds: ['h'],
  priority,
  ...rest,
});

/** Makes the engine's runs wait until the returned function is called. */
function holdRuns(engine: FakeEngine): () => void {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  engine.onRun = () => gate;
  return open;
}

/** Starts one item and waits until the engine has it in hand, so that what follows queues behind it. */
async function occupy(engine: FakeEngine, batcher: Batcher): Promise<void> {
  void batcher.submit(item(0));
  while (engine.batches.length === 0) await new Promise(setImmediate);
}

test('what waits while the engine is busy goes in one batch, up to the limit', async () => {
  const engine = createFakeEngine(1, 2);
  const batcher = new Batcher(engine, options);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  const waiting = [1, 2, 3, 4, 5].map((pixel) => batcher.submit(item(pixel)));
  open();
  const results = await Promise.all(waiting);
  assert.deepEqual(engine.batches, [[0], [1, 2, 3, 4], [5]]);
  assert.deepEqual(
    results.map(({ embedding }) => embedding[0]),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual([...results[2]!.logits.get('h')!], [3, 3]);
});

test('items of different backbones never share a batch', async () => {
  const engine = createFakeEngine(1, 1);
  const batcher = new Batcher(engine, options);
  await Promise.all([
    batcher.submit(item(1)),
    batcher.submit(item(2, 'request', { backboneId: 'other' })),
    batcher.submit(item(3)),
  ]);
  assert.deepEqual(engine.batches, [[1, 3], [2]]);
});

test('requests overtake background work, which still gets done', async () => {
  const engine = createFakeEngine(1, 1);
  const batcher = new Batcher(engine, options, undefined, () => 0);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  const background = [10, 11, 12].map((pixel) => batcher.submit(item(pixel, 'background')));
  const request = batcher.submit(item(1));
  open();
  await Promise.all([...background, request]);
  assert.deepEqual(engine.batches, [[0], [1], [10, 11], [12]]);
});

test('under constant requests, background work has one small batch a second', async () => {
  const engine = createFakeEngine(1, 1);
  let nowMs = 0;
  const batcher = new Batcher(engine, { ...options, maxBatchSize: 1 }, undefined, () => nowMs);
  const background = [10, 11, 12].map((pixel) => batcher.submit(item(pixel, 'background')));
  const requests: Promise<unknown>[] = [];
  // Each run takes 400 ms and another request comes meanwhile.
  engine.onRun = async () => {
    nowMs += 400;
    if (requests.length < 9) requests.push(batcher.submit(item(1)));
  };
  requests.push(batcher.submit(item(1)));
  await Promise.all(background);
  await Promise.all(requests);
  assert.deepEqual(engine.batches.slice(0, 9), [[1], [1], [1], [10, 11], [1], [1], [12], [1], [1]]);
});

test('background work has whole batches once no request has come for a while', async () => {
  const engine = createFakeEngine(1, 1);
  let now = 0;
  const batcher = new Batcher(engine, options, undefined, () => now);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  const background = [10, 11, 12, 13].map((pixel) => batcher.submit(item(pixel, 'background')));
  now = 1500;
  open();
  await Promise.all(background);
  assert.deepEqual(engine.batches, [[0], [10, 11, 12, 13]]);
});

test('a full queue refuses the next request as overloaded and serves the others', async () => {
  const engine = createFakeEngine(1, 1);
  const batcher = new Batcher(engine, options);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  const waiting = [1, 2, 3, 4, 5, 6].map((pixel) => batcher.submit(item(pixel)));
  await assert.rejects(batcher.submit(item(7)), (error) => error instanceof AppError && error.code === 'overloaded');
  open();
  assert.equal((await Promise.all(waiting)).length, 6);
});

test('an aborted item leaves the queue with the reason and never reaches the engine', async () => {
  const engine = createFakeEngine(1, 1);
  const batcher = new Batcher(engine, options);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  const controller = new AbortController();
  const gone = batcher.submit(item(1, 'request', { signal: controller.signal }));
  const stays = batcher.submit(item(2));
  controller.abort(new AppError('client_closed', 'gone'));
  await assert.rejects(gone, (error) => error instanceof AppError && error.code === 'client_closed');
  open();
  await stays;
  assert.deepEqual(engine.batches, [[0], [2]]);
});

test('an item whose signal is aborted already is refused at once', async () => {
  const batcher = new Batcher(createFakeEngine(1, 1), options);
  const reason = new Error('too late');
  await assert.rejects(batcher.submit(item(1, 'request', { signal: AbortSignal.abort(reason) })), reason);
});

test('one bad item fails alone and the rest of its batch is answered', async () => {
  const engine = createFakeEngine(1, 1);
  engine.onRun = async (pixels) => {
    if (pixels.includes(13)) throw new Error('13 cannot be computed');
  };
  const batcher = new Batcher(engine, options);
  const outcomes = await Promise.allSettled([
    batcher.submit(item(1)),
    batcher.submit(item(13)),
    batcher.submit(item(2)),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
});

test('items in flight when the engine dies are run again, each on its own', async () => {
  const engine = createFakeEngine(1, 1);
  let deaths = 0;
  engine.onRun = async () => {
    if (deaths++ === 0) throw new EngineLostError('died');
  };
  const batcher = new Batcher(engine, options);
  const results = await Promise.all([batcher.submit(item(1)), batcher.submit(item(2))]);
  assert.deepEqual(
    results.map(({ embedding }) => embedding[0]),
    [1, 2],
  );
  assert.deepEqual(engine.batches, [[1, 2], [1], [2]]);
});

test('an item that kills the engine twice is refused and takes no other down', async () => {
  const engine = createFakeEngine(1, 1);
  engine.onRun = async (pixels) => {
    if (pixels.includes(13)) throw new EngineLostError('died');
  };
  const batcher = new Batcher(engine, options);
  const poison = batcher.submit(item(13));
  const innocent = batcher.submit(item(1));
  await assert.rejects(poison, (error) => error instanceof AppError && error.code === 'engine_unavailable');
  assert.equal((await innocent).embedding[0], 1);
});

test('drained resolves once nothing is queued or in flight', async () => {
  const engine = createFakeEngine(1, 1);
  const batcher = new Batcher(engine, options);
  const open = holdRuns(engine);
  await occupy(engine, batcher);
  let drained = false;
  const waiting = batcher.drained().then(() => (drained = true));
  await new Promise(setImmediate);
  assert.equal(drained, false);
  open();
  await waiting;
  assert.equal(batcher.depth, 0);
});

test('queue time is measured from arrival on the given clock', async () => {
  const engine = createFakeEngine(1, 1);
  let now = 100;
  const batcher = new Batcher(engine, options, undefined, () => now);
  const result = batcher.submit(item(1));
  now = 107;
  assert.equal((await result).queueMs, 7);
});
