// Two models directories: the user's own, and the bundled one, which nothing writes.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readHead } from '../../src/models/modelParts.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { exportVersion } from '../../src/models/exportModel.js';
import { importBundle } from '../../src/models/bundle.js';
import type { ModelsDirs } from '../../src/models/modelsDirs.js';
import { removeUnusedBackbones } from '../../src/models/unusedBackbones.js';
import { listVersions, publishVersion, removeClassifier, type Version } from '../../src/models/versions.js';
import { createModelsDirectory } from '../../src/serving/modelsDirectory.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';

interface Places {
  readonly own: string;
  readonly bundled: string;
  readonly dirs: ModelsDirs;
  readonly starter: Version;
}

/** `colours` is bundled; the user has nothing yet. */
async function open(t: TestContext): Promise<Places> {
  const folder = await freshFolder(t);
  const [own, bundled] = [join(folder, 'own'), join(folder, 'bundled')];
  return { own, bundled, dirs: { own, bundled }, starter: await publishTinyModel(bundled, 'colours', ['x', 'y']) };
}

/** What a training publishes: a head on the backbone of `base`. */
const publishHead = (dirs: ModelsDirs, { directory, manifest }: Version, name: string): Promise<Version> =>
  publishVersion(dirs, { ...manifest, name, layout: 'head' }, async (to) =>
    writeLayersModel(to, await readHead(directory, 'full')),
  );

const places = async (dirs: ModelsDirs): Promise<string[]> =>
  (await listVersions(dirs)).versions.map(({ manifest: { name, version } }) => `${name}/${version}`);

/** Every file with its content, to find the least change. */
async function contents(directory: string): Promise<Record<string, string>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('base64')])),
  ) as Record<string, string>;
}

test('a new version of a bundled classifier goes to the own directory under the next number; the bundled one is not touched', async (t) => {
  const { own, bundled, dirs, starter } = await open(t);
  const before = await contents(bundled);
  const second = await publishHead(dirs, starter, 'colours');
  assert.equal(second.directory, join(own, 'colours', '2'));
  assert.deepEqual(await places(dirs), ['colours/1', 'colours/2']);
  await removeUnusedBackbones(dirs, { inUse: new Set(), nowMs: Date.now() + 1e12 });
  assert.deepEqual(await contents(bundled), before);
});

test('a head on a bundled backbone is served, exported and imported though the backbone is no longer bundled', async (t) => {
  const { own, bundled, dirs, starter } = await open(t);
  await publishHead(dirs, starter, 'flowers');
  await rm(bundled, { recursive: true });
  const { versions, refused } = await createModelsDirectory(dirs).list();
  assert.deepEqual([versions.length, refused], [1, []]);
  const bundle = join(own, '..', 'flowers.taxon');
  await exportVersion(dirs, versions[0]!, 'taxon', bundle);
  const other = { own: join(own, '..', 'other'), bundled };
  await importBundle(other, bundle);
  assert.deepEqual((await createModelsDirectory(other).list()).refused, []);
});

test('a head that is bundled with a kept backbone, as in a clone that was trained in, is served and can be built on', async (t) => {
  const { own, bundled, starter } = await open(t);
  await publishHead({ own: bundled }, starter, 'flowers');
  await rm(join(bundled, 'colours'), { recursive: true });
  const dirs = { own, bundled };
  const [flowers] = (await createModelsDirectory(dirs).list()).versions;
  const head = { manifest: flowers!.manifest, write: () => readHead(flowers!.directory, 'head') };
  await publishVersion(dirs, head.manifest, async (to) => writeLayersModel(to, await head.write()));
  assert.deepEqual(await places(dirs), ['flowers/1', 'flowers/2']);
  assert.deepEqual(await readdir(join(own, '.backbones')), [starter.manifest.backbone.id]);
});

test('an equal copy of a bundled version is one version with it; another under its number hides it, which is said', async (t) => {
  const { own, bundled, dirs } = await open(t);
  await cp(join(bundled, 'colours'), join(own, 'colours'), { recursive: true });
  assert.deepEqual([await places(dirs), (await listVersions(dirs)).refused], [['colours/1'], []]);
  await rm(join(own, 'colours'), { recursive: true });
  await publishTinyModel(own, 'colours', ['a', 'b'], { seed: 3 });
  const { versions, refused } = await listVersions(dirs);
  assert.deepEqual(
    versions.map(({ directory }) => directory),
    [join(own, 'colours', '1')],
  );
  assert.match(refused[0]!.reason, /hidden by another colours\/1, .*own/);
});

test('one directory given as both is read once, and written', async (t) => {
  const { own } = await open(t);
  const dirs = { own, bundled: `${own}/` };
  await publishTinyModel(own, 'colours', ['a', 'b']);
  assert.deepEqual([await places(dirs), (await listVersions(dirs)).refused], [['colours/1'], []]);
});

test('a classifier disappears with all its versions, damaged ones too, in one step', async (t) => {
  const { own, dirs, starter } = await open(t);
  await publishHead(dirs, starter, 'flowers');
  await mkdir(join(own, 'flowers', '2'));
  await writeFile(join(own, 'flowers', '2', 'manifest.json'), '{');
  await assert.rejects(removeClassifier({ own }, 'flowers', () => Promise.reject(new Error('no'))));
  assert.deepEqual(await readdir(join(own, 'flowers')), ['1', '2']);
  await removeClassifier({ own }, 'flowers', async (disappear) => {
    await disappear();
    assert.equal((await readdir(own)).includes('flowers'), false);
  });
  assert.deepEqual(await readdir(own), ['.backbones']);
});
