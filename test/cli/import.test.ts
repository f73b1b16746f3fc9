import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { freshFolder } from '../support/folder.js';
import { runTaxon, runTaxonWith } from '../support/taxon.js';
import { publishTinyModel } from '../support/tinyModel.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-import-test-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
const labels = join(folder, 'labels.txt');
const tutorial = ['import', 'test/fixtures/keras/tutorial.h5', '-p', 'unit'];
const importShapes = [...tutorial, '-n', 'shapes', '-l', labels];

describe('taxon import', () => {
  it('takes the license from --license, or from --licence as scripts from before the renaming spell it', async () => {
    const { stdout } = runTaxon(modelsDir, ...tutorial, '--dry-run');
    const classes = Number(/head +(\d+) classes/.exec(stdout)![1]);
    await writeFile(labels, Array.from({ length: classes }, (_, i) => `class ${i}`).join('\n'));
    for (const [i, option] of ['--license', '--licence'].entries()) {
      const args = [...importShapes, option, `by ${option}`];
      const { status, stderr } = runTaxon(modelsDir, ...args);
      assert.equal(status, 0, stderr);
      const manifest = JSON.parse(
        await readFile(join(modelsDir, 'shapes', String(i + 1), 'manifest.json'), 'utf8'),
      ) as {
        license: string;
      };
      assert.equal(manifest.license, `by ${option}`);
    }
  });

  it('counts on from the version that comes with Taxon, into the folder of --models too', async (t) => {
    const [own, bundled] = [await freshFolder(t), await freshFolder(t)];
    await publishTinyModel(bundled, 'shapes', ['x', 'y']);
    const { stdout, stderr } = runTaxonWith(
      { DATA_DIR: join(own, 'data'), MODELS_DIR: join(own, 'unused'), BUNDLED_MODELS_DIR: bundled },
      ...[...importShapes, '--models', join(own, 'models')],
    );
    assert.match(stdout, /Installed shapes version 2 /, stderr);
  });

  it('lists --license alone in its help', () => {
    const { stdout } = runTaxon(modelsDir, 'import', '--help');
    assert.match(stdout, /--license/);
    assert.doesNotMatch(stdout, /--licence/);
  });
});
