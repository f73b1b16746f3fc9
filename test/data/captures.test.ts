import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { CaptureRules } from '../../src/data/captures/captureRules.js';
import { Captures } from '../../src/data/captures/captures.js';
import { forgetClassifier, forgetRequest, type ForgettingDeps } from '../../src/data/captures/forgetting.js';
import { captureRuleSchema, type CapturedAnswer, type CaptureRule } from '../../src/data/captures/schemas.js';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import type { Database } from '../../src/data/database/database.js';
import { changeImages } from '../../src/data/datasets/imageChanges.js';
import { addFile } from '../../src/data/datasets/importArchive.js';
import { collectGarbage, collectImages } from '../../src/data/images/garbage.js';
import { sha256Of } from '../../src/data/images/imageStore.js';
import { ApiKeys } from '../../src/data/keys/apiKeys.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench, type Bench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';

interface Box extends Bench {
  readonly captures: Captures;
  readonly rules: CaptureRules;
  readonly forgetting: ForgettingDeps;
  readonly keep: (
    seed: number,
    answer?: Partial<CapturedAnswer>,
    request?: { requestId?: string; keyId?: string },
  ) => Promise<number>;
  readonly waiting: () => Promise<string[]>;
  readonly labelsOf: (dataset: string) => Promise<string[]>;
}

async function newBox(t: TestContext, database: Database, rule: Partial<CaptureRule> = {}): Promise<Box> {
  const bench = await newBench(t, database);
  const collect = (sha256s: readonly string[]): Promise<void> => collectImages(bench, sha256s);
  const captures = new Captures({
    ...bench,
    addToDataset: (dataset, filename, image) => addFile(bench, dataset, filename, image),
    removeFromDataset: async (dataset, id) => collect([await bench.datasetImages.remove(dataset, id)]),
    collectImages: collect,
  });
  const rules = new CaptureRules(database);
  await rules.put('clothing', captureRuleSchema.parse({ share: 1, withoutKey: true, ...rule }));
  return {
    ...bench,
    captures,
    rules,
    forgetting: { database, images: bench.images, collectImages: collect },
    keep: async (seed, answer = {}, { requestId = `request-${seed}`, keyId } = {}) =>
      captures.keep({
        bytes: await seededImage(seed),
        requestId,
        keyId,
        position: 0,
        answers: [{ classifier: 'clothing', version: 2, label: 'hat', probability: 0.5, known: true, ...answer }],
      }),
    waiting: async () =>
      (await captures.list({ state: 'new', order: 'newest', limit: 100 })).captures.map(({ requestId }) => requestId),
    labelsOf: async (dataset) =>
      (await bench.datasetImages.list(dataset, { limit: 100 })).images.map(({ label }) => label).sort(),
  };
}

async function filesOf({ images }: Bench): Promise<string[]> {
  const files: string[] = [];
  for await (const sha256 of images.list()) files.push(sha256);
  return files.sort();
}

const hashesOf = async (...seeds: readonly number[]): Promise<string[]> =>
  (await Promise.all(seeds.map(async (seed) => sha256Of(await seededImage(seed))))).sort();

