import assert from 'node:assert/strict';
import { chmod, cp, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { backboneId } from '../../src/models/backboneId.js';
import { resolveBackbone } from '../../src/models/backbones.js';
import { fileHashes } from '../../src/models/fileHashes.js';
import { compileBackbone, compiledFileName } from '../../src/models/compileBackbone.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { loadHead } from '../../src/models/loadHead.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { readBackbone } from '../../src/models/modelParts.js';
import { cutAtGlobalPooling } from '../../src/formats/globalPoolingCut.js';
import {
  listVersions,
  publishVersion,
  readVersion,
  removeClassifier,
  removeVersion,
  type Version,
  type VersionDraft,
} from '../../src/models/versions.js';
import { removeUnfinished } from '../../src/durableFiles.js';
import { freshFolder } from '../support/folder.js';
import { runPixels } from '../support/onnxRun.js';
import { fillWithRandom, sketchTopology } from '../support/reference.js';

const preprocessing: Preprocessing = { ...inceptionPreprocessing, height: 40, width: 40 };
const model = await fillWithRandom(
  sketchTopology(
    [40, 40, 3],
    [
      ['Conv2D', 'conv', ['input'], { filters: 5, kernel_size: [3, 3] }],
      ['GlobalAveragePooling2D', 'pool', ['conv']],
      ['Dense', 'predictions', ['pool'], { units: 3, activation: 'softmax' }],
    ],
  ),
  8,
);
const { backbone, head } = cutAtGlobalPooling(model);
const id = backboneId(backbone, preprocessing);

const draft: VersionDraft = {
  name: 'garden',
  layout: 'full',
  labels: ['rose', 'tulip', 'weed'],
  preprocessing,
  backbone: { id, architecture: 'sketch', embeddingSize: 5 },
  temperature: 1,
  metrics: {},
  provenance: {},
  license: 'CC0-1.0',
};
const publishFull = (modelsDir: string): Promise<Version> =>
  publishVersion({ own: modelsDir }, draft, (directory) => writeLayersModel(directory, model));
const publishHead = (modelsDir: string, name = 'shed'): Promise<Version> =>
  publishVersion({ own: modelsDir }, { ...draft, name, layout: 'head' }, (directory) =>
    writeLayersModel(directory, head),
  );
const places = async (modelsDir: string): Promise<string[]> =>
  (await listVersions({ own: modelsDir })).versions.map(({ manifest }) => `${manifest.name}/${manifest.version}`);

describe('publishing a version', () => {
  it('takes the next free number and can be read back', async (test) => {
    const modelsDir = await freshFolder(test);
    await publishFull(modelsDir);
    const second = await publishFull(modelsDir);
    assert.deepEqual(await places(modelsDir), ['garden/1', 'garden/2']);
    assert.deepEqual(await readVersion(second.directory), second);
  });

  it('gives every one of several publishers at once its own number', async (test) => {
    const modelsDir = await freshFolder(test);
    await Promise.all(Array.from({ length: 5 }, () => publishFull(modelsDir)));
    assert.deepEqual(
      await places(modelsDir),
      [1, 2, 3, 4, 5].map((n) => `garden/${n}`),
    );
  });

  it('leaves nothing behind when the writer fails or the manifest is wrong', async (test) => {
    const modelsDir = await freshFolder(test);
    await assert.rejects(
      publishVersion({ own: modelsDir }, draft, async (): Promise<void> => Promise.reject(new Error('disk full'))),
      /disk full/,
    );
    const twice = { ...draft, labels: ['rose', 'rose', 'weed'] };
    await assert.rejects(
      publishVersion({ own: modelsDir }, twice, (directory) => writeLayersModel(directory, model)),
      { code: 'invalid_model' },
    );
    assert.deepEqual(
      (await readdir(modelsDir)).filter((name) => name.startsWith('.')),
      [],
    );
    assert.deepEqual(await places(modelsDir), []);
  });

  it('cleans up after a publisher that died, but not after one that may still write', async (test) => {
    const modelsDir = await freshFolder(test);
    await mkdir(join(modelsDir, '.unfinished-old'));
    await mkdir(join(modelsDir, '.unfinished-new'));
    await utimes(join(modelsDir, '.unfinished-old'), 1000, 1000);
    await removeUnfinished(modelsDir);
    assert.deepEqual(await readdir(modelsDir), ['.unfinished-new']);
  });
});

describe('a damaged version', () => {
  const damages: Record<string, readonly [(directory: string) => Promise<void>, RegExp]> = {
    'whose shard is short': [
      (d) => truncate(join(d, 'group1-shard1of1.bin'), 10),
      /group1-shard1of1\.bin has 10 bytes/,
    ],
    'whose shard is altered': [
      async (d) => {
        const bytes = await readFile(join(d, 'group1-shard1of1.bin'));
        await writeFile(join(d, 'group1-shard1of1.bin'), bytes.with(7, bytes[7]! ^ 1));
        // The write above may fall into the same tick of the clock as the publication.
        await utimes(join(d, 'group1-shard1of1.bin'), 1000, 1000);
      },
      /group1-shard1of1\.bin is damaged/,
    ],
    'whose shard is missing': [
      (d) => rm(join(d, 'group1-shard1of1.bin')),
      /group1-shard1of1\.bin is listed in the manifest but missing/,
    ],
    'without a manifest': [(d) => rm(join(d, 'manifest.json')), /manifest\.json cannot be read/],
    'with half a manifest': [(d) => truncate(join(d, 'manifest.json'), 100), /manifest\.json is not valid JSON/],
  };
  for (const [name, [damage, reason]] of Object.entries(damages)) {
    it(`${name} is refused by name while the others are served`, async (test) => {
      const modelsDir = await freshFolder(test);
      await publishFull(modelsDir);
      await damage((await publishFull(modelsDir)).directory);
      const { versions, refused } = await listVersions({ own: modelsDir });
      assert.deepEqual(
        versions.map(({ manifest }) => manifest.version),
        [1],
      );
      assert.equal(refused.length, 1);
      assert.equal(refused[0]!.directory, join(modelsDir, 'garden', '2'));
      assert.match(refused[0]!.reason, reason);
    });
  }

  it('is one that stands under another name', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory } = await publishFull(modelsDir);
    await cp(directory, join(modelsDir, 'copy', '1'), { recursive: true });
    assert.match(
      (await listVersions({ own: modelsDir })).refused[0]!.reason,
      /is of garden version 1, but stands in copy\/1/,
    );
  });
});

