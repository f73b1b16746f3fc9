import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { openProcess } from './servingProcess.js';

await onBothDatabases('the default classifier', (kind) => {
  const open = shareDatabase(kind);

  it('of the first start stays the default after restarts, though another one comes first by name', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
    await openProcess(t, database, modelsDir).activation.start();
    await publishTinyModel(modelsDir, 'bar', ['x', 'y']);
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    assert.deepEqual(
      registry.list().map(({ name }) => name),
      ['bar', 'colours'],
    );
    assert.equal(registry.defaultName(), 'colours');
  });

  it("is at the first start the first of the user's own by name, a bundled one only where there is no other", async (t) => {
    const [database, modelsDir, bundled] = [await open(), await freshFolder(t), await freshFolder(t)];
    await publishTinyModel(bundled, 'clothing', ['x', 'y']);
    const alone = openProcess(t, database, join(modelsDir, 'none'), { bundled });
    await alone.registry.reload();
    assert.equal(alone.registry.defaultName(), 'clothing');
    for (const name of ['shapes', 'garments']) await publishTinyModel(modelsDir, name, ['x', 'y']);
    const { activation, registry } = openProcess(t, database, modelsDir, { bundled });
    await activation.start();
    assert.equal(registry.defaultName(), 'garments');
  });

  it('is the first that comes where there was none', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    assert.throws(() => registry.defaultName(), { code: 'not_ready' });
    await publishTinyModel(modelsDir, 'shapes', ['x', 'y']);
    await activation.reload();
    await publishTinyModel(modelsDir, 'bar', ['x', 'y']);
    await activation.reload();
    assert.equal(registry.defaultName(), 'shapes');
  });

  it('that one process chooses is that of the others, and of later starts', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const name of ['colours', 'shapes']) await publishTinyModel(modelsDir, name, ['x', 'y']);
    const [one, other] = [openProcess(t, database, modelsDir), openProcess(t, database, modelsDir)];
    await one.activation.start();
    await other.activation.start();
    await one.activation.defaultClassifier.choose('shapes');
    assert.equal(one.registry.defaultName(), 'shapes');
    while (other.registry.defaultName() !== 'shapes') await new Promise((resolve) => setTimeout(resolve, 10));
    await assert.rejects(one.activation.defaultClassifier.choose('squares'), { code: 'unknown_model' });
    const later = openProcess(t, database, modelsDir);
    await later.activation.start();
    assert.equal(later.registry.defaultName(), 'shapes');
  });

  it('is that of DEFAULT_MODEL where it is set, and what was chosen before where it is not any more', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const name of ['colours', 'shapes']) await publishTinyModel(modelsDir, name, ['x', 'y']);
    await openProcess(t, database, modelsDir).activation.start();
    const fixed = openProcess(t, database, modelsDir, { defaultModel: 'shapes' });
    await fixed.activation.start();
    assert.equal(fixed.registry.defaultName(), 'shapes');
    await assert.rejects(fixed.activation.defaultClassifier.choose('colours'), {
      code: 'conflict',
      message: /DEFAULT_MODEL/,
    });
    const later = openProcess(t, database, modelsDir);
    await later.activation.start();
    assert.equal(later.registry.defaultName(), 'colours');
  });

  it('whose files are gone is still the default: nothing else answers in its place', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const name of ['colours', 'shapes']) await publishTinyModel(modelsDir, name, ['x', 'y']);
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    await rm(join(modelsDir, 'colours'), { recursive: true });
    await activation.reload();
    assert.equal(registry.defaultName(), 'colours');
    await assert.rejects(registry.acquire(registry.defaultName()), { code: 'unknown_model' });
  });
});
