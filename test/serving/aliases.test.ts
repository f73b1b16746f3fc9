import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../src/errors.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { openProcess } from './servingProcess.js';

await onBothDatabases('an alias', (kind) => {
  const open = shareDatabase(kind);

  it('that one process sets, moves and deletes is so in the others, and in later ones', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const seed of [1, 2]) await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed });
    const [one, other] = [openProcess(t, database, modelsDir), openProcess(t, database, modelsDir)];
    await one.activation.start();
    await other.activation.start();
    for (const version of [1, 2]) {
      await one.activation.aliases.set('shapes', 'stable', version);
      assert.equal(one.registry.version('shapes', 'stable').manifest.version, version);
      while (other.registry.aliasesOf('shapes').get('stable') !== version) await sleep(10);
    }
    const later = openProcess(t, database, modelsDir);
    await later.activation.start();
    assert.equal(later.registry.version('shapes', 'stable').manifest.version, 2);
    await one.activation.aliases.remove('shapes', 'stable');
    while (other.registry.aliasesOf('shapes').size > 0) await sleep(10);
    assert.throws(() => other.registry.version('shapes', 'stable'), { code: 'unknown_version' });
  });

  it('stays where it is when the version cannot be loaded or the database does not take the change', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const seed of [1, 2]) await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed });
    const { activation, registry, classifiers, engine } = openProcess(t, database, modelsDir);
    await activation.start();
    await activation.aliases.set('shapes', 'stable', 2);
    const load = t.mock.method(engine, 'loadHead', async () => Promise.reject(new AppError('invalid_model', 'broken')));
    await assert.rejects(activation.aliases.set('shapes', 'stable', 1), { code: 'invalid_model' });
    load.mock.restore();
    const write = t.mock.method(classifiers, 'setAlias', async () =>
      Promise.reject(new AppError('database_unavailable', 'away')),
    );
    await assert.rejects(activation.aliases.set('shapes', 'stable', 1), { code: 'database_unavailable' });
    write.mock.restore();
    assert.equal(registry.version('shapes', 'stable').manifest.version, 2);
    assert.equal((await classifiers.aliases()).get('shapes')!.get('stable'), 2);
  });

  it('goes with its classifier, and the next of that name has none', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
    await publishTinyModel(modelsDir, 'shapes', ['x', 'y']);
    const { activation, registry } = openProcess(t, database, modelsDir);
    await activation.start();
    await activation.aliases.set('shapes', 'stable', 1);
    await activation.removal.removeClassifier('shapes');
    await publishTinyModel(modelsDir, 'shapes', ['x', 'y']);
    await activation.reload();
    assert.throws(() => registry.version('shapes', 'stable'), { code: 'unknown_version', message: /no aliases/ });
  });
});