describe('a head version', () => {
  const onlyBackbone = async (modelsDir: string): Promise<string> =>
    (await resolveBackbone({ own: modelsDir }, id, [])).directory;

  it('keeps its backbone when the version that brought it is removed', async (test) => {
    const modelsDir = await freshFolder(test);
    await publishFull(modelsDir);
    await publishHead(modelsDir);
    await removeVersion({ own: modelsDir }, 'garden', 1);
    assert.deepEqual(await places(modelsDir), ['shed/1']);
    assert.equal(backboneId(await readBackbone(await onlyBackbone(modelsDir)), preprocessing), id);
  });

  it('is refused when nothing installed has its backbone', async (test: TestContext) => {
    const modelsDir = await freshFolder(test);
    await assert.rejects(publishHead(modelsDir), { code: 'invalid_model', message: /is not installed/ });
    await assert.rejects(onlyBackbone(modelsDir), { code: 'invalid_model', message: /is not installed/ });
  });

  it('loads the same head as the full version', async (test) => {
    const modelsDir = await freshFolder(test);
    const full = await publishFull(modelsDir);
    const own = await publishHead(modelsDir);
    const fromFull = await loadHead(full.directory, full.manifest);
    assert.equal(fromFull.classes, 3);
    assert.deepEqual((await loadHead(own.directory, own.manifest)).model.weights, fromFull.model.weights);
  });

  it('is refused when its outputs are not as many as its labels', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory, manifest } = await publishFull(modelsDir);
    const mismatch = { code: 'invalid_model', message: /3 outputs.*2 labels/ };
    await assert.rejects(loadHead(directory, { ...manifest, labels: ['rose', 'weed'] }), mismatch);
    await assert.rejects(
      publishVersion({ own: modelsDir }, { ...draft, labels: ['rose', 'weed'] }, (to) => writeLayersModel(to, model)),
      mismatch,
    );
  });
});

