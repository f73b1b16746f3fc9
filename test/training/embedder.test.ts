import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { DirectoryStore } from '../../src/files/directoryStore.js';
import { AppError } from '../../src/errors.js';
import { inceptionPreprocessing } from '../../src/image/preprocessing.js';
import { Batcher } from '../../src/serving/batcher.js';
import { Embedder, type BrokenImage } from '../../src/training/embedding/embedder.js';
import { viewKey } from '../../src/training/embedding/augmentation.js';
import { createFakeEngine } from '../serving/fakeEngine.js';
import { newDirectory } from '../support/databases.js';
import { createHeldDecoder, type HeldDecoder } from '../support/heldDecoder.js';

const preprocessing = { ...inceptionPreprocessing, width: 1, height: 1 };
const target = {
  backbone: { id: 'tiny', architecture: 'sketch', embeddingSize: 1 },
  backboneId: 'tiny',
  preprocessing,
};
const plain = {
  index: 0,
  seed: 0,
  augmentation: { flip: false, crop: false, colour: false, rotation: false, erasing: false },
};
const images = ['aa', 'bb', 'cc', 'dd', 'ee', 'ff'];
const never = new AbortController().signal;

interface Bench {
  readonly decoder: HeldDecoder;
  /** Embeds `images`. */
  readonly embed: (signal?: AbortSignal) => Promise<BrokenImage[]>;
  /** Which of `images` are in the cache. */
  readonly cached: () => Promise<string[]>;
}

/** An embedder of whose decodes one runs at a time, with room for three requests to wait. */
async function openBench(t: TestContext): Promise<Bench> {
  const decoder = createHeldDecoder({ concurrency: 1, maxWaiting: 3 });
  t.after(() => decoder.close());
  const embedder = new Embedder({
    decoder,
    batcher: new Batcher(createFakeEngine(3, 1), { maxBatchSize: 4, backgroundBatchSize: 1, maxQueue: 4 }),
    engine: 'onnx',
    readImage: async (sha256) => Buffer.from(sha256),
    embeddings: new DirectoryStore(await newDirectory(t)),
    concurrency: images.length,
    retryAfterMs: 0,
  });
  const requests = images.map((image) => ({ image, views: [plain] }));
  const isCached = async (image: string): Promise<boolean> =>
    (await embedder.cacheOf(target).read({ image, view: viewKey(plain) })) !== undefined;
  return {
    decoder,
    embed: (signal = never) => embedder.ensure(target, requests, signal, () => undefined),
    cached: async () => {
      const found = await Promise.all(images.map(isCached));
      return images.filter((_, i) => found[i]);
    },
  };
}

/** Ends `count` decodes, each as `outcome` says; gives which they were. */
async function finish(decoder: HeldDecoder, count: number, outcome?: (image: string) => Error | undefined) {
  const done: string[] = [];
  for (let i = 0; i < count; i++) {
    await decoder.begun(1);
    const [image] = decoder.running;
    done.push(image!);
    decoder.finish(outcome?.(image!));
  }
  return done;
}

describe('an embedder', () => {
  it('loses no image to a flood of requests, lets them all pass and has none of them refused', async (t) => {
    const { decoder, embed, cached } = await openBench(t);
    const embedding = embed();
    const requests: Promise<unknown>[] = [];
    const ask = (): void => {
      requests.push(decoder.decode(Buffer.from(`request ${requests.length}`), preprocessing));
    };
    await decoder.asked(images.length);
    for (let i = 0; i < 3; i++) ask();
    const order: string[] = [];
    for (let i = 0; i < 20; i++) {
      order.push(...(await finish(decoder, 1)));
      ask();
    }
    order.push(...(await finish(decoder, requests.length + images.length - order.length)));
    await Promise.all(requests);
    assert.deepEqual(await embedding, []);
    assert.deepEqual(await cached(), images);
    assert.equal(requests.length, 23);
    const requested = requests.map((_, i) => `request ${i}`);
    assert.deepEqual(order.slice(1, 24), requested);
    assert.deepEqual([order[0]!, ...order.slice(24)].sort(), images);
  });

  it('has more images in work than Node.js takes for a leak of listeners, and draws no warning', async (t) => {
    const signal = new AbortController().signal;
    const warn = t.mock.method(process, 'emitWarning', () => undefined);
    const { decoder, embed } = await openBench(t);
    for (let others = 0; others < 10; others++) signal.addEventListener('abort', () => undefined);
    const embedding = embed(signal);
    await finish(decoder, images.length);
    await embedding;
    assert.equal(warn.mock.callCount(), 0);
  });

  it('leaves out an image that is damaged, with the reason, and embeds the others', async (t) => {
    const { decoder, embed, cached } = await openBench(t);
    const embedding = embed();
    await finish(decoder, images.length, (image) =>
      image === 'cc' ? new AppError('undecodable_image', 'The file is damaged.') : undefined,
    );
    assert.deepEqual(await embedding, [{ image: 'cc', reason: 'The file is damaged.' }]);
    assert.deepEqual(await cached(), ['aa', 'bb', 'dd', 'ee', 'ff']);
  });

  for (const code of ['image_timeout', 'overloaded'] as const)
    it(`tries an image again that met ${code}, and leaves nothing out`, async (t) => {
      const { decoder, embed, cached } = await openBench(t);
      const embedding = embed();
      let faults = 0;
      const order = await finish(decoder, images.length + 2, (image) =>
        image === 'bb' && faults++ < 2 ? new AppError(code, 'The machine is busy.') : undefined,
      );
      assert.deepEqual(await embedding, []);
      assert.deepEqual(await cached(), images);
      assert.equal(order.filter((image) => image === 'bb').length, 3);
    });

  it('fails, naming the image and what to do, when one times out in each of five attempts', async (t) => {
    const { decoder, embed, cached } = await openBench(t);
    const embedding = embed();
    const ended = assert.rejects(embedding, (error) => {
      assert.ok(error instanceof AppError && error.code === 'training_failed', String(error));
      assert.match(error.detail, /Image bb could not be decoded in 5 attempts: It took long\. .*DECODE_TIMEOUT_MS/);
      return true;
    });
    await finish(decoder, images.length - 1 + 5, (image) =>
      image === 'bb' ? new AppError('image_timeout', 'It took long.') : undefined,
    );
    await ended;
    assert.ok(!(await cached()).includes('bb'));
  });

  it('ends with the reason of an abort while its images wait behind requests', async (t) => {
    const { decoder, embed } = await openBench(t);
    const abort = new AbortController();
    const request = decoder.decode(Buffer.from('request'), preprocessing);
    await decoder.begun(1);
    const embedding = embed(abort.signal);
    const ended = assert.rejects(embedding, /the training was cancelled/);
    await decoder.asked(1 + images.length);
    abort.abort(new Error('the training was cancelled'));
    await ended;
    decoder.finish();
    await request;
    assert.deepEqual(decoder.running, []);
  });
});
