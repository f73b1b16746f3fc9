import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import sharp from 'sharp';
import { drawSamples } from '../../scripts/drawSamples.js';

const committed = 'web/public/samples';

test('the samples of the page are what their script draws, 60 KB in all at most', async () => {
  const drawn = await mkdtemp(join(tmpdir(), 'taxon-samples-'));
  after(() => rm(drawn, { recursive: true, force: true }));
  await drawSamples(drawn);
  const names = await readdir(committed);
  assert.deepEqual(names.toSorted(), (await readdir(drawn)).toSorted());
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(committed, name))).size));
  assert.ok(sizes.reduce((sum, size) => sum + size, 0) < 60_000);
  for (const name of names) {
    // Another processor may round a pixel another way.
    const [one, other] = await Promise.all(
      [committed, drawn].map((folder) => sharp(join(folder, name)).raw().toBuffer()),
    );
    const furthest = one!.reduce((most, value, i) => Math.max(most, Math.abs(value - other![i]!)), 0);
    assert.ok(furthest <= 16, `${name} differs by ${furthest}`);
  }
});
