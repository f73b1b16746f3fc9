// The cache of compiled graphs: what goes, and what a server that lives keeps for itself.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { markUsed, removeUnused } from '../../src/engines/cacheUse.js';
import { ensureCompiledBackbone } from '../../src/engines/compileCache.js';
import { processName } from '../../src/processIdentity.js';
import { freshFolder } from '../support/folder.js';
import { writeSmallModel } from './contract.js';

const id = 'ab'.repeat(32);
const dayMs = 24 * 3_600_000;
const graph = (name: string): string => `${id}.${name}`;
const onAnotherMachine = `${'0'.repeat(12)}.1.1`;

const setAge = async (path: string, days: number): Promise<void> => {
  const then = new Date(Date.now() - days * dayMs);
  await utimes(path, then, then);
};

/** A graph of `bytes` zeros that was made `days` ago. */
async function addGraph(cache: string, name: string, days: number, bytes = 10): Promise<void> {
  await writeFile(join(cache, graph(name)), Buffer.alloc(bytes));
  await setAge(join(cache, graph(name)), days);
}

/** A user of `name` by the name of its process, who said so last `days` ago. */
async function addUser(cache: string, name: string, user: string, days: number): Promise<void> {
  const uses = join(cache, 'uses', graph(name));
  await mkdir(uses, { recursive: true });
  await writeFile(join(uses, user), '');
  await setAge(join(uses, user), days);
}

/** Another process that uses `name` until it is ended. */
async function startUser(test: TestContext, cache: string, name: string): Promise<() => Promise<void>> {
  const url = new URL('../../src/engines/cacheUse.js', import.meta.url).href;
  const script = `const { markUsed } = await import(${JSON.stringify(url)});
    await markUsed(${JSON.stringify(cache)}, ${JSON.stringify(graph(name))});
    console.log('used'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };
  test.after(end);
  await once(child.stdout, 'data');
  return end;
}

const graphsIn = async (cache: string): Promise<string[]> =>
  (await readdir(cache))
    .filter((name) => name.startsWith(id))
    .map((name) => name.slice(id.length + 1))
    .sort();

it('what has not been used for 30 days goes, and what Taxon has not made stays', async (test) => {
  const cache = await freshFolder(test);
  await addGraph(cache, 'r1.onnx', 31);
  await addGraph(cache, 'r2.onnx', 29);
  await mkdir(join(cache, graph('r1.openvino')));
  await writeFile(join(cache, graph('r1.openvino'), '1.blob'), 'x');
  await setAge(join(cache, graph('r1.openvino'), '1.blob'), 40);
  await setAge(join(cache, graph('r1.openvino')), 40);
  await writeFile(join(cache, 'notes.txt'), 'of somebody else');
  await setAge(join(cache, 'notes.txt'), 400);
  assert.deepEqual((await removeUnused(cache)).sort(), [graph('r1.onnx'), graph('r1.openvino')]);
  assert.deepEqual((await readdir(cache)).sort(), [graph('r2.onnx'), 'notes.txt']);
});

it('of what is unused, no more bytes stay than allowed, those that were used last', async (test) => {
  const cache = await freshFolder(test);
  for (const [index, name] of ['a.onnx', 'b.onnx', 'c.onnx', 'd.onnx'].entries())
    await addGraph(cache, name, 9 - index, 100);
  await addUser(cache, 'a.onnx', onAnotherMachine, 3);
  assert.deepEqual((await removeUnused(cache, { bytes: 200 })).sort(), [graph('b.onnx'), graph('c.onnx')]);
});

it('what another process uses stays, however old, until that process has ended', async (test) => {
  const cache = await freshFolder(test);
  await addGraph(cache, 'r1.onnx', 400);
  const end = await startUser(test, cache, 'r1.onnx');
  const nowMs = Date.now() + 100 * dayMs;
  assert.deepEqual(await removeUnused(cache, { nowMs, bytes: 0 }), []);
  await end();
  assert.deepEqual(await removeUnused(cache, { nowMs: Date.now() + 29 * dayMs }), [], 'it was used until now');
  assert.deepEqual(await removeUnused(cache, { nowMs }), [graph('r1.onnx')]);
  assert.deepEqual(await readdir(join(cache, 'uses')), []);
});

it('a server of another machine is believed for two days, then taken for dead', async (test) => {
  const cache = await freshFolder(test);
  await addGraph(cache, 'r1.onnx', 400);
  await addUser(cache, 'r1.onnx', onAnotherMachine, 1.9);
  assert.deepEqual(await removeUnused(cache, { bytes: 0 }), []);
  await addUser(cache, 'r1.onnx', onAnotherMachine, 2.1);
  assert.deepEqual(await removeUnused(cache, { bytes: 0 }), [graph('r1.onnx')]);
});

it('of the processes that have ended, only the last to use it is remembered', async (test) => {
  const cache = await freshFolder(test);
  await addGraph(cache, 'r1.onnx', 1);
  const dead = [11, 9, 10].map((days) => [processName.replace(/\d+$/, String(days)), days] as const);
  for (const [user, days] of dead) await addUser(cache, 'r1.onnx', user, days);
  assert.deepEqual(await removeUnused(cache), []);
  assert.deepEqual(await readdir(join(cache, 'uses', graph('r1.onnx'))), [dead[1]![0]]);
});

it('compiling a backbone removes the graph of an earlier release, and not the one that this process uses', async (test) => {
  const folder = await freshFolder(test);
  const { backbone } = await writeSmallModel(folder);
  const cache = join(folder, 'cache');
  const file = await ensureCompiledBackbone(backbone, cache);
  await rename(file, join(cache, graph('r0.onnx')));
  await setAge(join(cache, graph('r0.onnx')), 40);
  await markUsed(cache, graph('mine.onnx'));
  await addGraph(cache, 'mine.onnx', 400);
  assert.equal(await ensureCompiledBackbone(backbone, cache), file);
  assert.deepEqual(await graphsIn(cache), ['mine.onnx']);
});
