import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { endWork } from '../../src/endWork.js';
import { EngineLostError } from '../../src/engines/engine.js';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { Batcher } from '../../src/serving/batcher.js';
import { freshFolder } from '../support/folder.js';

const workerUrl = new URL('../engines/mortalWorker.js', import.meta.url);
const logger = pino({ level: 'silent' });

test('a shutdown ends the work that waits for the return of an engine that is down', async (t) => {
  const cacheDir = await freshFolder(t);
  const options = { engine: 'onnx', device: 'cpu', threads: 1, cacheDir, warmupBatchSizes: [] } as const;
  const engine = await startWorkerEngine([options], { logger, workerUrl });
  t.after(() => engine.close());
  await writeFile(join(cacheDir, 'dead'), '');
  const image = (pixel: number) => ({ backboneId: 'b', pixels: Uint8Array.of(pixel), headIds: [] });
  await assert.rejects(engine.run({ ...image(66), count: 1 }), EngineLostError);
  const batcher = new Batcher(engine, { maxBatchSize: 1, backgroundBatchSize: 1, maxQueue: 4 });
  const waiting = [
    batcher.submit({ ...image(1), priority: 'request' }),
    batcher.submit({ ...image(1), priority: 'background' }),
  ];
  const outcomes = waiting.map((work) =>
    work.then(
      () => 'answered',
      (error: unknown) => (error as { code?: string }).code,
    ),
  );
  await endWork({
    server: { close: () => outcomes[0]! },
    training: {
      stop: async () => {
        await outcomes[1];
      },
    },
    webhooks: { stop: () => Promise.resolve() },
    engine,
  });
  await batcher.drained();
  assert.deepEqual(await Promise.all(outcomes), ['engine_unavailable', 'engine_unavailable']);
});
