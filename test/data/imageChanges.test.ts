import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../../src/data/database/database.js';
import { changeImages, forgetRemoved, type ImageChange } from '../../src/data/datasets/imageChanges.js';
import { collectGarbage } from '../../src/data/images/garbage.js';
import type { AppError } from '../../src/errors.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench, type Bench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';

const withCode = (code: string) => (error: AppError) => error.code === code;

/** What the dataset holds, without what a change does not concern. */
async function contentOf({ datasetImages }: Bench): Promise<unknown[]> {
  const { images } = await datasetImages.list('d', { limit: 100 });
  return images.map(({ id, label, split, splitGiven, fileNames }) => ({ id, label, split, splitGiven, fileNames }));
}

await onBothDatabases('Changes of many images', (kind) => {
  const newDatabase = shareDatabase(kind);
  const setUp = async (t: Parameters<typeof newBench>[0], count = 4) => {
    const database: Database = await newDatabase();
    const bench = await newBench(t, database);
    const ids: number[] = [];
    for (let i = 0; i < count; i++)
      ids.push((await bench.add({ bytes: await seededImage(i), label: 'a', fileName: `${i}.jpg` })).id);
    const change = (changes: readonly ImageChange[]) => changeImages(database, 'd', changes);
    return { bench, database, ids, change };
  };

  test('are undone by sending back what was before: labels, splits, who decided them, and removals', async (t) => {
    const { bench, ids, change } = await setUp(t);
    const original = await contentOf(bench);
    const { before } = await change([
      { id: ids[2]!, removed: true },
      { id: ids[0]!, label: 'b', split: 'test' },
      { id: ids[1]!, label: 'b', removed: true },
    ]);
    assert.deepEqual(
      before.map(({ id }) => id),
      [ids[2], ids[0], ids[1]],
    );
    const changed = await contentOf(bench);
    assert.deepEqual(changed, [
      { id: ids[0], label: 'b', split: 'test', splitGiven: true, fileNames: ['0.jpg'] },
      original[3],
    ]);
    const { before: after, restored } = await change(before);
    assert.deepEqual([await contentOf(bench), restored], [original, true]);
    await change(after);
    assert.deepEqual(await contentOf(bench), changed, 'and done again');
  });

  test('are all made or none', async (t) => {
    const { bench, ids, change } = await setUp(t, 2);
    const twice = await bench.add({ bytes: await seededImage(0), label: 'b' });
    const original = await contentOf(bench);
    const relabelled = { id: ids[1]!, label: 'c' };
    await assert.rejects(change([relabelled, { id: 999, label: 'c' }]), withCode('unknown_image'));
    await assert.rejects(change([relabelled, { id: ids[0]!, label: 'b' }]), withCode('conflict'));
    await assert.rejects(change([relabelled, { id: ids[0]!, removed: true }, { id: 999 }]), withCode('unknown_image'));
    assert.deepEqual(await contentOf(bench), original);
    await bench.datasets.put('other');
    await assert.rejects(
      changeImages(bench.database, 'other', [{ id: twice.id, removed: true }]),
      withCode('unknown_image'),
      'those of another dataset are none of its',
    );
  });

  test('keep the files of what was removed for an hour, and no longer', async (t) => {
    const { bench, database, ids, change } = await setUp(t, 1);
    const [image] = (await bench.datasetImages.list('d', { limit: 1 })).images;
    const { before } = await change([{ id: ids[0]!, removed: true }]);
    assert.deepEqual([await forgetRemoved(database), await collectGarbage(bench)], [0, 0]);
    assert.ok(await bench.images.has(image!.sha256));
    await bench.add({ bytes: await seededImage(0), label: 'a' });
    await assert.rejects(change(before), withCode('conflict'), 'the same image was uploaded again');
    await change([{ id: (await bench.datasetImages.list('d', { limit: 1 })).images[0]!.id, removed: true }]);
    await database.run("UPDATE removed_images SET removed_at = now() - interval '61 minutes'");
    assert.deepEqual([await forgetRemoved(database), await collectGarbage(bench)], [2, 1]);
    assert.equal(await bench.images.has(image!.sha256), false);
    await assert.rejects(change(before), withCode('unknown_image'));
  });

  test('of one image follow one another', async (t) => {
    const { bench, ids, change } = await setUp(t, 1);
    const original = await contentOf(bench);
    const { before } = await change([
      { id: ids[0]!, label: 'b', split: 'test' },
      { id: ids[0]!, label: 'c' },
    ]);
    const [image] = (await bench.datasetImages.list('d', { limit: 1 })).images;
    assert.deepEqual([image!.label, image!.split, before.length], ['c', 'test', 1]);
    await change(before);
    assert.deepEqual(await contentOf(bench), original);
  });

  test('go with their dataset', async (t) => {
    const { bench, ids, change } = await setUp(t, 2);
    await change([{ id: ids[0]!, removed: true }]);
    assert.equal((await bench.datasets.remove('d')).length, 2);
  });
});
