import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { cp, readFile, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DirectoryLock } from '../../src/data/database/directoryLock.js';
import { thisProcess } from '../../src/processIdentity.js';
import { newDirectory } from '../support/databases.js';

const conflict = { code: 'conflict' };
/** Time passes without waiting. */
const noPause = async (): Promise<void> => undefined;

/** The lock file of a process elsewhere; `host` is what earlier releases compared. */
const elsewhere = (place: string): string =>
  JSON.stringify({ ...thisProcess, place, startTicks: '1', host: hostname(), started: 1, token: 'theirs', inode: '1' });

/** Touches a file as its living owner would, at every check by the other process. */
function livingOwner(path: string): () => Promise<void> {
  let beats = 0;
  return async () => {
    const now = new Date(Date.now() - 1_000 + beats++);
    await utimes(path, now, now);
  };
}

test('a lock is held against every other owner until it is released', async (t) => {
  const path = join(await newDirectory(t), 'lock');
  const lock = await DirectoryLock.acquire(path);
  await assert.rejects(DirectoryLock.acquire(path), conflict);
  await lock.release();
  await (await DirectoryLock.acquire(path)).release();
});

test('of many that find the lock of a dead process, one gets it', async (t) => {
  for (let round = 0; round < 20; round++) {
    const path = join(await newDirectory(t), 'lock');
    // No process has that number and that start.
    await writeFile(
      path,
      JSON.stringify({ ...thisProcess, startTicks: '1', host: hostname(), started: 1, token: 'dead', inode: '1' }),
    );
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => DirectoryLock.acquire(path, { pause: noPause })),
    );
    const got = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    assert.equal(got.length, 1);
    await got[0]!.release();
  }
});

test('a release leaves the lock of a new owner alone', async (t) => {
  const path = join(await newDirectory(t), 'lock');
  const lock = await DirectoryLock.acquire(path);
  const theirs = elsewhere('another container');
  await writeFile(path, theirs);
  await lock.release();
  assert.equal(await readFile(path, 'utf8'), theirs);
});

test('an owner in a container with the same host name and process number is believed while it touches its lock', async (t) => {
  const path = join(await newDirectory(t), 'lock');
  const theirs = elsewhere('another container');
  await writeFile(path, theirs);
  await assert.rejects(DirectoryLock.acquire(path, { pause: livingOwner(path) }), conflict);
  assert.equal(await readFile(path, 'utf8'), theirs);
});

test('an owner elsewhere that is silent is dead', async (t) => {
  const path = join(await newDirectory(t), 'lock');
  await writeFile(path, elsewhere('another container'));
  const lock = await DirectoryLock.acquire(path, { pause: noPause });
  assert.notEqual(await readFile(path, 'utf8'), elsewhere('another container'));
  await lock.release();
});

test('a copy of the directory is not locked by the living owner of the original', async (t) => {
  const directory = await newDirectory(t);
  const [path, copy] = [join(directory, 'lock'), join(directory, 'copy')];
  const lock = await DirectoryLock.acquire(path);
  await cp(path, copy);
  await (await DirectoryLock.acquire(copy, { pause: noPause })).release();
  await lock.release();
});

test('an owner that lost its lock is notified', async (t) => {
  const path = join(await newDirectory(t), 'lock');
  const owner = new EventEmitter();
  const lost = once(owner, 'lost');
  const lock = await DirectoryLock.acquire(path, { onLost: () => owner.emit('lost') });
  await writeFile(path, elsewhere('another container'));
  // Keeps the process alive while the lock's own timer does not.
  const running = setInterval(() => undefined, 1_000);
  await lost;
  clearInterval(running);
  await lock.release();
});
