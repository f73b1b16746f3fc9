import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import {
  EngineLostError,
  type BackboneArtifact,
  type EngineBatch,
  type EngineOptions,
} from '../../src/engines/engine.js';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { AppError } from '../../src/errors.js';
import { Batcher } from '../../src/serving/batcher.js';
import { freshFolder } from '../support/folder.js';

const options: EngineOptions = { engine: 'onnx', device: 'cpu', threads: 1, cacheDir: 'unused', warmupBatchSizes: [] };
const workerUrl = new URL('./mortalWorker.js', import.meta.url);
const logger = pino({ level: 'silent' });
const batch = (pixel: number): EngineBatch => ({
  backboneId: 'b',
  pixels: Uint8Array.of(pixel),
  count: 1,
  headIds: [],
});
const backbone: BackboneArtifact = {
  id: 'b',
  directory: 'none',
  embeddingSize: 1,
  preprocessing: {
    height: 1,
    width: 1,
    resize: 'stretch',
    cropFraction: 1,
    kernel: 'linear',
    channels: 'rgb',
    scale: [1, 1, 1],
    offset: [0, 0, 0],
  },
};

/** Pixel values that the mortal worker obeys. */
const [answer, die] = [1, 66];

test('a batch in flight when the worker dies is reported as lost, and the next worker has everything loaded again', async (t) => {
  let restarts = 0;
  const engine = await startWorkerEngine([options], { logger, workerUrl, onRestart: () => restarts++ });
  t.after(() => engine.close());
  await engine.loadBackbone(backbone);
  await assert.rejects(engine.run(batch(die)), EngineLostError);
  const { embeddings } = await engine.run(batch(answer));
  assert.equal(embeddings[0], answer);
  assert.equal(restarts, 1);
});

test('requests queued behind a death are all answered', async (t) => {
  const engine = await startWorkerEngine([options], { logger, workerUrl });
  t.after(() => engine.close());
  await engine.loadBackbone(backbone);
  const batcher = new Batcher(engine, { maxBatchSize: 1, backgroundBatchSize: 1, maxQueue: 10 });
  const submit = (pixel: number) =>
    batcher.submit({ backboneId: 'b', pixels: Uint8Array.of(pixel), headIds: [], priority: 'request' });
  const poison = assert.rejects(
    submit(die),
    (error) => error instanceof AppError && error.code === 'engine_unavailable',
  );
  const innocent = await Promise.all([2, 3, 4].map(submit));
  await poison;
  assert.deepEqual(
    innocent.map(({ embedding }) => embedding[0]),
    [2, 3, 4],
  );
});

test('an error of the engine arrives as what it was', async (t) => {
  const engine = await startWorkerEngine([options], { logger, workerUrl });
  t.after(() => engine.close());
  await assert.rejects(engine.run(batch(answer)), /backbone b is not loaded/);
  await assert.rejects(
    engine.loadBackbone({ ...backbone, id: 'broken' }),
    (error) => error instanceof AppError && error.code === 'invalid_model',
  );
});

test('an engine that is not available is refused with its reason', async () => {
  const start = startWorkerEngine([{ ...options, device: 'dml' }], { logger, workerUrl });
  await assert.rejects(
    start,
    (error) =>
      error instanceof AppError && error.code === 'engine_unavailable' && error.detail === 'no such device here',
  );
});

test('close is idempotent and later calls are refused', async (t) => {
  const engine = await startWorkerEngine([options], { logger, workerUrl });
  t.after(() => engine.close());
  await Promise.all([engine.close(), engine.close()]);
  await assert.rejects(
    engine.run(batch(answer)),
    (error) => error instanceof AppError && error.code === 'engine_unavailable',
  );
});

test('close ends the wait for the next start of an engine that cannot be started', async (t) => {
  const cacheDir = await freshFolder(t);
  const engine = await startWorkerEngine([{ ...options, cacheDir }], { logger, workerUrl });
  t.after(() => engine.close());
  await writeFile(join(cacheDir, 'dead'), '');
  await assert.rejects(engine.run(batch(die)), EngineLostError);
  while (!/could not be started again/.test(engine.outage ?? '')) await sleep(5);
  const waiting = engine.run(batch(answer));
  await Promise.all([engine.close(), assert.rejects(waiting, { code: 'engine_unavailable' })]);
});
