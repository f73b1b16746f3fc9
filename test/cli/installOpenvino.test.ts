// taxon engine install openvino, as a person runs it: from what pip has installed, and from wheels that must not be trusted.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { findLibrary, openvinoDirectory } from '../../src/engines/openvino/findLibrary.js';
import { withoutOpenvino } from '../engines/addon.js';
import { freshFolder } from '../support/folder.js';
import { runTaxonWith, type Ended } from '../support/taxon.js';
import { zipOf } from '../support/zips.js';

const install = (dir: string, ...args: readonly string[]): Ended =>
  runTaxonWith({}, 'engine', 'install', 'openvino', '--dir', dir, ...args);

const recordName = 'openvino-1.2.3.dist-info/RECORD';
const libraryName = 'openvino/libs/libopenvino_c.so.123';
const lineOf = (name: string, bytes: Uint8Array | string): string =>
  `${name},sha256=${createHash('sha256').update(bytes).digest('base64url')},${bytes.length}\n`;

describe('installing a wheel of openvino that is none', () => {
  const cases = [
    ['a file that is no zip', () => Promise.resolve(Buffer.from('no zip')), /cannot be read as a wheel/],
    ['a wheel of another package', () => zipOf({ 'other-1.0.dist-info/RECORD': '' }), /is not a wheel of openvino/],
    [
      'one whose library is not that of its record',
      () => zipOf({ [libraryName]: 'changed', [recordName]: lineOf(libraryName, 'as built') }),
      /libopenvino_c\.so\.123 has SHA-256 \S+, its wheel's record says /,
    ],
    [
      'one that lacks what its record names',
      () => zipOf({ [recordName]: lineOf(libraryName, 'as built') }),
      /has no openvino\/libs\/libopenvino_c\.so\.123, which its record names/,
    ],
    [
      'one whose library cannot be loaded',
      () => zipOf({ [libraryName]: 'no library', [recordName]: lineOf(libraryName, 'no library') }),
      /OpenVINO does not work here: .*cannot be loaded from/,
    ],
  ] as const;
  for (const [name, bytes, reason] of cases)
    it(`refuses ${name} and leaves what was there`, async (test) => {
      const folder = await freshFolder(test);
      const wheel = join(folder, 'openvino.whl');
      await writeFile(wheel, await bytes());
      const target = join(folder, 'native', 'openvino');
      await mkdir(target, { recursive: true });
      await writeFile(join(target, 'before'), '');
      const { status, stderr } = install(target, '--wheel', wheel);
      assert.equal(status, 1);
      assert.match(stderr, reason);
      assert.deepEqual(await readdir(join(folder, 'native'), { recursive: true }), ['openvino', 'openvino/before']);
    });
});

/** A site-packages folder with the OpenVINO of this clone in it, as pip would have left it, and a file that inference does not need. */
async function asInstalledByPip(folder: string): Promise<string> {
  const libs = join(folder, 'openvino', 'libs');
  await mkdir(join(folder, dirname(recordName)), { recursive: true });
  await mkdir(libs, { recursive: true });
  let record = '';
  for (const name of await readdir(openvinoDirectory)) {
    if (!name.startsWith('lib')) continue;
    const path = join(openvinoDirectory, name);
    await symlink(path, join(libs, name));
    record += lineOf(`openvino/libs/${name}`, await readFile(path));
  }
  await writeFile(join(folder, 'openvino', '__init__.py'), 'import os');
  record += lineOf('openvino/__init__.py', 'import os');
  await writeFile(join(folder, recordName), record);
  return folder;
}

describe('installing openvino', { skip: withoutOpenvino }, () => {
  it(
    'takes what inference needs, tries it and says what it is; again, it only tries it',
    { timeout: 120_000 },
    async (test) => {
      const folder = await freshFolder(test);
      const from = await asInstalledByPip(join(folder, 'site-packages'));
      const target = join(folder, 'native', 'openvino');
      const { status, stdout, stderr } = install(target, '--from', from);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^OpenVINO \d+\.\d+\.\d+ on .+: a convolution gives the right value\.$/m);
      assert.match(stdout, /^Precisions in hardware: fp32.*Devices: .*CPU/m);
      assert.match(stdout, /start with OPENVINO_DIR=/);
      assert.deepEqual(await readdir(dirname(target)), ['openvino'], 'nothing unfinished is left');
      assert.equal((await readdir(target)).includes('__init__.py'), false);
      const { mtimeMs } = await stat(findLibrary(target));
      assert.equal(install(target, '--from', from).status, 0);
      assert.equal((await stat(findLibrary(target))).mtimeMs, mtimeMs);
      assert.equal(install(target, '--from', from, '--force').status, 0);
      assert.notEqual((await stat(findLibrary(target))).mtimeMs, mtimeMs);
    },
  );
});