await onBothDatabases('Captured images', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('are kept with what was answered, identical ones in one file, and found newest or most uncertain first, by pages', async (t) => {
    const box = await newBox(t, await newDatabase());
    await box.keep(1, { probability: 0.4 }, { requestId: 'a' });
    await box.keep(1, { probability: 0.9, known: undefined }, { requestId: 'b' });
    await box.keep(2, { probability: 0.99, known: false }, { requestId: 'c' });
    await box.keep(3, { probability: 0.9 }, { requestId: 'd' });
    assert.deepEqual(await filesOf(box), await hashesOf(1, 2, 3));
    const pagesOf = async (order: 'newest' | 'uncertain'): Promise<string[][]> => {
      const pages: string[][] = [];
      let after: string | undefined;
      do {
        const page = await box.captures.list({ state: 'new', order, limit: 2, after });
        pages.push(page.captures.map(({ requestId }) => requestId));
        after = page.next ?? undefined;
      } while (after !== undefined);
      return pages;
    };
    assert.deepEqual(await pagesOf('newest'), [
      ['d', 'c'],
      ['b', 'a'],
    ]);
    assert.deepEqual(await pagesOf('uncertain'), [
      ['c', 'a'],
      ['d', 'b'],
    ]);
    const other = await box.captures.list({ state: 'new', order: 'newest', limit: 2, classifier: 'other' });
    assert.deepEqual(other, { captures: [], next: null });
    const { captures } = await box.captures.list({ state: 'new', order: 'newest', limit: 1 });
    const { id, capturedAt } = captures[0]!;
    assert.deepEqual(captures[0], {
      id,
      capturedAt,
      requestId: 'd',
      position: 0,
      keyId: null,
      classifier: 'clothing',
      version: 2,
      label: 'hat',
      probability: 0.9,
      known: true,
      sha256: (await hashesOf(3))[0],
      bytes: (await seededImage(3)).length,
      state: 'new',
      accepted: null,
    });
  });

  test('of a key that does not consent, of no key and of no rule are not kept, whoever asked for it', async (t) => {
    const database = await newDatabase();
    const box = await newBox(t, database, { withoutKey: false });
    const keys = await ApiKeys.open({ database });
    t.after(() => keys.close());
    const consenting = await keys.create({ name: 'yes', scopes: ['admin'], capture: true });
    const silent = await keys.create({ name: 'no', scopes: ['classify'] });
    const keptFor = (keyId?: string): Promise<number> => box.keep(1, {}, keyId === undefined ? {} : { keyId });
    assert.deepEqual(
      [
        await keptFor(),
        await keptFor(silent.id),
        await keptFor(randomUUID()),
        await box.keep(2, { classifier: 'other' }, { keyId: consenting.id }),
      ],
      [0, 0, 0, 0],
    );
    assert.deepEqual(await filesOf(box), [], 'no file is left behind');
    assert.equal(await keptFor(consenting.id), 1);
    await keys.change(consenting.id, { capture: false });
    assert.equal(await keptFor(consenting.id), 0);
  });

  test('are no more bytes than the rule allows: the oldest leave first, with their files', async (t) => {
    const sizes = await Promise.all([1, 2, 3].map(async (seed) => (await seededImage(seed)).length));
    const box = await newBox(t, await newDatabase(), { maxBytes: sizes[1]! + sizes[2]! });
    for (const seed of [1, 2, 3]) await box.keep(seed);
    assert.deepEqual(await box.waiting(), ['request-3', 'request-2']);
    assert.deepEqual(await filesOf(box), await hashesOf(2, 3));
    assert.deepEqual(await box.captures.summary('clothing').then(({ images, bytes }) => [images, bytes]), [
      2,
      sizes[1]! + sizes[2]!,
    ]);
  });

  test('past their age are removed, those that were accepted are not', async (t) => {
    const database = await newDatabase();
    const box = await newBox(t, database, { maxAgeDays: 7 });
    for (const seed of [1, 2, 3]) await box.keep(seed);
    const { captures } = await box.captures.list({ state: 'new', order: 'newest', limit: 10 });
    await box.captures.accept(captures.at(-1)!.id, 'd');
    await database.run(
      "UPDATE captures SET captured_at = now() - interval '8 days' WHERE request_id IN ('request-1', 'request-2')",
    );
    assert.equal(await box.captures.removeExpired(), 1);
    assert.equal(await collectGarbage(box), 1);
    assert.deepEqual(await box.waiting(), ['request-3']);
    assert.deepEqual(await filesOf(box), await hashesOf(1, 3));
    // Once no dataset has it, not even as a removal that can be undone, nothing more is known of its request.
    const accepted = async (): Promise<number> => (await box.captures.summary('clothing')).accepted;
    const { id } = (await box.datasetImages.list('d', { limit: 1 })).images[0]!;
    await changeImages(database, 'd', [{ id, removed: true }]);
    assert.deepEqual([await box.captures.removeExpired(), await accepted()], [0, 1]);
    await database.run('DELETE FROM removed_images');
    assert.deepEqual([await box.captures.removeExpired(), await accepted()], [1, 0]);
  });

  test('go, once their classifier is deleted, and one of the same name does not begin with its rule', async (t) => {
    const database = await newDatabase();
    const box = await newBox(t, database);
    await box.keep(1);
    await new Classifiers(database).remove('clothing', { disappear: async () => undefined, isDefaultFixed: false });
    assert.deepEqual(await box.rules.list(), new Map());
    assert.equal(await box.captures.removeExpired(), 1);
    assert.equal(await collectGarbage(box), 1);
  });

  test('that are rejected go with their file; accepted ones enter the dataset under the label that they are given', async (t) => {
    const box = await newBox(t, await newDatabase());
    for (const seed of [1, 2, 3]) await box.keep(seed);
    const [third, second, first] = (await box.captures.list({ state: 'new', order: 'newest', limit: 10 })).captures.map(
      ({ id }) => id,
    );
    await box.captures.reject(third!);
    await assert.rejects(box.captures.image(third!), { code: 'not_found' });
    const { accepted, state } = await box.captures.accept(second!, 'd', 'scarf');
    assert.deepEqual([state, accepted], ['accepted', { dataset: 'd', label: 'scarf' }]);
    await box.captures.accept(first!, 'd');
    assert.deepEqual(await box.labelsOf('d'), ['hat', 'scarf']);
    assert.deepEqual(await filesOf(box), await hashesOf(1, 2));
    assert.deepEqual(await box.waiting(), []);
    await assert.rejects(box.captures.accept(first!, 'd'), { code: 'conflict' });
    await assert.rejects(box.captures.reject(first!), { code: 'conflict' });
    await assert.rejects(box.captures.accept(third!, 'd'), { code: 'not_found' });
  });

  test('that two people accept at once are accepted once, and the dataset has one of the labels', async (t) => {
    const box = await newBox(t, await newDatabase());
    await box.keep(1);
    const { id } = (await box.captures.list({ state: 'new', order: 'newest', limit: 1 })).captures[0]!;
    const outcomes = await Promise.allSettled([
      box.captures.accept(id, 'd', 'hat'),
      box.captures.accept(id, 'd', 'scarf'),
    ]);
    assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal((await box.labelsOf('d')).length, 1);
  });

  test('are forgotten by their request, in datasets too, and what comes late of it is not kept', async (t) => {
    const database = await newDatabase();
    const box = await newBox(t, database);
    await box.keep(1, {}, { requestId: 'mine' });
    await box.keep(2, {}, { requestId: 'mine' });
    await box.keep(2, {}, { requestId: 'theirs' });
    const ofMine = (await box.captures.list({ state: 'new', order: 'newest', limit: 10 })).captures.filter(
      ({ requestId }) => requestId === 'mine',
    );
    for (const { id } of ofMine) await box.captures.accept(id, 'd');
    await changeImages(database, 'd', [
      { id: (await box.datasetImages.list('d', { limit: 1 })).images[0]!.id, removed: true },
    ]);
    assert.deepEqual(await forgetRequest(box.forgetting, 'mine'), {
      captures: 2,
      imagesRemoved: 1,
      imagesInUse: 1,
      datasets: [{ dataset: 'd', images: 2 }],
    });
    assert.deepEqual(await box.labelsOf('d'), []);
    assert.deepEqual(await filesOf(box), await hashesOf(2));
    assert.deepEqual(await box.waiting(), ['theirs']);
    assert.equal(await box.keep(3, {}, { requestId: 'mine' }), 0);
    assert.deepEqual(await forgetRequest(box.forgetting, 'mine'), {
      captures: 0,
      imagesRemoved: 0,
      imagesInUse: 0,
      datasets: [],
    });
  });

  test('leave a dataset only when no other request brought the image, and it was not there before', async (t) => {
    const box = await newBox(t, await newDatabase());
    await box.add({ bytes: await seededImage(1), label: 'hat' });
    for (const requestId of ['a', 'b']) for (const seed of [1, 2]) await box.keep(seed, {}, { requestId });
    for (const { id } of (await box.captures.list({ state: 'new', order: 'newest', limit: 10 })).captures)
      await box.captures.accept(id, 'd');
    assert.deepEqual((await forgetRequest(box.forgetting, 'b')).datasets, []);
    assert.deepEqual(await box.labelsOf('d'), ['hat', 'hat']);
    assert.deepEqual((await forgetRequest(box.forgetting, 'a')).datasets, [{ dataset: 'd', images: 1 }]);
    assert.deepEqual(await filesOf(box), await hashesOf(1));
  });

  test('of a classifier are forgotten with its rule: those that wait, and those in datasets when that is said', async (t) => {
    const box = await newBox(t, await newDatabase());
    for (const seed of [1, 2]) await box.keep(seed);
    await box.captures.accept(
      (await box.captures.list({ state: 'new', order: 'newest', limit: 1 })).captures[0]!.id,
      'd',
    );
    assert.equal((await forgetClassifier(box.forgetting, 'clothing', { fromDatasets: false })).captures, 1);
    assert.deepEqual([await box.rules.find('clothing'), await box.keep(3)], [undefined, 0]);
    assert.deepEqual(await box.labelsOf('d'), ['hat']);
    const forgotten = await forgetClassifier(box.forgetting, 'clothing', { fromDatasets: true });
    assert.deepEqual(forgotten.datasets, [{ dataset: 'd', images: 1 }]);
    assert.deepEqual([await box.labelsOf('d'), await filesOf(box)], [[], []]);
  });
});
