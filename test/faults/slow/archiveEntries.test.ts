// An archive of more entries than anybody has images.
import assert from 'node:assert/strict';
import { test } from 'node:test';
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

test('a zip of 60,000 entries, of images or not, is read to its end', async (t) => {
  const server = await startFaultyServer(t);
  await server.admin('PUT', 'datasets/d');
  const tally = new Tally();
  const send = async (name: string, bytes: Uint8Array, count: number): Promise<number> => {
    const archive = repeatEntry(await zipOf({ [name]: bytes }), count);
    const reply = await post(`${server.url}/v1/admin/datasets/d/archive`, 'application/zip', archive, key);
    return tally.add(reply, name).status;
  };
  assert.equal(await send('notes.txt', Buffer.from('x'), 60_000), 422, 'no images');
  assert.equal(await send('hat/a.png', await colourImage('red', 1), 500), 201, 'one image, five hundred times');
  await assertUnharmed(server);
  tally.report(t, 'archives: 60,000 entries, overlapping entries');
});
