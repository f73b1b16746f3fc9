// What every engine must do: one suite over all of them, through the worker that serves.
import assert from 'node:assert/strict';
import { after, before, describe, it, type SuiteContext } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import {
  loadedIdOf,
  type BackboneArtifact,
  type Engine,
  type EngineBatch,
  type HeadArtifact,
  type EngineOptions,
  type RemoteOptions,
} from '../../src/engines/engine.js';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { AppError } from '../../src/errors.js';
import { backboneId } from '../../src/models/backboneId.js';
import { writeLayersModel } from '../../src/formats/tensorflow/layersFiles.js';
import { withoutPooling } from '../../src/formats/globalPoolingCut.js';
import type { LayersModel } from '../../src/formats/layersModel.js';
import { inceptionPreprocessing, type Preprocessing } from '../../src/image/preprocessing.js';
import { createRandom, fillWithRandom, maxDifference, runInTfjs, sketchTopology } from '../support/reference.js';

const height = 24;
const width = 31;
export const preprocessing: Preprocessing = {
  ...inceptionPreprocessing,
  height,
  width,
  channels: 'bgr',
  scale: [1 / 127.5, 1 / 60, 1 / 90],
  offset: [-1, -0.4, 0.3],
};

/** A small network with all that Inception-V3 has: foldable and other norms, pools, concatenation. */
const backboneSketch = sketchTopology(
  [height, width, 3],
  [
    ['Conv2D', 'conv', ['input'], { filters: 8, kernel_size: [3, 3], strides: [2, 2], use_bias: false }],
    ['BatchNormalization', 'norm', ['conv'], { axis: [3], scale: false }],
    ['Activation', 'relu', ['norm'], { activation: 'relu' }],
    ['AveragePooling2D', 'average', ['relu'], { pool_size: [3, 3], strides: [1, 1], padding: 'same' }],
    ['SeparableConv2D', 'separable', ['average'], { filters: 6, kernel_size: [1, 3], padding: 'same' }],
    ['BatchNormalization', 'separable_norm', ['separable'], {}],
    ['Concatenate', 'mixed', ['relu', 'separable_norm'], { axis: 3 }],
    ['GlobalAveragePooling2D', 'pool', ['mixed']],
  ],
);
const embeddingSize = 14;
const classes = 3;

export const randomPixels = (count: number, seed = 5): Uint8Array => {
  const random = createRandom(seed);
  return Uint8Array.from({ length: count * height * width * 3 }, () => random() * 256);
};

function normalise(pixels: Uint8Array): Float32Array {
  const { scale, offset } = preprocessing;
  const reversed = (i: number): number => i - (i % 3) + 2 - (i % 3);
  return Float32Array.from(pixels, (_, i) => pixels[reversed(i)]! * scale[i % 3]! + offset[i % 3]!);
}

export interface SmallModel {
  readonly backbone: BackboneArtifact;
  readonly head: HeadArtifact;
  readonly backboneModel: LayersModel;
}

/** Writes the small backbone into `directory`; other seeds give other weights. */
export async function writeSmallModel(directory: string, seed = 7): Promise<SmallModel> {
  const backboneModel = await fillWithRandom(backboneSketch, seed);
  const headModel = await fillWithRandom(
    sketchTopology([embeddingSize], [['Dense', 'logits', ['input'], { units: classes }]]),
    8,
  );
  await writeLayersModel(directory, backboneModel);
  const id = backboneId(backboneModel, preprocessing);
  return {
    backboneModel,
    backbone: { id, directory, embeddingSize, preprocessing },
    head: { id: 'head', backboneId: id, model: headModel, classes },
  };
}

export interface Elsewhere {
  readonly name: string;
  /** What runs the backbones; called once, before the engine is started. */
  readonly start: (backbones: readonly BackboneArtifact[], folder: string) => Promise<RemoteOptions>;
  readonly stop: () => Promise<void>;
}

/** Declares the suite for the engine that `options` describe. With `skip`, says why instead. `elsewhere`: of the remote engine. */
export function describeEngine(
  options: Omit<EngineOptions, 'cacheDir'>,
  skip: string | false,
  elsewhere?: Elsewhere,
): void {
  const where = elsewhere?.name ?? options.device;
  describe(`the ${options.engine} engine on ${where}`, { skip }, (suite: SuiteContext) =>
    runContract(suite, options, elsewhere),
  );
}

