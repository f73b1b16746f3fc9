import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Queries } from '../../src/data/database/database.js';
import { generateSql } from '../../src/data/database/migrations/008.do.settledSplits.js';
import { findDataset } from '../../src/data/datasets/datasets.js';
import { countSettledClasses, settleDataset } from '../../src/data/datasets/settling.js';
import { takeSnapshot } from '../../src/data/datasets/snapshot.js';
import { claimNext } from '../../src/data/trainings/claims.js';
import { TrainingClaim } from '../../src/data/trainings/trainingClaim.js';
import { collectGarbage } from '../../src/data/images/garbage.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { newBench } from '../support/datasets.js';
import { seededImage } from '../support/seededImages.js';

await onBothDatabases('A dataset', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('is created once, listed and deleted', async (t) => {
    const { datasets } = await newBench(t, await newDatabase());
    const options = { splitSeed: 7, validationShare: 0.2, testShare: 0 };
    assert.equal((await datasets.put('clothes', options)).created, true);
    const { created, dataset } = await datasets.put('clothes', options);
    assert.equal(created, false);
    assert.deepEqual(
      { name: dataset.name, images: dataset.images, classes: dataset.classes, splitSeed: dataset.splitSeed },
      { name: 'clothes', images: 0, classes: 0, splitSeed: 7 },
    );
    assert.deepEqual(
      (await datasets.list()).map(({ name }) => name),
      ['clothes', 'd'],
    );
    await datasets.remove('clothes');
    await assert.rejects(datasets.get('clothes'), { code: 'unknown_dataset' });
    await assert.rejects(datasets.remove('clothes'), { code: 'unknown_dataset' });
  });

  test('takes an image with its size, format, hash and label', async (t) => {
    const { add, images, datasets } = await newBench(t, await newDatabase());
    const bytes = await seededImage(1);
    const { id, sha256, createdAt, ...rest } = await add({ bytes, label: 'hat', split: 'test', fileName: 'a.jpg' });
    assert.ok(id > 0 && createdAt instanceof Date);
    assert.deepEqual(rest, {
      label: 'hat',
      labels: ['hat'],
      split: 'test',
      splitGiven: true,
      group: sha256,
      fileNames: ['a.jpg'],
      width: 96,
      height: 80,
      bytes: bytes.length,
      format: 'jpeg',
      attribution: null,
      outcome: 'added',
      nearDuplicateOf: null,
    });
    assert.deepEqual(await images.read(sha256), bytes);
    assert.equal((await datasets.get('d')).images, 1);
  });

  test('adds the same bytes under the same label once, and remembers both names', async (t) => {
    const { add, datasets } = await newBench(t, await newDatabase());
    const bytes = await seededImage(1);
    const first = await add({ bytes, label: 'hat', fileName: 'a.jpg' });
    const again = await add({ bytes, label: 'hat', fileName: 'b.jpg' });
    const third = await add({ bytes, label: 'hat', fileName: 'b.jpg' });
    assert.equal(again.outcome, 'duplicate');
    assert.equal(third.id, first.id);
    assert.deepEqual(third.fileNames, ['a.jpg', 'b.jpg']);
    assert.equal((await datasets.get('d')).images, 1);
  });

  test('keeps the same image under two labels as two images in one split', async (t) => {
    const { add } = await newBench(t, await newDatabase());
    const hat = await add({ bytes: await seededImage(1), label: 'hat', split: 'test' });
    const shoe = await add({ bytes: await seededImage(1), label: 'shoe' });
    assert.notEqual(shoe.id, hat.id);
    assert.deepEqual([shoe.split, shoe.nearDuplicateOf], ['test', hat.id]);
  });

  test('puts a recompressed copy into the split of the original', async (t) => {
    const { add } = await newBench(t, await newDatabase());
    for (const seed of [1, 2, 3]) {
      const original = await add({
        bytes: await seededImage(seed),
        label: 'hat',
        split: seed === 2 ? 'validation' : 'test',
      });
      const copy = await add({ bytes: await seededImage(seed, 60), label: 'hat' });
      assert.deepEqual([copy.split, copy.nearDuplicateOf, copy.splitGiven], [original.split, original.id, false]);
    }
  });

  test('brings the near duplicates that were drawn into a split that is asked for later', async (t) => {
    const { add, datasetImages } = await newBench(t, await newDatabase());
    const original = await add({ bytes: await seededImage(1), label: 'hat' });
    const wanted = original.split === 'test' ? 'validation' : 'test';
    await add({ bytes: await seededImage(1, 60), label: 'hat', split: wanted });
    assert.equal((await datasetImages.get('d', original.id)).split, wanted);
    const copy = await add({ bytes: await seededImage(2), label: 'hat' });
    const near = await add({ bytes: await seededImage(2, 60), label: 'hat' });
    const other = copy.split === 'test' ? 'validation' : 'test';
    assert.equal((await add({ bytes: await seededImage(2), label: 'hat', split: other })).split, other);
    assert.equal((await datasetImages.get('d', near.id)).split, other);
  });

  test('leaves an image that a training has used in its split, whatever comes later', async (t) => {
    const { add, database, datasetImages } = await newBench(t, await newDatabase());
    const used = await add({ bytes: await seededImage(1), label: 'hat' });
    await database.run('UPDATE dataset_images SET split_settled = true', []);
    const wanted = used.split === 'test' ? 'validation' : 'test';
    const again = await add({ bytes: await seededImage(1), label: 'hat', split: wanted });
    assert.deepEqual([again.split, again.splitGiven], [used.split, false]);
    await add({ bytes: await seededImage(1, 60), label: 'hat', split: wanted });
    assert.equal((await datasetImages.get('d', used.id)).split, used.split);
  });

  test('of before splits were settled keeps those of the datasets that a training has used', async (t) => {
    const { add, database, datasets } = await newBench(t, await newDatabase());
    await datasets.put('unused', { splitSeed: 1, validationShare: 0.15, testShare: 0.15 });
    for (const dataset of ['d', 'unused']) await add({ bytes: await seededImage(1), label: 'hat' }, dataset);
    await database.run(
      `INSERT INTO trainings (id, classifier, dataset, request, seed) VALUES ('6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11', 'c', 'd', '{}', 1)`,
      [],
    );
    await database.rows(`
      ALTER TABLE dataset_images DROP COLUMN split_settled;
      ALTER TABLE training_images DROP COLUMN group_key;
      ${generateSql()}`);
    const rows = await database.rows(
      'SELECT name, split_settled AS settled FROM dataset_images i JOIN datasets d ON d.id = i.dataset_id ORDER BY name',
      [],
    );
    assert.deepEqual(rows, [
      { name: 'd', settled: true },
      { name: 'unused', settled: false },
    ]);
  });

  test('that is settled gets a validation image again where a class has none left', async (t) => {
    const { add, database } = await newBench(t, await newDatabase());
    for (let seed = 0; seed < 4; seed++) await add({ bytes: await seededImage(seed), label: 'a' });
    await database.run("UPDATE dataset_images SET split = 'train', split_settled = true", []);
    await database.transaction(async (tx) => settleDataset(tx, await findDataset(tx, 'd', 'lock')));
    const [counts] = await countSettledClasses(database, 'd');
    assert.deepEqual(counts, { label: 'a', train: 2, validation: 1, test: 1, total: 4 });
    const stored = await database.rows('SELECT split FROM dataset_images ORDER BY split', []);
    assert.deepEqual(
      stored.map(({ split }) => split),
      ['test', 'train', 'train', 'validation'],
    );
  });

  test('draws the same split whatever the order of arrival', async (t) => {
    const bench = await newBench(t, await newDatabase());
    await bench.datasets.put('e', { splitSeed: 1, validationShare: 0.15, testShare: 0.15 });
    const images = await Promise.all(Array.from({ length: 12 }, (_, seed) => seededImage(seed)));
    const forward = new Map<string, string>();
    for (const bytes of images) {
      const { sha256, split } = await bench.add({ bytes, label: 'x' });
      forward.set(sha256, split);
    }
    for (const bytes of images.reverse()) {
      const { sha256, split } = await bench.add({ bytes, label: 'x' }, 'e');
      assert.equal(split, forward.get(sha256));
    }
  });

  test('refuses a file that is no image, and takes nothing of it', async (t) => {
    const { add, datasets, images } = await newBench(t, await newDatabase());
    await assert.rejects(add({ bytes: Buffer.from('not an image'), label: 'hat', fileName: 'a.jpg' }), {
      code: 'unsupported_image',
    });
    const whole = await seededImage(1);
    await assert.rejects(add({ bytes: whole.subarray(0, 300), label: 'hat' }), { code: 'undecodable_image' });
    assert.equal((await datasets.get('d')).images, 0);
    for await (const sha256 of images.list()) assert.fail(`${sha256} was kept`);
    await assert.rejects(add({ bytes: whole, label: 'hat' }, 'nowhere'), { code: 'unknown_dataset' });
  });

  test('is paged through, filtered, relabelled, moved and thinned', async (t) => {
    const { add, datasetImages } = await newBench(t, await newDatabase());
    const ids: number[] = [];
    for (let seed = 0; seed < 5; seed++)
      ids.push((await add({ bytes: await seededImage(seed), label: seed < 3 ? 'a' : 'b', split: 'train' })).id);
    const first = await datasetImages.list('d', { limit: 2 });
    assert.deepEqual([first.images.map(({ id }) => id), first.next], [ids.slice(0, 2), ids[1]]);
    const rest = await datasetImages.list('d', { limit: 3, after: first.next! });
    assert.deepEqual([rest.images.map(({ id }) => id), rest.next], [ids.slice(2), null]);
    const changed = await datasetImages.change('d', ids[0]!, { label: 'b', split: 'validation' });
    assert.deepEqual([changed.label, changed.split, changed.splitGiven], ['b', 'validation', true]);
    assert.deepEqual(
      (await datasetImages.list('d', { limit: 9, label: 'b', split: 'train' })).images.map(({ id }) => id),
      ids.slice(3),
    );
    await datasetImages.remove('d', ids[1]!);
    await assert.rejects(datasetImages.get('d', ids[1]!), { code: 'unknown_image' });
    await assert.rejects(datasetImages.change('d', 999, { label: 'b' }), { code: 'unknown_image' });
    await assert.rejects(datasetImages.remove('d', 999), { code: 'unknown_image' });
  });

  test('refuses a label under which the same image is there already', async (t) => {
    const { add, datasetImages } = await newBench(t, await newDatabase());
    await add({ bytes: await seededImage(1), label: 'a' });
    const { id } = await add({ bytes: await seededImage(1), label: 'b' });
    await assert.rejects(datasetImages.change('d', id, { label: 'a' }), { code: 'conflict' });
    assert.equal((await datasetImages.get('d', id)).label, 'b');
  });

  test('loses the files that nothing refers to, and no others', async (t) => {
    const { add, database, datasetImages, datasets, images, thumbnails } = await newBench(t, await newDatabase());
    const kept = await add({ bytes: await seededImage(1), label: 'a' });
    const removed = await add({ bytes: await seededImage(2), label: 'a' });
    const { sha256: stray } = await images.put(await seededImage(3));
    await datasetImages.remove('d', removed.id);
    assert.equal(await collectGarbage({ database, images, thumbnails }), 2);
    assert.deepEqual(await Promise.all([kept.sha256, removed.sha256, stray].map((hash) => images.has(hash))), [
      true,
      false,
      false,
    ]);
    assert.equal((await add({ bytes: await seededImage(2), label: 'a' })).outcome, 'added');
    await datasets.remove('d');
    assert.equal(await collectGarbage({ database, images, thumbnails }), 2);
  });

  test('does not lose an image that is uploaded again while garbage is collected', async (t) => {
    const { add, database, datasetImages, images, thumbnails } = await newBench(t, await newDatabase());
    for (let round = 0; round < 5; round++) {
      const { id } = await add({ bytes: await seededImage(1), label: 'a' });
      await datasetImages.remove('d', id);
      const [again] = await Promise.all([
        add({ bytes: await seededImage(1), label: 'a' }),
        collectGarbage({ database, images, thumbnails }),
      ]);
      assert.ok(await images.has(again.sha256));
      await datasetImages.remove('d', again.id);
    }
  });

  test('is frozen for a training, with every class held out where it has images to spare', async (t) => {
    const { add, database, datasetImages } = await newBench(t, await newDatabase());
    for (let seed = 0; seed < 8; seed++) await add({ bytes: await seededImage(seed), label: seed < 4 ? 'a' : 'b' });
    const id = '6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11';
    await database.run(
      `INSERT INTO trainings (id, classifier, dataset, request, seed) VALUES ($1, 'c', 'd', '{}', 1)`,
      [id],
    );
    const { training, claim: number } = (await claimNext(database, 'me'))!;
    const claim = new TrainingClaim(database, training, number);
    const items = await takeSnapshot(database, claim, 'd');
    assert.equal(items.length, 8);
    for (const label of ['a', 'b']) {
      const splits = new Set(items.filter((item) => item.label === label).map((item) => item.split));
      assert.deepEqual([...splits].sort(), ['test', 'train', 'validation']);
    }
    await datasetImages.remove('d', items[0]!.imageId);
    await datasetImages.change('d', items[1]!.imageId, { label: 'z' });
    assert.deepEqual(await takeSnapshot(database, claim, 'd'), items);
  });

  test('is frozen with as many statements for fifty classes as for one, though each lacks a held-out image', async (t) => {
    const statements: number[] = [];
    for (const classes of [1, 50]) {
      const { database } = await newBench(t, await newDatabase());
      const images = `SELECT lpad(to_hex(n), 64, '0') AS sha256, 'class ' || n % ${classes} AS label,
        repeat('0', 512)::bit(512) AS dhash FROM generate_series(1, ${5 * classes}) AS n`;
      await database.rows(
        `INSERT INTO images (sha256, bytes, width, height, format, dhash) SELECT sha256, 1, 1, 1, 'png', dhash FROM (${images}) AS i;
         INSERT INTO dataset_images (dataset_id, sha256, dhash, group_key, label, split, split_given, file_names)
         SELECT d.id, sha256, dhash, sha256, label, 'train', false, '{}' FROM (${images}) AS i, datasets AS d;
         INSERT INTO trainings (id, classifier, dataset, request, seed)
         VALUES ('6f9b7e1c-7a53-4b64-9d4c-2f1b8b1f0a11', 'c', 'd', '{}', 1)`,
      );
      const { training, claim } = (await claimNext(database, 'me'))!;
      let count = 0;
      const transaction = database.transaction.bind(database);
      t.mock.method(database, 'transaction', <T>(work: (tx: Queries) => Promise<T>) =>
        // Each statement is one look at a method.
        transaction((tx) =>
          work(new Proxy(tx, { get: (queries, name) => (count++, Reflect.get(queries, name) as unknown) })),
        ),
      );
      const items = await takeSnapshot(database, new TrainingClaim(database, training, claim), 'd');
      assert.equal(items.filter(({ split }) => split === 'test').length, classes);
      statements.push(count);
    }
    assert.equal(statements[1], statements[0]);
  });
});
