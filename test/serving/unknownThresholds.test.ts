import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { openProcess } from './servingProcess.js';

await onBothDatabases('what a version calls unknown', (kind) => {
  const open = shareDatabase(kind);

  it('is so in every process and in later ones, and is forgotten with the version', async (t) => {
    const [database, modelsDir] = [await open(), await freshFolder(t)];
    for (const seed of [1, 2]) await publishTinyModel(modelsDir, 'shapes', ['x', 'y'], { seed });
    const [one, other] = [openProcess(t, database, modelsDir), openProcess(t, database, modelsDir)];
    await one.activation.start();
    await other.activation.start();
    const untilOther = async (version: number, value: number): Promise<void> => {
      while (other.activation.unknownThresholds.of('shapes', version) !== value) await sleep(10);
    };
    await one.activation.unknownThresholds.set('shapes', 1, 0.5);
    assert.equal(one.activation.unknownThresholds.of('shapes', 1), 0.5);
    assert.equal(one.activation.unknownThresholds.of('shapes', 2), 0.99);
    await untilOther(1, 0.5);
    const later = openProcess(t, database, modelsDir);
    await later.activation.start();
    assert.equal(later.activation.unknownThresholds.of('shapes', 1), 0.5);
    await assert.rejects(one.activation.unknownThresholds.set('shapes', 3, 0.5), { code: 'unknown_version' });
    await one.activation.removal.removeVersion('shapes', 1);
    await untilOther(1, 0.99);
    assert.equal(one.activation.unknownThresholds.of('shapes', 1), 0.99);
  });
});
