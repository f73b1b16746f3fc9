import assert from 'node:assert/strict';
import { readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  readLayersIndex,
  readLayersModel,
  readWeights,
  writeLayersModel,
  type LayersIndex,
} from '../../src/formats/tensorflow/layersFiles.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import type { Storage } from '../../src/formats/tensorflow/weightBytes.js';
import { freshFolder } from '../support/folder.js';
import { createRandom, sketchTopology } from '../support/reference.js';

const random = createRandom(11);
const values = (length: number, low: number, high: number): Float32Array =>
  Float32Array.from({ length }, () => low + (high - low) * random());

/** More than one shard of 4 MB in float32, with a weight that crosses the border. */
const model: LayersModel = {
  topology: sketchTopology(
    [1000],
    [
      ['Dense', 'wide', ['input'], { units: 1000 }],
      ['Dense', 'narrow', ['wide'], { units: 100 }],
    ],
  ),
  weights: new Map([
    ['wide/kernel', { shape: [1000, 1000], data: values(1_000_000, -0.3, 0.7) }],
    ['wide/bias', { shape: [1000], data: values(1000, 0.5, 0.6) }],
    ['narrow/kernel', { shape: [1000, 100], data: values(100_000, -2, 2) }],
    ['narrow/bias', { shape: [100], data: new Float32Array(100).fill(0.25) }],
  ]),
};

async function written(test: TestContext, storage: Storage = 'float32'): Promise<string> {
  const folder = await freshFolder(test);
  await writeLayersModel(folder, model, { storageOf: () => storage });
  return folder;
}

async function changeJson(folder: string, change: (json: string) => string): Promise<void> {
  const path = join(folder, 'model.json');
  await writeFile(path, change(await readFile(path, 'utf8')));
}

describe('a layers model on disk', () => {
  it('comes back bit for bit in float32, over several shards', async (test) => {
    const folder = await written(test);
    assert.deepEqual(await readLayersModel(folder), model);
    assert.deepEqual((await readLayersIndex(folder)).groups[0]!.paths, [
      'group1-shard1of2.bin',
      'group1-shard2of2.bin',
    ]);
  });

  for (const storage of ['uint8', 'uint16', 'float16'] as const)
    it(`is kept in ${storage} where it was read so, to the last byte, and a weight that has changed since in float32`, async (test) => {
      const [folder, again] = [await written(test, storage), await freshFolder(test)];
      const read = await readLayersModel(folder);
      const narrow = read.weights.get('narrow/kernel')!;
      narrow.data[7]! += 1e-6;
      await writeLayersModel(again, read);
      const [{ weights: before }] = (await readLayersIndex(folder)).groups as [LayersIndex['groups'][0]];
      const [{ weights: after }] = (await readLayersIndex(again)).groups as [LayersIndex['groups'][0]];
      for (const [i, spec] of before.entries())
        assert.deepEqual(
          after[i],
          spec.name === 'narrow/kernel' ? { name: spec.name, shape: spec.shape, dtype: spec.dtype } : spec,
        );
      for (const [name, { data }] of (await readLayersModel(again)).weights)
        assert.deepEqual(data, read.weights.get(name)!.data, name);
    });

  for (const [storage, steps] of [
    ['uint8', 255],
    ['uint16', 65535],
  ] as const) {
    it(`is off by at most one step of ${storage}, keeps zero, and writes the same bytes again`, async (test) => {
      const sparse = {
        ...model,
        weights: new Map(model.weights).set('narrow/kernel', {
          shape: [1000, 100],
          data: values(100_000, -2, 1).map((v) => Math.max(0, v)),
        }),
      };
      const folder = await freshFolder(test);
      await writeLayersModel(folder, sparse, { storageOf: () => storage });
      const read = await readLayersModel(folder);
      for (const [name, { data }] of sparse.weights) {
        const step = (Math.max(...data.subarray(0, 50_000)) - Math.min(...data.subarray(0, 50_000)) + 1e-6) / steps;
        assert.ok(
          read.weights.get(name)!.data.every((value, i) => Math.abs(value - data[i]!) <= step * 1.01),
          name,
        );
      }
      const zeroAt = sparse.weights.get('narrow/kernel')!.data.indexOf(0);
      assert.equal(read.weights.get('narrow/kernel')!.data[zeroAt], 0);
      assert.ok(read.weights.get('narrow/bias')!.data.every((value) => value === 0.25));
    });
  }

  it('is off by at most half a unit in the last place of float16', async (test) => {
    const read = await readLayersModel(await written(test, 'float16'));
    for (const [name, { data }] of model.weights)
      assert.ok(
        read.weights
          .get(name)!
          .data.every((value, i) => Math.abs(value - data[i]!) <= Math.abs(data[i]!) * 2 ** -11 + 2 ** -25),
        name,
      );
  });

  it('gives the wanted weights alone', async (test) => {
    const weights = await readWeights(await readLayersIndex(await written(test)), (name) => name.startsWith('narrow/'));
    assert.deepEqual(weights, new Map([...model.weights].slice(2)));
  });

  it('is refused by name when a shard is missing or too short', async (test) => {
    const folder = await written(test);
    await truncate(join(folder, 'group1-shard2of2.bin'), 1000);
    await assert.rejects(readLayersModel(folder), { code: 'invalid_model', message: /shards hold .* weights .* take/ });
    await rm(join(folder, 'group1-shard2of2.bin'));
    await assert.rejects(readLayersModel(folder), {
      code: 'invalid_model',
      message: /group1-shard2of2\.bin cannot be read/,
    });
  });

  it('is refused when its JSON is broken, or says what cannot be', async (test) => {
    const folder = await written(test);
    const original = await readFile(join(folder, 'model.json'), 'utf8');
    const refusals: readonly [(json: string) => string, RegExp][] = [
      [(json) => json.slice(0, 100), /model\.json is not valid JSON/],
      [(json) => json.replace('"dtype":"float32"', '"dtype":"complex64"'), /only float32/],
      [(json) => json.replace('group1-shard1of2.bin', '../shard.bin'), /without a folder/],
      [(json) => json.replace('[1000,1000]', '[1000000,1000000]'), /take 4000000/],
      [
        (json) => json.replace('"input_layers":[["input",0,0]]', '"input_layers":[["input",0,0],["b",0,0]]'),
        /has 2 inputs/,
      ],
      [(json) => json.replace('[["wide",0,0,{}]]', '[["gone",0,0,{}]]'), /gone is used but not defined/],
      [(json) => json.replace('[["input",0,0,{}]]', '[["narrow",0,0,{}]]'), /depends on its own output/],
    ];
    for (const [change, message] of refusals) {
      await changeJson(folder, () => change(original));
      await assert.rejects(readLayersModel(folder), { code: 'invalid_model', message });
    }
  });
});