describe('the bytes that are hashed', () => {
  const read = async (work: () => Promise<unknown>): Promise<number> => {
    const before = fileHashes.bytesRead;
    await work();
    return fileHashes.bytesRead - before;
  };

  it('are none when versions are published, for they are hashed while they are written', async (test) => {
    const modelsDir = await freshFolder(test);
    assert.equal(await read(() => publishFull(modelsDir)), 0);
    assert.equal(await read(() => publishHead(modelsDir)), 0);
  });

  it('are those of the files that changed when the store is read again', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory, manifest } = await publishFull(modelsDir);
    await publishHead(modelsDir);
    assert.equal(await read(() => listVersions({ own: modelsDir })), 0);
    assert.equal(await read(() => resolveBackbone({ own: modelsDir }, id, [])), 0, 'a second name of the same files');
    const shard = 'group1-shard1of1.bin';
    await utimes(join(directory, shard), 1000, 1000);
    assert.equal(await read(() => listVersions({ own: modelsDir })), manifest.files[shard]!.bytes);
    assert.equal(await read(() => listVersions({ own: modelsDir })), 0);
  });

  it('are those of all files once when another process published them', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory, manifest } = await publishFull(modelsDir);
    const copies = join(await freshFolder(test), 'models');
    await cp(directory, join(copies, 'garden', '1'), { recursive: true });
    for (const name of Object.keys(manifest.files)) await utimes(join(copies, 'garden', '1', name), 1000, 1000);
    const bytes = Object.values(manifest.files).reduce((sum, file) => sum + file.bytes, 0);
    assert.equal(await read(() => listVersions({ own: copies })), bytes);
    assert.equal(await read(() => listVersions({ own: copies })), 0);
  });
});

describe('compiling a backbone', () => {
  it('writes one file that ONNX Runtime runs, and nothing beside it', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory } = await publishFull(modelsDir);
    const cache = await freshFolder(test);
    const file = join(cache, compiledFileName(id));
    await compileBackbone(id, directory, preprocessing, file);
    assert.deepEqual(await readdir(cache), [compiledFileName(id)]);
    const embedding = await runPixels(await readFile(file), new Uint8Array(2 * 40 * 40 * 3), [2, 40, 40, 3]);
    assert.equal(embedding.length, 10);
  });

  it('refuses weights that are not those of the backbone that was asked for', async (test) => {
    const modelsDir = await freshFolder(test);
    const { directory } = await publishFull(modelsDir);
    await assert.rejects(compileBackbone('0'.repeat(64), directory, preprocessing, join(modelsDir, 'x.onnx')), {
      code: 'invalid_model',
    });
  });
});

describe('what is removed', () => {
  it('is unknown only where it is not there: another failure is reported as what it is', async (test) => {
    const modelsDir = await freshFolder(test);
    await writeFile(join(modelsDir, 'garden'), 'no folder');
    await assert.rejects(removeVersion({ own: modelsDir }, 'shed', 1), { code: 'unknown_version' });
    await assert.rejects(removeVersion({ own: modelsDir }, 'garden', 1), { code: 'ENOTDIR' });
  });

  it('stays, and somebody is told to make it writable, where the file system refuses', async (test) => {
    const modelsDir = await freshFolder(test);
    await publishFull(modelsDir);
    const folders = [modelsDir, join(modelsDir, 'garden')];
    for (const folder of folders) await chmod(folder, 0o555);
    await asNobody(async () => {
      const refused = { code: 'storage_unavailable', message: /garden.* cannot be removed.*writable/ };
      await assert.rejects(removeVersion({ own: modelsDir }, 'garden', 1), refused);
      await assert.rejects(
        removeClassifier({ own: modelsDir }, 'garden', (disappear) => disappear()),
        refused,
      );
    });
    for (const folder of folders) await chmod(folder, 0o755);
    assert.deepEqual(await places(modelsDir), ['garden/1']);
  });
});

/** Root may write everywhere. */
async function asNobody(work: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65534);
  try {
    await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
