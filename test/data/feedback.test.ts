import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Database } from '../../src/data/database/database.js';
import { addFile } from '../../src/data/datasets/importArchive.js';
import { FeedbackBox, type FeedbackLimits } from '../../src/data/feedback.js';
import { collectGarbage, collectImages } from '../../src/data/images/garbage.js';
import { createImageDecoder } from '../../src/image/decoder.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench, type Bench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';

const roomy: FeedbackLimits = { maxItems: 100, maxBytes: 1_000_000, maxAgeDays: 90 };

interface Box extends Bench {
  readonly box: FeedbackBox;
  readonly submit: (seed: number) => Promise<{ readonly id: number; readonly sha256: string }>;
}

async function newBox(t: TestContext, database: Database, limits: FeedbackLimits = roomy): Promise<Box> {
  const bench = await newBench(t, database);
  const box = new FeedbackBox({
    ...bench,
    limits,
    addToDataset: (dataset, filename, image) => addFile(bench, dataset, filename, image),
    collectImages: (sha256s) => collectImages(bench, sha256s),
  });
  const submit: Box['submit'] = async (seed) =>
    box.submit({ bytes: await seededImage(seed), classifier: 'clothing', label: 'hat' });
  return { ...bench, box, submit };
}

async function filesOf({ images }: Bench): Promise<string[]> {
  const files: string[] = [];
  for await (const sha256 of images.list()) files.push(sha256);
  return files.sort();
}

await onBothDatabases('Corrections', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('are refused past their number, leave no file behind, and are taken again when one was reviewed', async (t) => {
    const bench = await newBox(t, await newDatabase(), { ...roomy, maxItems: 2 });
    const first = await bench.submit(1);
    await bench.submit(2);
    await assert.rejects(bench.submit(3), { code: 'feedback_full', status: 429 });
    assert.equal((await filesOf(bench)).length, 2);
    await bench.box.reject(first.id);
    await bench.submit(3);
    assert.equal((await bench.box.list('new', 0, 10)).length, 2);
  });

  test('that arrive together do not get past their number', async (t) => {
    const bench = await newBox(t, await newDatabase(), { ...roomy, maxItems: 3 });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6].map((seed) => bench.submit(seed)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 3);
    assert.equal((await bench.box.list('new', 0, 10)).length, 3);
  });

  test('are refused past the bytes of their images', async (t) => {
    const bytes = (await seededImage(1)).length;
    const bench = await newBox(t, await newDatabase(), { ...roomy, maxBytes: bytes });
    await bench.submit(1);
    await assert.rejects(bench.submit(1), { code: 'feedback_full' });
  });

  test('that are rejected lose their image and its thumbnail at once, unless a dataset has it', async (t) => {
    const bench = await newBox(t, await newDatabase());
    const lone = await bench.submit(1);
    const shared = await bench.submit(2);
    await bench.add({ bytes: await seededImage(2), label: 'hat' });
    for (const { id, sha256 } of [lone, shared])
      assert.ok((await bench.thumbnails.get(sha256, await bench.box.image(id))).length > 0);
    for (const { id } of [lone, shared]) await bench.box.reject(id);
    assert.deepEqual(await filesOf(bench), [shared.sha256]);
    await assert.rejects(bench.thumbnails.get(lone.sha256, { width: 9, height: 9 }), { code: 'not_found' });
    await assert.rejects(bench.box.image(lone.id), { code: 'not_found', message: /rejected/ });
    await assert.rejects(bench.box.accept(lone.id, 'd'), { code: 'not_found', message: /rejected/ });
    assert.deepEqual(
      (await bench.box.list('rejected', 0, 10)).map(({ id }) => id),
      [lone.id, shared.id],
    );
  });

  test('that are accepted leave the image to the dataset, and it goes with the dataset', async (t) => {
    const bench = await newBox(t, await newDatabase());
    const { id, sha256 } = await bench.submit(1);
    assert.equal((await bench.box.accept(id, 'd')).state, 'accepted');
    assert.equal(await collectGarbage(bench), 0);
    await collectImages(bench, await bench.datasets.remove('d'));
    assert.equal(await bench.images.has(sha256), false);
    assert.equal((await bench.box.list('accepted', 0, 10)).length, 1);
  });

  test('stay to be reviewed when the dataset refuses the image', async (t) => {
    const bench = await newBox(t, await newDatabase());
    const { id } = await bench.submit(1);
    const strict = createImageDecoder({ limits: { maxBytes: 10, maxPixels: 10, timeoutMs: 60_000 }, concurrency: 1 });
    t.after(() => strict.close());
    const box = new FeedbackBox({
      ...bench,
      limits: roomy,
      addToDataset: (dataset, filename, image) => addFile({ ...bench, decoder: strict }, dataset, filename, image),
      collectImages: (sha256s) => collectImages(bench, sha256s),
    });
    await assert.rejects(box.accept(id, 'd'), { code: 'image_too_large' });
    assert.deepEqual(
      (await box.list('new', 0, 10)).map((feedback) => feedback.id),
      [id],
    );
    assert.equal((await bench.datasets.get('d')).images, 0);
  });

  test('past their age are removed, reviewed or not, with the images that nothing else uses', async (t) => {
    const bench = await newBox(t, await newDatabase());
    const [waiting, rejected, young] = [await bench.submit(1), await bench.submit(2), await bench.submit(3)];
    await bench.box.reject(rejected.id);
    await bench.database.run("UPDATE feedback SET created_at = now() - interval '91 days' WHERE id = ANY ($1)", [
      [waiting.id, rejected.id],
    ]);
    assert.equal(await bench.box.removeExpired(), 2);
    assert.equal(await collectGarbage(bench), 1);
    assert.deepEqual(await filesOf(bench), [young.sha256]);
    await assert.rejects(bench.box.image(waiting.id), { code: 'not_found' });
  });
});
