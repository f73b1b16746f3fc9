// Two processes on one database and one volume: the first is cut off, the second takes over its training, the first comes back.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { it, type TestContext } from 'node:test';
import { LostClaimError } from '../../src/data/trainings/trainingClaim.js';
import type { Training } from '../../src/data/trainings/schemas.js';
import { listVersions } from '../../src/models/versions.js';
import type { Stage } from '../../src/training/reporter.js';
import { onBothDatabases, type DatabaseKind } from '../support/databases.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';

interface TakenOver {
  readonly first: TrainingBench;
  readonly second: TrainingBench;
  /** As the second has ended it. */
  readonly training: Training;
  /** Lets the first find its database again and go on from where it was; gives why its run was aborted. */
  readonly comeBack: () => Promise<unknown>;
}

/** The first process is cut off when it reaches `stage`; the second takes over and finishes. */
async function takeOver(t: TestContext, kind: DatabaseKind, stage: Stage): Promise<TakenOver> {
  const first = await openTrainingBench(t, { kind });
  await first.addColours(6);
  const held = first.holdAt(stage);
  const { id } = await first.submit({ activate: 'always' });
  const signal = await held.reached;
  first.database.cutOff();
  const second = await openTrainingBench(t, { replicaOf: first });
  await second.database.run("UPDATE trainings SET heartbeat_at = now() - interval '1 minute' WHERE id = $1", [id]);
  const training = await second.ended(id);
  const comeBack = async (): Promise<unknown> => {
    const aborted = once(signal, 'abort');
    first.database.reconnect();
    held.goOn();
    await aborted;
    await first.service.stop();
    return signal.reason;
  };
  return { first, second, training, comeBack };
}

await onBothDatabases('A training that was taken over', (kind) => {
  it('is published once: the process that comes back to publish is refused, ends and leaves nothing behind', async (t) => {
    const { second, training, comeBack } = await takeOver(t, kind, 'publish');
    assert.deepEqual([training.state, training.version], ['succeeded', 2], training.error?.detail);
    assert.ok((await comeBack()) instanceof LostClaimError);
    assert.deepEqual(await second.service.trainings.get(training.id), training);
    const { versions, refused } = await listVersions({ own: second.modelsDir });
    assert.deepEqual(refused, []);
    assert.deepEqual(versions.map(({ manifest }) => manifest.version).sort(), [1, 2]);
    const leftovers = (await readdir(second.modelsDir)).filter((name) => name.startsWith('.unfinished'));
    assert.deepEqual(leftovers, []);
    await second.close();
  });

  it('is activated once: the process that comes back to activate does not undo what was chosen since', async (t) => {
    const { second, training, comeBack } = await takeOver(t, kind, 'activate');
    assert.deepEqual([training.state, training.version], ['succeeded', 2], training.error?.detail);
    assert.equal(await second.service.activation.rollback('colours'), 1);
    assert.ok((await comeBack()) instanceof LostClaimError);
    await second.registry.reload();
    assert.equal(second.registry.describe('colours').activeVersion, 1);
    const rows = await second.database.rows('SELECT active_version AS version FROM classifiers', []);
    assert.deepEqual(rows, [{ version: 1 }]);
    await second.close();
  });

  it('loses the version that appeared before its record was cut off, when another process has the training by then', async (t) => {
    const bench = await openTrainingBench(t, { kind });
    await bench.addColours(6);
    const held = bench.holdAt('publish');
    const { id } = await bench.submit({ activate: 'always' });
    await held.reached;
    const numbers = async (): Promise<number[]> =>
      (await listVersions({ own: bench.modelsDir })).versions.map(({ manifest }) => manifest.version);
    let appeared: number[] = [];
    const cut = new Promise<void>((resolve) =>
      bench.database.breakCommitOf('SET checkpoint', async () => {
        appeared = await numbers();
        await bench.database.uncut.run("UPDATE trainings SET claim = claim + 1, owner = 'another' WHERE id = $1", [id]);
        resolve();
      }),
    );
    held.goOn();
    await cut;
    await bench.service.stop();
    assert.deepEqual(appeared, [1, 2]);
    assert.deepEqual(await numbers(), [1]);
    const { state, version } = await bench.service.trainings.get(id);
    assert.deepEqual([state, version], ['running', null]);
  });
});
