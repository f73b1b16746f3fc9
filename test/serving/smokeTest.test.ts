import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import sharp from 'sharp';
import { ImageStore } from '../../src/data/images/imageStore.js';
import { createImageDecoder, type DecodeNow } from '../../src/image/decoder.js';
import { inceptionPreprocessing } from '../../src/image/preprocessing.js';
import { manifestSchema } from '../../src/models/manifest.js';
import { Batcher } from '../../src/serving/batcher.js';
import type { ServedVersion } from '../../src/serving/loadedVersions.js';
import { createSmokeTest } from '../../src/serving/smokeTest.js';
import { freshFolder } from '../support/folder.js';
import { createFakeEngine, type FakeEngine } from './fakeEngine.js';

const side = 299;
const maxQueue = 2;

/** A version that takes the middle of an image, as most ImageNet models do. */
const version: ServedVersion = {
  headId: 'h',
  backboneId: 'a'.repeat(64),
  choice: { precision: 'fp32', reason: 'a test' },
  manifest: manifestSchema.parse({
    format: 'taxon-model/1',
    name: 'clothing',
    version: 1,
    layout: 'head',
    labels: ['x', 'y'],
    preprocessing: { ...inceptionPreprocessing, resize: 'centre-crop' },
    backbone: { id: 'a'.repeat(64), architecture: 'test', embeddingSize: 1 },
    files: {},
    license: 'CC0-1.0',
  }),
};

const grey = (width: number, height: number, level: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

interface Bench {
  readonly engine: FakeEngine;
  readonly batcher: Batcher;
  readonly smokeTest: (version: ServedVersion) => Promise<void>;
}

async function open(
  t: TestContext,
  stored: readonly Uint8Array[],
  { decodeNow, patienceMs = 60_000 }: { decodeNow?: DecodeNow; patienceMs?: number } = {},
): Promise<Bench> {
  const images = await ImageStore.open(await freshFolder(t));
  for (const bytes of stored) await images.put(bytes);
  const limits = { maxBytes: 1_000_000, maxPixels: 1_000_000, timeoutMs: 60_000 };
  const decoder = createImageDecoder({ limits, concurrency: 1, ...(decodeNow && { decodeNow }) });
  t.after(() => decoder.close());
  const engine = createFakeEngine(side * side * 3, 2);
  const batcher = new Batcher(engine, { maxBatchSize: 1, backgroundBatchSize: 1, maxQueue });
  return { engine, batcher, smokeTest: createSmokeTest({ images, decoder, batcher, patienceMs }) };
}

/** The first pixel of each image that the engine was given, in order of its value. */
const seen = ({ batches }: FakeEngine): number[] => batches.flat().sort((a, b) => a - b);
/** Those of the drawn images. */
const [gradient, noise] = [0, 158];

test('stored images that cannot be decoded at the size of the version are passed over for those that can', async (t) => {
  const unusable = await Promise.all([1, 2, 3, 4].map((level) => grey(1, 300, level)));
  const usable = await Promise.all([100, 101].map((level) => grey(40, 40, level)));
  const { engine, smokeTest } = await open(t, [...unusable, Buffer.from('no image'), ...usable]);
  await smokeTest(version);
  assert.deepEqual(seen(engine), [100, 101]);
});

test('drawn images take the place of those that the store does not have', async (t) => {
  const { engine, smokeTest } = await open(t, [await grey(1, 300, 1), await grey(40, 40, 100)]);
  await smokeTest(version);
  assert.deepEqual(seen(engine), [100, noise]);
  const empty = await open(t, []);
  await empty.smokeTest(version);
  assert.deepEqual(seen(empty.engine), [gradient, noise]);
});

test('with a full queue of requests it waits its turn', async (t) => {
  const { engine, batcher, smokeTest } = await open(t, []);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  engine.onRun = () => held;
  const { id: backboneId } = version.manifest.backbone;
  const request = (): Promise<unknown> =>
    batcher.submit({ backboneId, pixels: new Uint8Array(side * side * 3), headIds: ['h'], priority: 'request' });
  const requests = [request()];
  while (engine.batches.length === 0) await new Promise(setImmediate);
  for (let i = 0; i < maxQueue; i++) requests.push(request());
  await assert.rejects(request(), { code: 'overloaded' });
  const failed = new AbortController();
  const tested = smokeTest(version).catch((error: unknown) => {
    failed.abort();
    throw error;
  });
  while (!failed.signal.aborted && batcher.depth <= maxQueue) await new Promise(setImmediate);
  release();
  await Promise.all([tested, ...requests]);
});

test('drawn images take the place of stored ones when the decoder has no time for them', async (t) => {
  const never = new Promise<never>(() => undefined);
  const { engine, smokeTest } = await open(t, [await grey(40, 40, 100)], { decodeNow: () => never, patienceMs: 20 });
  await smokeTest(version);
  assert.deepEqual(seen(engine), [gradient, noise]);
});

test('a version that does not give one probability per label is refused', async (t) => {
  const { smokeTest } = await open(t, []);
  const three = { ...version, manifest: { ...version.manifest, labels: ['x', 'y', 'z'] } };
  await assert.rejects(smokeTest(three), { code: 'invalid_model' });
});
