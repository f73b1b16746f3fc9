// An archive of more entries than anybody has images.
import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { test } from 'node:test';
import { ZipFile } from 'yazl';
import { post } from '../../support/faults/client.js';
import { assertUnharmed, key, startFaultyServer } from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { colourImage } from '../../support/tinyModel.js';

test('a zip whose 100,000 entries are no images is read to its end', async (t) => {
  const server = await startFaultyServer(t);
  await server.admin('PUT', 'datasets/d');
  const zip = new ZipFile();
  for (let i = 0; i < 100_000; i++) zip.addBuffer(Buffer.alloc(0), `notes-${i}.txt`, { compress: false });
  zip.addBuffer(await colourImage('red', 1), 'hat/last.png');
  zip.end();
  const archive = await buffer(zip.outputStream);
  const tally = new Tally();
  const reply = await post(`${server.url}/v1/admin/datasets/d/archive`, 'application/zip', archive, key);
  assert.equal(tally.add(reply, 'the archive').status, 201);
  await assertUnharmed(server);
  tally.report(t, 'archives: 100,000 entries');
});
