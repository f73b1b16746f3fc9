import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import yazl from 'yazl';
import { createImageDecoder, type ImageDecoder } from '../../src/image/decoder.js';
import type { Priority } from '../../src/turns.js';
import { openStorage, type Storage } from '../../src/data/storage.js';
import { splitOptionsSchema } from '../../src/data/datasets/schemas.js';
import type { FileResult } from '../../src/data/datasets/importArchive.js';
import { pglite, silent } from '../support/databases.js';
import { storageLimits } from '../support/storageLimits.js';
import { seededImage } from '../support/seededImages.js';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const megabyte = 2 ** 20;
let dataDir: string;
let storage: Storage;
/** Of each decoding that was asked for. */
const priorities: (Priority | undefined)[] = [];

before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  await pglite.prepare(dataDir);
  const decoder = createImageDecoder({
    limits: { maxBytes: megabyte, maxPixels: 10_000_000, timeoutMs: 60_000 },
    concurrency: 2,
  });
  const observed: ImageDecoder = {
    decode: (bytes, geometry, signal, priority) => {
      priorities.push(priority);
      return decoder.decode(bytes, geometry, signal, priority);
    },
    close: () => decoder.close(),
  };
  storage = await openStorage({
    dataDir,
    decoder: observed,
    logger: silent,
    ...storageLimits,
    maxImageBytes: megabyte,
    maxArchiveBytes: 10 * megabyte,
  });
});

after(async () => {
  await storage.close();
  await rm(dataDir, { recursive: true, force: true });
});

beforeEach(async () => {
  await storage.database.run('DELETE FROM datasets');
  await storage.datasets.put('d', splitOptionsSchema.parse({}));
});

const zipOf = async (
  entries: readonly (readonly [path: string, bytes: Buffer, options?: Partial<yazl.Options>])[],
): Promise<Buffer> => {
  const zip = new yazl.ZipFile();
  for (const [path, bytes, options] of entries) zip.addBuffer(bytes, path, options);
  zip.end();
  return buffer(zip.outputStream);
};

/** yazl refuses to write such paths: they are put in afterwards, at the same length. */
const renamed = (zip: Buffer, from: string, to: string): Buffer =>
  Buffer.from(zip.toString('latin1').replaceAll(from, to), 'latin1');

const take = (archive: Buffer): Promise<FileResult[]> => storage.importArchive('d', Readable.from([archive]));
const outcomes = (results: readonly FileResult[]): Record<string, string> =>
  Object.fromEntries(
    results.map((result) => [
      result.filename,
      result.outcome === 'failed' ? result.error.code : `${result.label}/${result.split}`,
    ]),
  );

test('the images of an archive give way to requests, which the decoder refuses for lack of room and them never', async () => {
  priorities.length = 0;
  await take(
    await zipOf([
      ['hat/1.jpg', await seededImage(1)],
      ['hat/2.jpg', await seededImage(2)],
    ]),
  );
  assert.deepEqual(priorities, ['background', 'background']);
});

test('a zip of split folders keeps its classes and its split', async () => {
  const results = await take(
    await zipOf([
      ['train/hat/1.jpg', await seededImage(1)],
      ['validation/hat/2.jpg', await seededImage(2)],
      ['test/shoe/3.jpg', await seededImage(3)],
      ['seed/VAL/shoe/4.jpg', await seededImage(4)],
    ]),
  );
  assert.deepEqual(outcomes(results), {
    'train/hat/1.jpg': 'hat/train',
    'validation/hat/2.jpg': 'hat/validation',
    'test/shoe/3.jpg': 'shoe/test',
    'seed/VAL/shoe/4.jpg': 'shoe/validation',
  });
});

