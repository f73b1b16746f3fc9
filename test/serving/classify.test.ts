import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../../src/errors.js';
import type { ImageDecoder } from '../../src/image/decoder.js';
import { Batcher } from '../../src/serving/batcher.js';
import { ClassifyService } from '../../src/serving/classify.js';
import { Costs } from '../../src/serving/costs.js';
import { FairLine } from '../../src/serving/fairLine.js';
import type { ClassifierRegistry, Lease } from '../../src/serving/registry.js';
import { createFakeEngine } from './fakeEngine.js';

test('a request ends at its deadline while the version that it names waits to be loaded, and keeps nothing of it', async () => {
  let loaded: ((lease: Lease) => void) | undefined;
  const registry: Pick<ClassifierRegistry, 'acquire'> = {
    acquire: () => new Promise((resolve) => (loaded = resolve)),
  };
  const service = new ClassifyService({
    registry: registry as ClassifierRegistry,
    batcher: new Batcher(createFakeEngine(1, 2), { maxBatchSize: 1, backgroundBatchSize: 1, maxQueue: 1 }),
    decoder: {} as ImageDecoder,
    line: new FairLine({ places: 1, agedAfterMs: 1000, unitMs: () => 1 }),
    costs: new Costs(1),
    observeDecode: () => undefined,
    onShared: () => undefined,
    observeOutcome: () => undefined,
    observeFailure: () => undefined,
  });
  const deadline = new AbortController();
  const answer = service.classify([new Uint8Array(1)], [{ name: 'colours', version: 2 }], {
    caller: 'client',
    signal: deadline.signal,
  });
  deadline.abort(new AppError('deadline_exceeded', 'too late'));
  await assert.rejects(answer, { code: 'deadline_exceeded' });

  let released = 0;
  loaded!({ version: {} as Lease['version'], release: () => (released += 1) });
  await new Promise(setImmediate);
  assert.equal(released, 1, 'a version that is loaded too late is let go');
});
