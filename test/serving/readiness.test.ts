import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { EngineLostError, type Engine } from '../../src/engines/engine.js';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { healthRoutes } from '../../src/http/health.js';
import { buildServer } from '../../src/http/server.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { createReadiness } from '../../src/serving/readiness.js';
import { ClassifierRegistry } from '../../src/serving/registry.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { createFakeEngine } from './fakeEngine.js';

const logger = pino({ level: 'silent' });
const workerUrl = new URL('../engines/mortalWorker.js', import.meta.url);

interface Ready {
  readonly status: number;
  readonly detail?: string;
}

/** A listening server whose registry holds the classifier `colours`, or none, and whose readiness also heeds `engine`. */
async function serve(
  t: TestContext,
  { engine, defaultModel = '', empty = false }: { engine?: Engine; defaultModel?: string; empty?: boolean },
): Promise<() => Promise<Ready>> {
  const modelsDir = await freshFolder(t);
  if (!empty) await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  const computing = createFakeEngine(32 * 32 * 3, 2);
  const registry = new ClassifierRegistry(computing, createModelsDirectory({ own: modelsDir }), logger, {
    defaultModel,
    maxIdleVersions: 1,
  });
  await registry.reload();
  const whyNotReady = createReadiness({
    registry,
    engine: engine ?? computing,
    database: { outage: undefined },
    modelsDirs: { own: modelsDir },
    defaultModel,
    isClosing: () => false,
    whyOthersServe: () => undefined,
  });
  const server = await buildServer({
    logger,
    corsOrigins: [],
    trustedProxies: 'none',
    maxBodyBytes: 1000,
    maxImageBytes: 1000,
    maxImages: 8,
    uploadTimeoutMs: 10_000,
    observe: () => undefined,
    routes: [healthRoutes({ engine: computing.info, whyNotReady, whyNotAlive: () => undefined })],
  });
  t.after(() => server.close());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return async () => {
    const response = await fetch(`${url}/health/ready`);
    return { ...((await response.json()) as { detail?: string }), status: response.status };
  };
}

/** Asks until the answer has this status. */
async function untilStatus(ask: () => Promise<Ready>, status: number): Promise<Ready> {
  for (;;) {
    const answer = await ask();
    if (answer.status === status) return answer;
    await sleep(20);
  }
}

test('ready answers 503 with the reason from the death of the engine until the next one has started', async (t) => {
  const cacheDir = await freshFolder(t);
  const options = { engine: 'onnx', device: 'cpu', threads: 1, cacheDir, warmupBatchSizes: [] } as const;
  const engine = await startWorkerEngine([options], { logger, workerUrl });
  t.after(() => engine.close());
  const ready = await serve(t, { engine });
  assert.equal((await ready()).status, 200);

  await writeFile(join(cacheDir, 'dead'), '');
  await assert.rejects(
    engine.run({ backboneId: 'b', pixels: Uint8Array.of(66), count: 1, headIds: [] }),
    EngineLostError,
  );
  const down = await ready();
  assert.equal(down.status, 503);
  assert.match(down.detail!, /the inference engine stopped .*started again/);

  await rm(join(cacheDir, 'dead'));
  await untilStatus(ready, 200);
});

test('ready answers 503 while DEFAULT_MODEL names a classifier that is not installed, with those that are', async (t) => {
  const ready = await serve(t, { defaultModel: 'shoes' });
  const { status, detail } = await ready();
  assert.equal(status, 503);
  assert.match(detail!, /DEFAULT_MODEL names "shoes", which is not installed; there are: colours/);
});

test('ready answers 503 while there is no classifier', async (t) => {
  const ready = await serve(t, { empty: true });
  const { status, detail } = await ready();
  assert.equal(status, 503);
  assert.match(detail!, /there is no classifier in/);
});
