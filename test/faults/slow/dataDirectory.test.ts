// The data directory has no room, may not be written, or belongs to another process.
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { Load } from '../../support/faults/load.js';
import {
  assertUnharmed,
  colours,
  countImages,
  environmentOf,
  makePlaces,
  startFaultyServer,
  type FaultyServer,
  type Places,
} from '../../support/faults/server.js';
import { Tally } from '../../support/faults/tally.js';
import { pglite } from '../../support/databases.js';
import { ordinaryUser } from '../../support/postgres.js';
import { startServerProcess } from '../../support/serverProcess.js';
import { fillDisk, mountSmallDisk, unmountSmallDisk } from '../../support/smallDisk.js';
import { colourImage } from '../../support/tinyModel.js';

/** Uploads `count` images; gives how many were acknowledged. */
async function uploadSome(server: FaultyServer, tally: Tally, first: number, count: number): Promise<number> {
  let acknowledged = 0;
  for (let seed = first; seed < first + count; seed++)
    if (tally.add(await server.upload(colours[seed % 3]!, seed), 'an upload').status === 201) acknowledged += 1;
  return acknowledged;
}

test('a disk that runs full and has room again', async (t) => {
  const places = await makePlaces(t, ({ dataDir }) => unmountSmallDisk(dataDir));
  if (!mountSmallDisk(places.dataDir)) {
    console.error('SKIPPED: a full disk: this user may not mount a small file system');
    t.skip('this user may not mount a small file system to fill');
    return;
  }
  await pglite.prepare(places.dataDir);
  const server = await startFaultyServer(t, {}, { places });
  await server.createDataset();
  const tally = new Tally();
  const load = new Load({ url: server.url, tally, images: [await colourImage('red', 1)] });
  let acknowledged = 0;
  for (let round = 0; round < 2; round++) {
    const filler = join(places.dataDir, 'filler');
    acknowledged += await uploadSome(server, tally, round * 100, 6);
    await fillDisk(filler);
    const kept = await uploadSome(server, tally, round * 100 + 20, 12);
    assert.ok(kept < 12, 'no upload to a full disk was refused');
    acknowledged += kept;
    await rm(filler);
  }
  acknowledged += await uploadSome(server, tally, 300, 6);
  await load.stop();
  assert.ok(acknowledged >= 12, `${acknowledged} images acknowledged`);
  for (let kept = await countImages(server); kept < acknowledged; kept++) tally.lose('an acknowledged image');
  await assertUnharmed(server);
  tally.report(t, 'disk full twice');
});

/** `directory` and everything below it, the deepest last. */
const everythingIn = async (directory: string): Promise<string[]> => [
  directory,
  ...(await readdir(directory, { recursive: true })).map((name) => join(directory, name)),
];

/** Takes the right to write from everything in `directory`, or gives it back. */
async function setWritable(directory: string, writable: boolean): Promise<void> {
  for (const path of await everythingIn(directory)) {
    const { mode } = await stat(path);
    await chmod(path, writable ? mode | 0o200 : mode & ~0o222);
  }
}

async function giveTo({ uid, gid }: { uid?: number; gid?: number }, places: Places): Promise<void> {
  if (uid === undefined) return;
  for (const path of await everythingIn(join(places.dataDir, '..'))) await chown(path, uid, gid!);
}

test('a data directory that becomes read-only, and one that is so from the start', async (t) => {
  const places = await makePlaces(t, ({ dataDir }) => setWritable(dataDir, true));
  const user = await ordinaryUser();
  const cache = join(places.dataDir, 'cache');
  await mkdir(cache);
  await giveTo(user, places);
  const server = await startFaultyServer(t, { CACHE_DIR: cache }, { places, user });
  await server.createDataset();
  const tally = new Tally();
  const load = new Load({ url: server.url, tally, images: [await colourImage('red', 1)] });
  let acknowledged = await uploadSome(server, tally, 1, 6);
  await setWritable(places.dataDir, false);
  assert.equal(await uploadSome(server, tally, 20, 12), 0, 'uploads to a directory that may not be written');
  await setWritable(places.dataDir, true);
  acknowledged += await uploadSome(server, tally, 40, 6);
  await load.stop();
  assert.equal(acknowledged, 12);
  for (let kept = await countImages(server); kept < acknowledged; kept++) tally.lose('an acknowledged image');
  await assertUnharmed(server);
  server.child.kill('SIGTERM');
  await server.exited;

  await setWritable(places.dataDir, false);
  const second = startServerProcess({ ...environmentOf(places), CACHE_DIR: cache }, { user });
  t.after(() => second.end());
  assert.equal(await second.url, undefined, 'it started on a directory that it cannot write');
  assert.equal(await second.exited, 1);
  assert.match(second.log.join('\n'), new RegExp(places.dataDir));
  tally.refuse();
  tally.report(t, 'data directory read-only');
});

test('a second process on the same data directory', async (t) => {
  const server = await startFaultyServer(t);
  await server.createDataset();
  const tally = new Tally();
  const load = new Load({ url: server.url, tally, images: [await colourImage('red', 1)] });
  let acknowledged = 0;
  for (let i = 0; i < 3; i++) {
    const second = startServerProcess(environmentOf(server));
    t.after(() => second.end());
    acknowledged += await uploadSome(server, tally, 10 * i, 3);
    assert.deepEqual([await second.url, await second.exited], [undefined, 1]);
    assert.match(second.log.join('\n'), /another process|in use|already open/i);
    tally.refuse();
  }
  await load.stop();
  assert.equal(acknowledged, 9);
  for (let kept = await countImages(server); kept < acknowledged; kept++) tally.lose('an acknowledged image');
  await assertUnharmed(server);
  tally.report(t, 'two processes on one data directory');
});
