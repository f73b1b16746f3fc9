import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import type { Database } from '../../src/data/database/database.js';
import { AppError } from '../../src/errors.js';
import { listVersions } from '../../src/models/versions.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { openTrainingBench } from '../support/trainingBench.js';
import { openProcess } from './servingProcess.js';

/** Two versions of `colours`, each with a backbone of its own. */
async function publishTwo(t: TestContext): Promise<string> {
  const modelsDir = await freshFolder(t);
  for (const seed of [1, 2]) await publishTinyModel(modelsDir, 'colours', ['x', 'y'], { seed });
  return modelsDir;
}

await onBothDatabases('an activation', (kind) => {
  const open = shareDatabase(kind);

  it('holds after a restart, which loads that version alone', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const first = openProcess(t, database, modelsDir);
    await first.activation.start();
    await first.activation.activate('colours', 1);
    const second = openProcess(t, database, modelsDir);
    await second.activation.start();
    assert.equal(second.registry.describe('colours').activeVersion, 1);
    assert.deepEqual(
      second.engine.headsLoaded.map((id) => id.split('@')[0]),
      ['colours/1'],
    );
  });

  it('in progress keeps the version from being deleted', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    await activation.activate('colours', 2);
    const activated = activation.activate('colours', 1);
    await assert.rejects(activation.removal.removeVersion('colours', 1), { code: 'conflict' });
    await activated;
    assert.equal(registry.describe('colours').activeVersion, 1);
    assert.equal((await listVersions({ own: modelsDir })).versions.length, 2);
  });

  it('that another process decided keeps the version from being deleted before this one has heard of it', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const { activation } = openProcess(t, database, modelsDir);
    await activation.start();
    await activation.stop();
    await new Classifiers(database).activate('colours', 1, 'request', 2);
    await assert.rejects(activation.removal.removeVersion('colours', 1), { code: 'conflict' });
  });

  it('is undone by a rollback that counts from what is active when its turn comes', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    const activated = activation.activate('colours', 1);
    assert.equal(await activation.rollback('colours'), 2);
    await activated;
    assert.equal(registry.describe('colours').activeVersion, 2);
  });

  it('is taken back by the one who made it, unless another version answers by now or none did before', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed: 3 });
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    await activation.activate('colours', 1);
    await activation.takeBack('colours', 2);
    assert.equal(registry.describe('colours').activeVersion, 1);
    const refusal = new Error('it is not its to take back any more');
    await assert.rejects(
      activation.takeBack('colours', 1, () => Promise.reject(refusal)),
      refusal,
    );
    assert.equal(registry.describe('colours').activeVersion, 1);
    await activation.takeBack('colours', 1);
    assert.equal(registry.describe('colours').activeVersion, 2);
    await activation.takeBack('shapes', 1);
    assert.equal(registry.describe('shapes').activeVersion, 1);
  });

  it('that was decided while its version was away is served by all once it is back, whoever reads the directories again', async (t) => {
    const [database, modelsDir, elsewhere] = [await open(), await publishTwo(t), await freshFolder(t)];
    await publishTinyModel(modelsDir, 'colours', ['x', 'y'], { seed: 3 });
    await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed: 4 });
    const [one, other] = [openProcess(t, database, modelsDir), openProcess(t, database, modelsDir)];
    for (const { activation } of [one, other]) await activation.start();
    const answering = (): number[] => [one, other].map(({ registry }) => registry.describe('colours').activeVersion);
    const untilOtherAnswers = async (version: number): Promise<void> => {
      while (answering()[1] !== version) await sleep(10);
    };
    await one.activation.activate('colours', 2);
    const changes = [() => one.activation.reload(), () => one.activation.removal.removeClassifier('shapes')];
    for (const change of changes) {
      await rename(join(modelsDir, 'colours', '2'), join(elsewhere, '2'));
      await one.activation.reload();
      await untilOtherAnswers(3);
      assert.deepEqual(answering(), [3, 3]);
      await rename(join(elsewhere, '2'), join(modelsDir, 'colours', '2'));
      await change();
      await untilOtherAnswers(2);
      assert.deepEqual(answering(), [2, 2]);
    }
  });

  it('that was refused is reported with the reason, and the one before goes on', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const refuse = async (): Promise<void> => {
      throw new AppError('invalid_model', 'it answers nonsense');
    };
    const { activation, registry } = openProcess(t, database, modelsDir, { smokeTest: refuse });
    await activation.start();
    assert.equal(await activation.tryToActivate('colours', 1), 'it answers nonsense');
    assert.equal(registry.describe('colours').activeVersion, 2);
  });

  it('of which a process is notified many times before it gets to it costs one reading of the models', async (t) => {
    const [database, modelsDir] = [await open(), await publishTwo(t)];
    const { activation, registry, lists } = openProcess(t, database, modelsDir);
    await activation.start();
    const before = lists();
    let release = (): void => undefined;
    const busy = registry.whileUnchanged(() => new Promise<void>((resolve) => (release = resolve)));
    const other = new Classifiers(database);
    for (const version of [1, 2, 1]) await other.activate('colours', version, 'request', 2);
    await heard(database, other);
    release();
    await busy;
    await registry.whileUnchanged(async () => undefined);
    assert.equal(lists() - before, 1);
    assert.equal(registry.describe('colours').activeVersion, 1);
  });
});

/** Resolves when everything that `other` announced before has reached every listener of this database. */
async function heard(database: Database, other: Classifiers): Promise<void> {
  let unlisten = async (): Promise<void> => undefined;
  const arrived = new Promise<void>((resolve) => {
    void new Classifiers(database).onChange(resolve).then(async (end) => {
      unlisten = end;
      await other.announce();
    });
  });
  await arrived;
  await unlisten();
}

it('a training whose version cannot be activated has succeeded, with its version and the reason in its record', async (t) => {
  const bench = await openTrainingBench(t);
  await bench.addColours(6);
  t.mock.method(bench.service.activation, 'activate', async () => {
    throw new AppError('invalid_model', 'it answers nonsense');
  });
  const { state, version, metrics, error } = await bench.train({ activate: 'always' });
  assert.deepEqual([state, version, error], ['succeeded', 2, null]);
  assert.deepEqual([metrics!['activated'], metrics!['activationRefused']], [false, 'it answers nonsense']);
  assert.equal(bench.registry.describe('colours').activeVersion, 1);
});

it('a training whose version is refused because its process stops goes back to the queue', async (t) => {
  const bench = await openTrainingBench(t);
  await bench.addColours(6);
  let stopped: Promise<void> | undefined;
  const asked = new Promise<void>((resolve) =>
    t.mock.method(bench.service.activation, 'activate', async () => {
      stopped = bench.service.stop();
      resolve();
      throw new AppError('engine_unavailable', 'the server is shutting down');
    }),
  );
  const { id } = await bench.submit({ activate: 'always' });
  await asked;
  await stopped;
  const { state, stage, version } = await bench.service.trainings.get(id);
  assert.deepEqual([state, stage, version], ['queued', 'activate', null]);
});
