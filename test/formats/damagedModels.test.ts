// Model files with faults in them: each is read, or refused as invalid_model, and nothing else happens. Not HDF5: its library aborts at
// the first serious fault, and says of every file after it that it is damaged.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/errors.js';
import { decodeFloat16, encodeFloat16 } from '../../src/formats/float16.js';
import { readOnnxFile } from '../../src/formats/onnx/onnxFile.js';
import { decodeModel, encodeModel } from '../../src/formats/onnx/protobuf.js';
import { readFloats } from '../../src/formats/onnx/tensors.js';
import { readGraphConstants, readGraphFile } from '../../src/formats/tensorflow/graphFile.js';
import { readLayersModel, serialiseLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { readSavedModelEnds, savedModelFileName } from '../../src/formats/tensorflow/savedModelFile.js';
import { byteLengthOf, decodeWeight, encodeWeight, type Storage } from '../../src/formats/tensorflow/weightBytes.js';
import { openZip } from '../../src/formats/zipEntries.js';
import { sketchOnnx } from '../importing/sketchOnnx.js';
import { mutate } from '../support/mutations.js';
import { fillWithRandom, sketchTopology } from '../support/reference.js';
import { zipOf } from '../support/zips.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
after(() => rm(folder, { recursive: true, force: true }));

const model = await fillWithRandom(
  sketchTopology(
    [8, 8, 3],
    [
      ['Conv2D', 'conv', ['input'], { filters: 2, kernel_size: [3, 3] }],
      ['GlobalAveragePooling2D', 'pool', ['conv']],
      ['Dense', 'predictions', ['pool'], { units: 2, activation: 'softmax' }],
    ],
  ),
  1,
);
const onnx = encodeModel(
  sketchOnnx({
    input: ['image', [1, 3, 8, 8]],
    nodes: [['Conv', ['image', 'w'], 'y']],
    weights: { w: [2, 3, 3, 3] },
    integers: { shape: [1, -1] },
    output: ['y', [1, 2, 6, 6]],
  }),
);

/** `read` on `runs` damaged copies of `whole`, which are files called `name` in a folder of their own. */
async function damage(
  name: string,
  whole: Uint8Array,
  runs: number,
  read: (path: string, directory: string) => Promise<unknown>,
  beside: ReadonlyMap<string, Uint8Array> = new Map(),
): Promise<void> {
  const directory = await mkdtemp(join(folder, 'case-'));
  await mkdir(directory, { recursive: true });
  for (const [other, bytes] of beside) await writeFile(join(directory, other), bytes);
  const path = join(directory, name);
  await writeFile(path, whole);
  await read(path, directory);
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      await writeFile(path, mutate(whole, whole, seed));
      await read(path, directory).catch((error: unknown) => {
        assert.ok(error instanceof AppError && error.code === 'invalid_model', (error as Error).stack ?? String(error));
      });
    }),
    { numRuns: runs },
  );
}

describe('a damaged file is read or refused as invalid_model', () => {
  it('of ONNX, down to the values of its tensors', () =>
    damage('m.onnx', onnx, 1_000, async (path) => {
      for (const tensor of (await readOnnxFile(path)).graph.initializer) readFloats(tensor);
    }));
  it('of tfjs layers: model.json', () => {
    const files = serialiseLayersModel(model);
    return damage('model.json', files.get('model.json')!, 400, (_, directory) => readLayersModel(directory), files);
  });
  it('of tfjs graphs: model.json', () => {
    const weights = [{ name: 'c', shape: [2], dtype: 'float32' }];
    const node = [
      { name: 'c', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } },
      { name: 'i', op: 'Identity', input: ['c'] },
    ];
    const json = { modelTopology: { node }, weightsManifest: [{ paths: ['a.bin'], weights }] };
    const beside = new Map([['a.bin', new Uint8Array(8)]]);
    const read = async (_: string, directory: string): Promise<unknown> =>
      readGraphConstants(await readGraphFile(directory));
    return damage('model.json', Buffer.from(JSON.stringify(json)), 400, read, beside);
  });
  it('of zip', async () => {
    const zip = await zipOf({ 'config.json': '{"a":1}', 'model.weights.h5': Buffer.alloc(500, 7) });
    await damage('m.zip', zip, 400, async (path) => {
      const opened = await openZip(path);
      try {
        for (const name of opened.names) (await opened.open(name)).on('error', () => undefined).resume();
      } finally {
        opened.close();
      }
    });
  });
  it('of SavedModel', async () => {
    const all = await readdir('test/fixtures', { recursive: true });
    const found = all.find((name) => name.endsWith(savedModelFileName));
    assert.ok(found);
    const whole = await readFile(join('test/fixtures', found));
    await damage(savedModelFileName, whole, 300, (_, directory) => readSavedModelEnds(directory));
  });
});

describe('what is written is read again', () => {
  const values = fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 40 });

  it('by ONNX: every field of a model', () => {
    const read = decodeModel(onnx);
    assert.deepEqual(encodeModel({ ...read, graph: read.graph! }), onnx);
  });
  it('by half precision: to the nearest half, in order, with its sign', () =>
    fc.assert(
      fc.property(values, (given) => {
        const small = given.map((value) => Math.max(-65504, Math.min(65504, value)));
        const back = decodeFloat16(encodeFloat16(small));
        small.forEach((value, i) => {
          assert.ok(
            Math.abs(back[i]! - value) <= Math.max(2 ** -25, Math.abs(value) * 2 ** -11),
            `${value}: ${back[i]!}`,
          );
        });
        const [sorted, halves] = [small.toSorted(), decodeFloat16(encodeFloat16(small.toSorted()))];
        for (let i = 1; i < sorted.length; i++) assert.ok(halves[i - 1]! <= halves[i]!);
      }),
    ));
  it('by tfjs weights: exactly, or to half a step of their storage', () =>
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, min: -1000, max: 1000, minLength: 1, maxLength: 40 }),
        fc.constantFrom<Storage>('float32', 'uint8', 'uint16'),
        (given, storage) => {
          const { spec, bytes } = encodeWeight('w', [given.length], given, storage);
          assert.equal(bytes.length, byteLengthOf(spec));
          const back = decodeWeight(spec, Uint8Array.from(bytes));
          const step = spec.quantization && 'scale' in spec.quantization ? spec.quantization.scale : 0;
          // Where zero has a code of its own, the last value may lie a step beyond the codes.
          given.forEach((value, i) =>
            assert.ok(Math.abs(back[i]! - value) <= step * 1.001 + 1e-4, `${value}: ${back[i]!}`),
          );
        },
      ),
    ));
});
