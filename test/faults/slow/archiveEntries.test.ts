// An archive of more entries than anybody has images.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { pack } from 'tar-stream';
import { post } from '../../support/faults/client.js';
import { assertUnharmed, key, startFaultyServer } from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { colourImage } from '../../support/tinyModel.js';
import { zipOf } from '../../support/zips.js';

/** The zip `one`, of a single entry, with that entry `count` times in its directory (APPNOTE 4.3.12, 4.3.16): all have the same bytes. */
function repeatEntry(one: Buffer, count: number): Buffer {
  const end = Buffer.from(one.subarray(one.lastIndexOf('PK\x05\x06', undefined, 'latin1')));
  const directoryAt = end.readUInt32LE(16);
  const entry = one.subarray(directoryAt, directoryAt + end.readUInt32LE(12));
  for (const at of [8, 10]) end.writeUInt16LE(count, at);
  end.writeUInt32LE(entry.length * count, 12);
  return Buffer.concat([one.subarray(0, directoryAt), ...Array.from({ length: count }, () => entry), end]);
}

/** The tar `one` of a single empty file, with that file `count` times, and then the entries of `last`. */
const repeatHeader = (one: Buffer, count: number, last: Buffer): Buffer =>
  Buffer.concat([...Array.from({ length: count }, () => one.subarray(0, 512)), last]);

test('an archive of 100,000 entries, or of the same image five hundred times, is read to its end', async (t) => {
  const server = await startFaultyServer(t);
  await server.createDataset();
  const tally = new Tally();
  const send = async (archive: Buffer): Promise<number> =>
    tally.add(await post(`${server.url}/v1/admin/datasets/d/archive`, 'application/zip', archive, key)).status;
  const image = await colourImage('red', 1);
  const many = repeatHeader(await tarOf('notes.txt', Buffer.alloc(0)), 100_000, await tarOf('hat/last.png', image));
  assert.equal(await send(many), 201);
  assert.equal(await send(repeatEntry(await zipOf({ 'hat/a.png': image }), 500)), 201);
  await assertUnharmed(server);
  tally.report(t, 'archives: 100,000 entries, overlapping entries');
});

async function tarOf(name: string, bytes: Buffer): Promise<Buffer> {
  const tar = pack();
  tar.entry({ name }, bytes);
  tar.finalize();
  return buffer(tar);
}
