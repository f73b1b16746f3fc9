// Archives that lead out of their folder, are something else than files, unpack to more than there is room for, or do not say the truth.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import yazl from 'yazl';
import { post } from '../support/faults/client.js';
import { assertUnharmed, key, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';
import { colourImage } from '../support/tinyModel.js';
import { claimSize, escapeFolder, zipOf } from '../support/zips.js';

interface Result {
  readonly filename: string;
  readonly outcome: string;
  readonly error?: { readonly code: string };
}

const mib = 2 ** 20;
const server = await startFaultyServer({ after });
await server.createDataset();
let seed = 0;
const image = (): Promise<Buffer> => colourImage('red', (seed += 1));

/** What became of each file; the refusal of the whole archive under the empty name. */
async function send(tally: Tally, what: string, archive: Uint8Array): Promise<ReadonlyMap<string, string>> {
  const reply = await post(`${server.url}/v1/admin/datasets/d/archive`, 'application/zip', archive, key);
  tally.add(reply, what);
  const { results = [] } = JSON.parse(reply.body) as { results?: Result[] };
  if (reply.status >= 400) return new Map([['', reply.code!]]);
  return new Map(results.map(({ filename, outcome, error }) => [filename, error?.code ?? outcome]));
}

async function tarOf(
  ...entries: readonly (readonly [Pick<Header, 'name'> & Partial<Header>, Uint8Array?])[]
): Promise<Buffer> {
  const tar = pack();
  for (const [header, bytes] of entries)
    if (bytes === undefined) tar.entry(header);
    else tar.entry(header, Buffer.from(bytes));
  tar.finalize();
  return buffer(tar);
}

/** Sets a bit of the general purpose flags, in both of a file's headers (APPNOTE 4.3.7, 4.3.12). */
function setFlag(zip: Buffer, bit: number): Buffer {
  const changed = Buffer.from(zip);
  for (const [signature, offset] of [
    [0x04034b50, 6],
    [0x02014b50, 8],
  ] as const)
    for (let at = 0; at + 4 < changed.length; at++)
      if (changed.readUInt32LE(at) === signature)
        changed.writeUInt16LE(changed.readUInt16LE(at + offset) | bit, at + offset);
  return changed;
}

const outside = async (): Promise<string[]> => (await readdir(join(server.dataDir, '..'))).sort();

test('what leads out of an archive, or is no file, is refused by name, and the rest is taken', async (t) => {
  const tally = new Tally();
  const before = await outside();
  const plain = await zipOf({ 'aa/aa/hat/up.png': await image(), 'hat/good.png': await image() });
  const slip = await send(tally, 'zip slip', escapeFolder(plain, 'aa'));
  assert.deepEqual([slip.get('../../hat/up.png'), slip.get('hat/good.png')], ['invalid_archive', 'added']);

  const good = await image();
  const names = [
    '/etc/hat/a.png',
    '//etc/hat/a.png',
    '../hat/a.png',
    'hat/../../a.png',
    'C:/hat/a.png',
    'hat\\..\\..\\a.png',
  ];
  const paths = await send(
    tally,
    'absolute paths',
    await tarOf(...names.map((name) => [{ name }, good] as const), [{ name: 'hat/whole.png' }, await image()]),
  );
  for (const name of names) assert.equal(paths.get(name), 'invalid_archive', name);
  assert.equal(paths.get('hat/whole.png'), 'added');

  const odd = ['symlink', 'link', 'character-device', 'block-device', 'fifo'] as const;
  const kinds = await send(
    tally,
    'links and devices',
    await tarOf(
      ...odd.map(
        (type) => [{ name: `hat/${type}.png`, type, linkname: '/etc/passwd', devmajor: 1, devminor: 3 }] as const,
      ),
      [{ name: 'hat/kept.png' }, await image()],
    ),
  );
  for (const type of odd) assert.equal(kinds.get(`hat/${type}.png`), 'invalid_archive', type);
  assert.equal(kinds.get('hat/kept.png'), 'added');

  const link = new yazl.ZipFile();
  link.addBuffer(Buffer.from('/etc/passwd'), 'hat/link.png', { mode: 0o120777 });
  link.end();
  assert.equal(
    (await send(tally, 'a link in a zip', await buffer(link.outputStream))).get('hat/link.png'),
    'invalid_archive',
  );
  assert.deepEqual(await outside(), before);
  await assertUnharmed(server);
  tally.report(t, 'archives: zip slip, absolute paths, links, devices');
});

test('an archive that unpacks to too much, holds archives or lies about itself is refused or read as far as it is true', async (t) => {
  const tally = new Tally();
  const zeros = Buffer.alloc(9 * mib);
  const many = (count: number): Record<string, Buffer> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`hat/${i}.png`, zeros]));
  const bomb = await send(tally, 'a zip bomb', await zipOf(many(12)));
  assert.ok([...bomb.values()].every((outcome) => outcome !== 'added'));
  assert.equal(bomb.get(''), 'invalid_archive');
  const tar = await tarOf(...Array.from({ length: 20 }, (_, i) => [{ name: `notes-${i}.txt` }, zeros] as const));
  assert.equal((await send(tally, 'a gzip bomb', gzipSync(tar))).get(''), 'invalid_archive');
  const twice = gzipSync(gzipSync(Buffer.alloc(100 * mib)));
  assert.equal((await send(tally, 'a gzip in a gzip', twice)).get(''), 'invalid_archive');

  const inner = await zipOf({ 'hat/inner.png': await image() });
  const nested = await send(tally, 'a zip in a zip', await zipOf({ 'hat/inner.zip': inner, 'hat/inner.png': inner }));
  assert.ok([...nested.values()].every((outcome) => outcome === 'unsupported_image'));

  const one = await zipOf({ 'hat/one.png': await image() });
  assert.equal((await send(tally, 'an encrypted zip', setFlag(one, 1))).get('hat/one.png'), 'invalid_archive');
  for (const bytes of [0, 10, 2 ** 32 - 2])
    assert.notEqual(
      (await send(tally, 'a size that is none', claimSize(one, 'hat/one.png', bytes))).get('hat/one.png'),
      'added',
    );

  const zip64 = new yazl.ZipFile();
  zip64.addBuffer(await image(), 'hat/zip64.png', { forceZip64Format: true });
  zip64.end({ forceZip64Format: true, comment: '' });
  assert.equal((await send(tally, 'a zip64', await buffer(zip64.outputStream))).get('hat/zip64.png'), 'added');

  const polluted = await zipOf({ '__proto__/a.png': await image(), 'constructor/a.png': await image() });
  assert.deepEqual([...(await send(tally, 'labels of JavaScript', polluted)).values()], ['added', 'added']);
  await assertUnharmed(server);
  tally.report(t, 'archives: bombs, nested, encrypted, zip64, lies');
});