test('a tar and a tar.gz of class folders are taken like a zip', async () => {
  for (const wrap of [(stream: Readable) => stream, (stream: Readable) => stream.pipe(createGzip())]) {
    const tar = pack();
    tar.entry({ name: './hat/', type: 'directory' });
    tar.entry({ name: './hat/1.jpg' }, await seededImage(1));
    tar.entry({ name: './hat/link.jpg', type: 'symlink', linkname: '/etc/passwd' });
    tar.entry({ name: './hat/big.jpg' }, Buffer.alloc(megabyte + 1));
    tar.entry({ name: '../hat/up.jpg' }, await seededImage(2));
    tar.entry({ name: './shoe/2.png' }, await seededImage(3));
    tar.finalize();
    const results = outcomes(await take(await buffer(wrap(Readable.from(tar as AsyncIterable<Buffer>)))));
    assert.match(results['./hat/1.jpg']!, /^hat\//);
    assert.match(results['./shoe/2.png']!, /^shoe\//);
    assert.deepEqual(
      [results['./hat/link.jpg'], results['./hat/big.jpg'], results['../hat/up.jpg']],
      ['invalid_archive', 'image_too_large', 'invalid_archive'],
    );
  }
});

test('paths that leave the archive, absolute paths and links are refused one by one', async () => {
  const plain = await zipOf([
    ['hat/good.jpg', await seededImage(1)],
    ['aa/hat/up.jpg', await seededImage(2)],
    ['x/abs/a.jpg', await seededImage(3)],
    ['hat/link.jpg', Buffer.from('/etc/passwd'), { mode: 0o120777 }],
    ['lone.jpg', await seededImage(4)],
  ]);
  const results = outcomes(await take(renamed(renamed(plain, 'aa/hat', '../hat'), 'x/abs/', '//abs/')));
  assert.match(results['hat/good.jpg']!, /^hat\//);
  assert.deepEqual(
    ['../hat/up.jpg', '//abs/a.jpg', 'hat/link.jpg', 'lone.jpg'].map((path) => results[path]),
    Array.from({ length: 4 }, () => 'invalid_archive'),
  );
});

test('the litter of operating systems and documents beside the classes are passed over', async () => {
  const results = await take(
    await zipOf([
      ['hat/1.jpg', await seededImage(1)],
      ['__MACOSX/hat/._1.jpg', Buffer.from('x')],
      ['hat/.DS_Store', Buffer.from('x')],
      ['hat/Thumbs.db', Buffer.from('x')],
      ['LICENSE', Buffer.from('x')],
      ['README.md', Buffer.from('x')],
    ]),
  );
  assert.deepEqual(
    results.map(({ filename }) => filename),
    ['hat/1.jpg'],
  );
});

test('broken images fail one by one and are listed in the statistics', async () => {
  const whole = await seededImage(1);
  const results = outcomes(
    await take(
      await zipOf([
        ['hat/text.jpg', Buffer.from('text')],
        ['hat/half.jpg', whole.subarray(0, 400)],
        ['hat/1.jpg', whole],
      ]),
    ),
  );
  assert.deepEqual([results['hat/text.jpg'], results['hat/half.jpg']], ['unsupported_image', 'undecodable_image']);
  const { unreadable, images } = await storage.statistics('d');
  assert.deepEqual(
    [images, unreadable.count, unreadable.files.map(({ fileName }) => fileName).sort()],
    [1, 2, ['hat/half.jpg', 'hat/text.jpg']],
  );
});

test('a zip bomb is stopped by what comes out of it, not by what it says', async () => {
  const zeros = Buffer.alloc(megabyte);
  const bomb = await zipOf(Array.from({ length: 120 }, (_, index) => [`hat/${index}.jpg`, zeros] as const));
  assert.ok(bomb.length < megabyte);
  const results = await take(bomb);
  assert.equal(results.at(-1)!.outcome, 'failed');
  assert.match(JSON.stringify(results.at(-1)), /unpacks to too much/);
  assert.equal((await storage.datasets.get('d')).images, 0);
});

test('a gzip bomb of files that are not wanted is stopped too', async () => {
  const tar = pack();
  for (let index = 0; index < 120; index++) tar.entry({ name: `notes-${index}.txt` }, Buffer.alloc(megabyte));
  tar.finalize();
  const bomb = await buffer(Readable.from(tar as AsyncIterable<Buffer>).pipe(createGzip()));
  await assert.rejects(take(bomb), { code: 'invalid_archive', message: /unpacks to too much/ });
});

test('an archive cut short keeps the files that arrived whole and says that it is damaged', async () => {
  const tar = pack();
  tar.entry({ name: 'hat/1.jpg' }, await seededImage(1));
  tar.entry({ name: 'hat/2.jpg' }, await seededImage(2));
  tar.finalize();
  const whole = await buffer(Readable.from(tar as AsyncIterable<Buffer>));
  const results = await take(whole.subarray(0, 512 + (await seededImage(1)).length + 1200));
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    ['added', 'failed'],
  );
  assert.match(JSON.stringify(results[1]), /damaged or cut short/);
});

test('what is no archive, an empty one and one that is too large are refused as such, and leave nothing behind', async () => {
  await assert.rejects(take(Buffer.from('hello')), { code: 'invalid_archive' });
  await assert.rejects(take(await zipOf([])), { code: 'invalid_archive' });
  await assert.rejects(take((await zipOf([['hat/1.jpg', await seededImage(1)]])).subarray(0, 900)), {
    code: 'invalid_archive',
  });
  await assert.rejects(take(Buffer.alloc(10 * megabyte + 1)), { code: 'body_too_large' });
  await assert.rejects(storage.importArchive('nowhere', Readable.from([])), { code: 'unknown_dataset' });
  assert.deepEqual(await readdir(join(dataDir, 'uploads')), []);
});

test('an export imported again gives the same dataset', async () => {
  await take(
    await zipOf([
      ['train/hat/1.jpg', await seededImage(1)],
      ['test/hat/2.jpg', await seededImage(2)],
      ['val/shoe/3.jpg', await seededImage(3)],
    ]),
  );
  const exported = await buffer(await storage.export('d'));
  const before = await storage.datasetImages.list('d', { limit: 10 });
  await storage.database.run('DELETE FROM datasets');
  await storage.datasets.put('d', splitOptionsSchema.parse({}));
  await take(exported);
  const again = await storage.datasetImages.list('d', { limit: 10 });
  const shapeOf = ({ images }: typeof before): string[] =>
    images.map(({ sha256, label, split }) => `${sha256} ${label} ${split}`).sort();
  assert.deepEqual(shapeOf(again), shapeOf(before));
});

test('statistics show classes, sizes, duplicates, contradictions and leaks', async () => {
  const add = async (
    seed: number,
    label: string,
    fileName: string,
    split?: 'train' | 'test',
    quality?: number,
  ): Promise<void> => {
    await storage.addFile('d', fileName, { bytes: await seededImage(seed, quality), label, split });
  };
  await add(1, 'hat', 'a.jpg', 'train');
  await add(1, 'hat', 'copy.jpg', 'train');
  await add(1, 'hat', 'small.jpg', 'test', 50);
  await add(2, 'hat', 'b.jpg', 'train');
  await add(2, 'shoe', 'c.jpg', 'train');
  const statistics = await storage.statistics('d');
  assert.deepEqual(statistics.classes, [
    { label: 'hat', train: 2, validation: 0, test: 1, total: 3 },
    { label: 'shoe', train: 1, validation: 0, test: 0, total: 1 },
  ]);
  assert.deepEqual(statistics.formats, { jpeg: 4 });
  assert.deepEqual([statistics.sizes.minWidth, statistics.sizes.medianHeight], [96, 80]);
  const names = (
    of: keyof typeof statistics & ('exactDuplicates' | 'nearDuplicates' | 'leaks' | 'conflictingLabels'),
  ): string[][] => statistics[of].groups.map((group) => group.flatMap(({ fileNames }) => fileNames));
  assert.deepEqual(names('exactDuplicates'), [['a.jpg', 'copy.jpg']]);
  assert.deepEqual(names('nearDuplicates'), [['a.jpg', 'copy.jpg', 'small.jpg']]);
  assert.deepEqual(names('leaks'), [['a.jpg', 'copy.jpg', 'small.jpg']]);
  assert.deepEqual(names('conflictingLabels'), [['b.jpg', 'c.jpg']]);
});

test('a thumbnail is a WebP of 256 pixels at most, made once', async () => {
  const added = await storage.addFile('d', 'a.jpg', { bytes: await seededImage(1), label: 'hat' });
  assert.ok(added.outcome !== 'failed');
  const thumbnail = await storage.thumbnails.get(added.sha256, { width: 96, height: 80 });
  assert.equal(thumbnail.subarray(8, 12).toString(), 'WEBP');
  await storage.images.remove(added.sha256);
  assert.deepEqual(await storage.thumbnails.get(added.sha256, { width: 96, height: 80 }), thumbnail);
  await assert.rejects(storage.thumbnails.get('0'.repeat(64), { width: 96, height: 80 }), { code: 'not_found' });
});

test('an export is aborted with an error when the file of an image is gone', async () => {
  const [result] = await take(await zipOf([['hat/1.jpg', await seededImage(1)]]));
  assert.ok(result?.outcome === 'added' || result?.outcome === 'duplicate');
  await storage.images.remove(result.sha256);
  await assert.rejects(buffer(await storage.export('d')), { code: 'not_found' });
});