function runContract(_suite: SuiteContext, described: Omit<EngineOptions, 'cacheDir'>, elsewhere?: Elsewhere): void {
  let given = described;
  let folder: string;
  let engine: Engine;
  let model: SmallModel;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
    model = await writeSmallModel(folder);
    const backbones = [model.backbone, { ...model.backbone, output: 'featureMap' } as const];
    if (elsewhere) given = { ...described, remote: await elsewhere.start(backbones, folder) };
    engine = await startWorkerEngine([{ ...given, cacheDir: join(folder, 'cache') }], {
      logger: pino({ level: 'silent' }),
    });
    await engine.loadBackbone(model.backbone);
    await engine.loadHead(model.head);
  });
  after(async () => {
    await engine.close();
    await elsewhere?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const batch = (pixels: Uint8Array, changes: Partial<EngineBatch> = {}): EngineBatch => {
    const count = pixels.length / (height * width * 3);
    return { backboneId: model.backbone.id, pixels, count, headIds: [model.head.id], ...changes };
  };
  // A GPU multiplies in TF32, which keeps 10 bits of the fraction.
  const tolerance = ['cpu', 'remote'].includes(described.device) ? 1e-5 : 1e-2;
  const isInvalidModel = (error: unknown): boolean => error instanceof AppError && error.code === 'invalid_model';

  it('says what it is, what it runs on and with which libraries', () => {
    const { engine: name, device, deviceName, libraries, threads } = engine.info;
    assert.deepEqual({ name, device, threads }, { name: given.engine, device: given.device, threads: given.threads });
    assert.ok(deviceName.length > 0);
    assert.ok(
      Object.values(libraries).every((version) => /^\d+\.\d+/.test(version)),
      JSON.stringify(libraries),
    );
  });

  it('gives the embeddings and logits that tfjs gives in plain JavaScript', async () => {
    const pixels = randomPixels(3);
    const expected = await runInTfjs(model.backboneModel, normalise(pixels), [3, height, width, 3]);
    const logits = await runInTfjs(model.head.model, expected, [3, embeddingSize]);
    const output = await engine.run(batch(pixels));
    assert.ok(maxDifference(output.embeddings, expected) < tolerance);
    assert.ok(maxDifference(output.logits.get('head')!, logits) < tolerance);
  });

  it('gives the same for an image alone and in a batch', async () => {
    const { embeddings } = await engine.run(batch(randomPixels(4)));
    const last = randomPixels(4).slice(3 * height * width * 3);
    const alone = await engine.run(batch(last));
    assert.ok(maxDifference(alone.embeddings, embeddings.slice(3 * embeddingSize)) < tolerance);
  });

  it('gives the feature map that the embedding is the average of, row by row', async () => {
    const mapped = { ...model.backbone, output: 'featureMap' } as const;
    await engine.loadBackbone(mapped);
    const pixels = randomPixels(2);
    const expected = await runInTfjs(withoutPooling(model.backboneModel), normalise(pixels), [2, height, width, 3]);
    const { embeddings } = await engine.run(batch(pixels, { backboneId: loadedIdOf(mapped), headIds: [] }));
    assert.ok(maxDifference(embeddings, expected) < tolerance);
    await engine.unloadBackbone(loadedIdOf(mapped));
    assert.equal((await engine.run(batch(randomPixels(1)))).embeddings.length, embeddingSize);
  });

  it('takes pixels in shared memory and leaves them there', async () => {
    const pixels = randomPixels(2);
    const shared = new Uint8Array(new SharedArrayBuffer(pixels.length + 1), 0, pixels.length);
    shared.set(pixels);
    const output = await engine.run(batch(shared));
    assert.deepEqual([...shared], [...pixels]);
    assert.deepEqual(output.embeddings, (await engine.run(batch(pixels))).embeddings);
  });

  it('runs without heads', async () => {
    const { embeddings, logits } = await engine.run(batch(randomPixels(2), { headIds: [] }));
    assert.deepEqual([embeddings.length, logits.size], [2 * embeddingSize, 0]);
  });

  it('puts embeddings through a head as the run that gave them did', async () => {
    const { embeddings, logits } = await engine.run(batch(randomPixels(3)));
    const again = await engine.runHeads({ embeddings, count: 3, headIds: ['head'] });
    assert.ok(maxDifference(again.get('head')!, logits.get('head')!) < tolerance);
    await assert.rejects(engine.runHeads({ embeddings, count: 3, headIds: ['missing'] }), /missing is not loaded/);
  });

  it('loads the same backbone and head again without effect', async () => {
    await engine.loadBackbone(model.backbone);
    await engine.loadHead(model.head);
    assert.equal((await engine.run(batch(randomPixels(1)))).logits.size, 1);
  });

  it('answers many calls at once, each with its own result', async () => {
    const outputs = await Promise.all([1, 2, 3].map((count) => engine.run(batch(randomPixels(count)))));
    assert.deepEqual(
      outputs.map(({ embeddings }) => embeddings.length / embeddingSize),
      [1, 2, 3],
    );
  });

  it('refuses a backbone whose weights are not those of its name', async () => {
    await assert.rejects(engine.loadBackbone({ ...model.backbone, id: 'f'.repeat(64) }), isInvalidModel);
  });

  it('refuses a head whose backbone is not loaded, and a batch for one', async () => {
    await assert.rejects(
      engine.loadHead({ ...model.head, id: 'other', backboneId: 'missing' }),
      /missing is not loaded/,
    );
    await assert.rejects(engine.run(batch(randomPixels(1), { backboneId: 'missing' })), /missing is not loaded/);
    await assert.rejects(engine.run(batch(randomPixels(1), { headIds: ['missing'] })), /missing is not loaded/);
  });

  it('forgets what is unloaded and takes it again', async () => {
    await engine.unloadHead('head');
    await assert.rejects(engine.run(batch(randomPixels(1))), /head is not loaded/);
    await engine.loadHead(model.head);
    await engine.run(batch(randomPixels(1)));
  });

  it('finishes what is running before it closes, and closes twice', async () => {
    const other = await startWorkerEngine([{ ...given, cacheDir: join(folder, 'cache') }], {
      logger: pino({ level: 'silent' }),
    });
    await other.loadBackbone(model.backbone);
    const running = other.run(batch(randomPixels(2), { headIds: [] }));
    await Promise.all([other.close(), other.close()]);
    assert.equal((await running).embeddings.length, 2 * embeddingSize);
  });
}
