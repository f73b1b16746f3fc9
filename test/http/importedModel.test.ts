// From a file that Keras saved to the answer over HTTP. The files and what Keras computes are made by bench/oracle/make_fixtures.py.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { maxDifference } from '../support/reference.js';
import { runTaxon } from '../support/taxon.js';
import { formOf, post, startApp } from './runningApp.js';

const fixtures = 'test/fixtures/keras';
const labels = ['rose', 'tulip', 'weed'];
const expected = JSON.parse(await readFile(join(fixtures, 'expected.json'), 'utf8')) as Record<
  'tutorial' | 'nested',
  { preprocess: string; probabilities: number[] }
>;
const image = await readFile(join(fixtures, 'image.png'));

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await writeFile(join(modelsDir, 'labels.txt'), labels.join('\n'));
const files = ['tutorial.h5', 'tutorial.keras', 'nested.h5', 'nested.keras'] as const;
const architectureOf = (file: string): 'tutorial' | 'nested' => (file.startsWith('tutorial') ? 'tutorial' : 'nested');
for (const file of files) {
  const { status, stderr } = runTaxon(
    modelsDir,
    'import',
    join(fixtures, file),
    '-n',
    file,
    '-l',
    join(modelsDir, 'labels.txt'),
    '-p',
    expected[architectureOf(file)].preprocess,
  );
  assert.equal(status, 0, stderr);
}
const { url } = await startApp({ MODELS_DIR: modelsDir, DEFAULT_MODEL: 'tutorial.h5' });

test("an imported model of the Flask tutorial's shape answers POST /classify as the tutorial does, with Keras' probabilities", async () => {
  const { status, body } = await post<{ success: boolean; predictions: { label: string; probability: number }[] }>(
    `${url}/classify`,
    formOf('img', [['image.png', image]]),
  );
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(body), ['success', 'predictions']);
  assert.equal(body.success, true);
  assert.deepEqual(
    body.predictions.map(({ label }) => label),
    labels,
  );
  assert.ok(
    maxDifference(
      body.predictions.map(({ probability }) => probability),
      expected.tutorial.probabilities,
    ) < 1e-6,
  );
});

for (const file of files) {
  test(`${file} gives Keras' probabilities`, async () => {
    const { status, body } = await post<{ results: { predictions: { label: string; probability: number }[] }[] }>(
      `${url}/v1/classify?model=${file}`,
      image,
      'image/png',
    );
    assert.equal(status, 200);
    const probability = new Map(
      body.results[0]!.predictions.map((prediction) => [prediction.label, prediction.probability]),
    );
    assert.ok(
      maxDifference(
        labels.map((label) => probability.get(label)!),
        expected[architectureOf(file)].probabilities,
      ) < 1e-6,
    );
  });
}
