// Whole classifiers deleted; versions: see activation.test.ts and test/training/pipeline.test.ts.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../src/data/database/database.js';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import { AppError } from '../../src/errors.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { openTrainingBench } from '../support/trainingBench.js';
import { openProcess, type ServingProcess } from './servingProcess.js';

/** A started process with the default classifier `colours`, and `shapes` of two versions of which the first was chosen. */
async function start(t: TestContext, database: Database): Promise<ServingProcess & { readonly modelsDir: string }> {
  const modelsDir = await freshFolder(t);
  await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  for (const seed of [1, 2]) await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed });
  const process = openProcess(t, database, modelsDir);
  await process.activation.start();
  await process.activation.activate('shapes', 1);
  return { ...process, modelsDir };
}

const namesOf = ({ registry }: ServingProcess): string[] => registry.list().map(({ name }) => name);

await onBothDatabases('a deleted classifier', (kind) => {
  const open = shareDatabase(kind);

  it('is gone with all its versions and its history, here and in the other processes; its name begins anew', async (t) => {
    const database = await open();
    const process = await start(t, database);
    const { activation, classifiers, registry, modelsDir } = process;
    const other = openProcess(t, database, modelsDir);
    await other.activation.start();
    await activation.removal.removeClassifier('shapes');
    assert.deepEqual(namesOf(process), ['colours']);
    assert.deepEqual(await readdir(modelsDir), ['colours']);
    assert.equal((await classifiers.activeVersions()).has('shapes'), false);
    while (namesOf(other).includes('shapes')) await sleep(10);
    await assert.rejects(activation.removal.removeClassifier('shapes'), { code: 'unknown_model' });
    const again = await publishTinyModel(modelsDir, 'shapes', ['x', 'y']);
    await activation.reload();
    assert.equal(again.manifest.version, 1);
    assert.equal(registry.describe('shapes').activeVersion, 1);
    await assert.rejects(activation.rollback('shapes'), { code: 'conflict' });
  });

  it('answers the requests that it had to the end', async (t) => {
    const { activation, engine, registry } = await start(t, await open());
    const lease = await registry.acquire('shapes');
    await activation.removal.removeClassifier('shapes');
    await assert.rejects(registry.acquire('shapes'), { code: 'unknown_model' });
    assert.ok(engine.loadedHeads.has(lease.version.headId));
    lease.release();
    await registry.whileUnchanged(async () => undefined);
    assert.ok(!engine.loadedHeads.has(lease.version.headId));
  });

  it('is not the default one: that is refused until another is chosen', async (t) => {
    const process = await start(t, await open());
    const { activation } = process;
    await assert.rejects(activation.removal.removeClassifier('colours'), {
      code: 'conflict',
      message: /default classifier.*PUT \/v1\/admin\/default-model/,
    });
    await activation.defaultClassifier.choose('shapes');
    await activation.removal.removeClassifier('colours');
    assert.deepEqual(namesOf(process), ['shapes']);
  });

  it('is not the one that another process has just chosen as the default', async (t) => {
    const { activation, classifiers } = await start(t, await open());
    await activation.stop();
    await classifiers.chooseDefault('shapes');
    await assert.rejects(activation.removal.removeClassifier('shapes'), { code: 'conflict' });
  });

  it('is not one that comes with Taxon, nor is its bundled version', async (t) => {
    const [database, own, bundled] = [await open(), await freshFolder(t), await freshFolder(t)];
    await publishTinyModel(bundled, 'shapes', ['x', 'y']);
    await publishTinyModel(own, 'colours', ['x', 'y']);
    const { activation } = openProcess(t, database, own, { bundled });
    await activation.start();
    for (const remove of [
      () => activation.removal.removeClassifier('shapes'),
      () => activation.removal.removeVersion('shapes', 1),
    ])
      await assert.rejects(remove, { code: 'conflict', message: /BUNDLED_MODELS_DIR, which is only read/ });
  });

  it('is whole again or gone when the database fails in the end, and leaves nothing half deleted', async (t) => {
    const process = await start(t, await open());
    const { activation, classifiers, modelsDir } = process;
    const failure = new AppError('database_unavailable', 'it is away');
    const remove = t.mock.method(classifiers, 'remove', async () => Promise.reject(failure));
    await assert.rejects(activation.removal.removeClassifier('shapes'), failure);
    assert.deepEqual(namesOf(process), ['colours', 'shapes']);
    remove.mock.mockImplementation((name, options) =>
      Classifiers.prototype.remove.call(classifiers, name, {
        ...options,
        disappear: async () => {
          await options.disappear();
          throw failure;
        },
      }),
    );
    await assert.rejects(activation.removal.removeClassifier('shapes'), failure);
    assert.deepEqual(namesOf(process), ['colours']);
    assert.deepEqual(await readdir(modelsDir), ['colours']);
    assert.equal((await classifiers.activeVersions()).get('shapes'), 1);
    remove.mock.restore();
    await activation.removal.removeClassifier('shapes');
    assert.equal(await classifiers.isKnown('shapes'), false);
    await assert.rejects(activation.removal.removeClassifier('shapes'), { code: 'unknown_model' });
  });

  it('is not the one that DEFAULT_MODEL names: nobody is sent to choose another, which would be refused', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const name of ['bar', 'colours']) await publishTinyModel(modelsDir, name, ['x', 'y']);
    const { activation } = openProcess(t, database, modelsDir, { defaultModel: 'bar' });
    await activation.start();
    await assert.rejects(activation.removal.removeClassifier('bar'), {
      code: 'conflict',
      message: /^(?!.*PUT).*DEFAULT_MODEL/,
    });
  });
});

it('a classifier that a training needs is not deleted before the training is over', async (t) => {
  const bench = await openTrainingBench(t);
  await bench.addColours(6);
  await publishTinyModel(bench.modelsDir, 'basis', ['x', 'y'], { seed: 5 });
  await bench.service.activation.reload();
  const { removal, defaultClassifier } = bench.service.activation;
  const { reached, goOn } = bench.holdAt('fit');
  const { id } = await bench.submit({ model: 'flowers', backbone: 'basis' });
  await reached;
  await assert.rejects(removal.removeClassifier('basis'), { code: 'conflict', message: /training/ });
  goOn();
  assert.equal((await bench.ended(id)).state, 'succeeded');
  await removal.removeClassifier('basis');
  // The head keeps the backbone that it was trained on.
  await bench.registry.reload();
  assert.equal(bench.registry.describe('flowers').activeVersion, 1);
  assert.deepEqual(bench.registry.refused, []);
  await defaultClassifier.choose('flowers');
  await removal.removeClassifier('colours');
});
