// Which version is active, and the way back, as the database keeps them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Classifiers } from '../../src/data/classifiers/classifiers.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';

await onBothDatabases('activations', (kind) => {
  const open = shareDatabase(kind);

  test('each rollback undoes one activation more, down to the version that was there first', async () => {
    const classifiers = new Classifiers(await open());
    const present = [1, 2, 3];
    let active = 1;
    const activate = async (version: number): Promise<void> => {
      await classifiers.activate('c', version, 'request', active);
      active = version;
    };
    const rollBack = async (): Promise<number | undefined> => {
      const earlier = await classifiers.findEarlier('c', active, present);
      if (earlier === undefined) return undefined;
      await classifiers.rollBack('c', earlier);
      active = earlier.version;
      return active;
    };
    for (const version of [2, 2, 3, 1]) await activate(version);
    assert.equal(await rollBack(), 3);
    await activate(1);
    assert.deepEqual([await rollBack(), await rollBack(), await rollBack(), await rollBack()], [3, 2, 1, undefined]);
    await activate(3);
    assert.equal(await rollBack(), 1);
    assert.equal((await classifiers.activeVersions()).get('c'), 1);
  });

  test('what is in service unchosen can be kept, is the first to go back to, and replaces no choice', async () => {
    const classifiers = new Classifiers(await open());
    await classifiers.keep('c', 1);
    assert.equal((await classifiers.activeVersions()).get('c'), 1);
    await classifiers.activate('c', 2, 'request', 1);
    await classifiers.keep('c', 1);
    assert.equal((await classifiers.activeVersions()).get('c'), 2);
    assert.equal((await classifiers.findEarlier('c', 2, [1, 2]))?.version, 1);
  });

  test('a version that is gone is forgotten: its number may be used again', async () => {
    const classifiers = new Classifiers(await open());
    for (const version of [2, 3]) await classifiers.activate('c', version, 'training', 1);
    await classifiers.forget('c', 2);
    assert.equal((await classifiers.findEarlier('c', 3, [1, 2, 3]))?.version, 1);
  });

  test('a change is announced to the other processes and not to the one that made it', async () => {
    const database = await open();
    const [one, other] = [new Classifiers(database), new Classifiers(database)];
    const heard: string[] = [];
    const unlisten = [await one.onChange(() => heard.push('one')), await other.onChange(() => heard.push('other'))];
    let ring = (): void => undefined;
    const flushed = new Promise<void>((resolve) => (ring = resolve));
    unlisten.push(await database.listen('flush', () => ring()));
    await one.activate('c', 2, 'request', 1);
    await one.forget('c', 1);
    await other.announce();
    await database.notify('flush', '');
    await flushed;
    assert.deepEqual(heard, ['other', 'other', 'one']);
    for (const stop of unlisten) await stop();
  });

  test('versions that are gone are passed over', async () => {
    const classifiers = new Classifiers(await open());
    for (const version of [2, 3]) await classifiers.activate('c', version, 'training', 1);
    assert.equal((await classifiers.findEarlier('c', 3, [1, 3]))?.version, 1);
    assert.equal(await classifiers.findEarlier('c', 3, [3]), undefined);
  });
});
