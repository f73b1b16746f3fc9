// taxon quantize: ranges and figures of a version are found on a folder, written down, and answered by.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readProcessorFeatures } from '../../src/engines/processor.js';
import { readVersion } from '../../src/models/versions.js';
import { readActivationRanges } from '../../src/quantization/activationRanges.js';
import { findCheck } from '../../src/serving/precisionChecks.js';
import { startServerProcess } from '../support/serverProcess.js';
import { runTaxonWith } from '../support/taxon.js';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-quantize-'));
after(() => rm(folder, { recursive: true, force: true }));
const env = { DATA_DIR: join(folder, 'data'), MODELS_DIR: join(folder, 'models'), ENGINE: 'onnx' };
const colours = ['blue', 'green', 'red'] as const;
const { directory } = await publishTinyModel(env.MODELS_DIR, 'colours', colours);

/** `count` images of each colour, in class folders; one of them is no image. */
async function writeImages(count: number): Promise<string> {
  const images = join(folder, `images-${count}`);
  for (const colour of colours) {
    await mkdir(join(images, colour), { recursive: true });
    for (let seed = 0; seed < count; seed++)
      await writeFile(join(images, colour, `${seed}.png`), await colourImage(colour, seed));
  }
  await writeFile(join(images, 'red', 'broken.png'), 'no image');
  return images;
}

const skip = (readProcessorFeatures()?.int8 ?? false) ? false : 'SKIPPED: this processor has no 8-bit dot products';

test('a version is measured and checked, and a server then answers in int8 and says why', { skip }, async (t) => {
  const ended = runTaxonWith(env, 'quantize', 'colours', '--images', await writeImages(20));
  assert.equal(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, /Measuring activation ranges on \d+ images/);
  assert.match(ended.stdout, /int8 on onnx: .* of \d+ held-out images get the same class as in fp32/);
  assert.match(ended.stderr, /broken\.png is left out/);
  const { manifest } = await readVersion(directory);
  const check = findCheck(manifest, 'onnx', 'int8')!;
  assert.ok(check.explainedVariance > 0.9, `${check.explainedVariance}`);
  const ranges = (await readActivationRanges(directory))!;
  // Half of the images, less the broken one where it is among them.
  assert.ok(ranges.images === 29 || ranges.images === 30, `${ranges.images}`);

  const server = startServerProcess({ ...env, ADMIN_API_KEY: 'the-admin-key-of-quantize' });
  t.after(() => server.end());
  const { precision } = (await (await fetch(`${(await server.url)!}/v1/models/colours`)).json()) as {
    precision: { name: string; reason: string };
  };
  // The head knows nothing: what it says of the images hangs on a hair, and may be another class in int8.
  assert.match(precision.reason, /^int8: \d/);
  assert.equal(precision.name, precision.reason.endsWith('too little') ? 'fp32' : 'int8');
});

test('too few images, a name that is not there and a version that comes with Taxon are refused', async () => {
  const few = await writeImages(5);
  assert.match(runTaxonWith(env, 'quantize', 'colours', '--images', few).stderr, /would judge; at least 20 are needed/);
  assert.match(runTaxonWith(env, 'quantize', 'shapes', '--images', few).stderr, /there is no shapes/);
  const bundled = runTaxonWith({ ...env, BUNDLED_MODELS_DIR: 'models' }, 'quantize', 'clothing', '--images', few);
  assert.match(bundled.stderr, /clothing version 1 comes with Taxon/);
  assert.equal(bundled.status, 1);
});
