// Corrections need no key when classifying needs none: strangers must not fill the disk with them.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { post } from '../support/faults/client.js';
import { assertUnharmed, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';
import { colourImage } from '../support/tinyModel.js';

const items = 20;
const sent = 60;

async function imageFiles(dataDir: string): Promise<string[]> {
  const root = join(dataDir, 'images');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

test('corrections of strangers stop at their number and at their bytes, and the refused leave no file', async (t) => {
  const tally = new Tally();
  const images = await Promise.all(Array.from({ length: sent }, (_, seed) => colourImage('green', seed)));
  const maxBytes = images[0]!.length * 10;
  for (const env of [{ MAX_FEEDBACK: String(items) }, { MAX_FEEDBACK_BYTES: String(maxBytes) }]) {
    const server = await startFaultyServer(t, env);
    const replies = await Promise.all(
      images.map((image) => post(`${server.url}/v1/feedback?label=hat`, 'image/png', image)),
    );
    for (const reply of replies) tally.add(reply, 'a correction');
    const kept = replies.filter(({ status }) => status === 201).length;
    assert.ok(kept > 0 && kept <= items, `${kept} kept`);
    const files = await imageFiles(server.dataDir);
    assert.equal(files.length, kept);
    const bytes = (await Promise.all(files.map((file) => stat(file)))).reduce((sum, { size }) => sum + size, 0);
    if ('MAX_FEEDBACK_BYTES' in env) assert.ok(bytes <= maxBytes, `${bytes} bytes`);
    await assertUnharmed(server);
  }
  tally.report(t, 'anonymous feedback filling the disk');
});
