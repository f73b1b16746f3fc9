// What only the openvino engine must do.
import assert from 'node:assert/strict';
import { chmod, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { pino } from 'pino';
import {
  EngineLostError,
  loadedIdOf,
  type BackboneArtifact,
  type Device,
  type Engine,
  type EngineOptions,
} from '../../src/engines/engine.js';
import { findLibrary } from '../../src/engines/openvino/findLibrary.js';
import { createOpenvinoEngine } from '../../src/engines/openvino/openvino.js';
import { startEngine } from '../../src/engines/select.js';
import { startWorkerEngine } from '../../src/engines/workerEngine.js';
import { AppError } from '../../src/errors.js';
import { listVersions } from '../../src/models/versions.js';
import { bundledModels } from '../support/bundledModels.js';
import { freshFolder } from '../support/folder.js';
import { maxDifference } from '../support/reference.js';
import { withoutOpenvino } from './addon.js';
import { randomPixels, writeSmallModel } from './contract.js';
import { deadlyPixel } from './dyingWorker.js';

const logger = pino({ level: 'silent' });
const optionsIn = (folder: string, device: Device = 'cpu'): EngineOptions => ({
  engine: 'openvino',
  device,
  threads: 1,
  cacheDir: join(folder, 'cache'),
  warmupBatchSizes: [],
});
const isUnavailable = (pattern: RegExp) => (error: unknown) =>
  error instanceof AppError && error.code === 'engine_unavailable' && pattern.test(error.detail);

/** A folder whose library is a file of the right name that is none. */
async function brokenLibrary(test: TestContext): Promise<string> {
  const folder = await freshFolder(test);
  await writeFile(join(folder, 'libopenvino_c.so.2641'), 'not a library');
  return folder;
}

describe('the openvino engine without what it needs', () => {
  it('says which command installs a missing library', async (test) => {
    const folder = await freshFolder(test);
    await assert.rejects(
      createOpenvinoEngine({ ...optionsIn(folder), openvinoDir: folder }),
      isUnavailable(/npx taxon engine install openvino/),
    );
  });

  it('says why a library cannot be loaded', async (test) => {
    const openvinoDir = await brokenLibrary(test);
    await assert.rejects(
      createOpenvinoEngine({ ...optionsIn(openvinoDir), openvinoDir }),
      isUnavailable(/cannot be loaded from .*libopenvino_c\.so\.2641: /),
    );
  });

  it('is passed over by auto, for onnx, and the log says why', async (test) => {
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString());
        done();
      },
    });
    const openvinoDir = await brokenLibrary(test);
    const choice = { engine: 'auto', device: 'cpu', threads: 1, cacheDir: openvinoDir, maxBatchSize: 1 } as const;
    const engine = await startEngine({ ...choice, openvinoDir }, { logger: pino(stream) });
    test.after(() => engine.close());
    assert.equal(engine.info.engine, 'onnx');
    const { refused } = JSON.parse(lines[0]!) as { refused: string[] };
    assert.match(refused.join(), /openvino on cpu: OpenVINO cannot be loaded from/);
  });
});

const run = async (engine: Engine, { id, reduced }: BackboneArtifact, pixels: Uint8Array) =>
  (await engine.run({ backboneId: loadedIdOf({ id, ...(reduced && { reduced }) }), pixels, count: 1, headIds: [] }))
    .embeddings;

/** Starts an engine that is closed with the test. */
async function start(test: TestContext, folder: string): Promise<Engine> {
  const engine = await createOpenvinoEngine(optionsIn(folder));
  test.after(() => engine.close());
  return engine;
}

/** Loads the backbone into an engine of its own and gives the embeddings of one image. */
async function embedOnce(folder: string, backbone: BackboneArtifact): Promise<Float32Array> {
  const engine = await createOpenvinoEngine(optionsIn(folder));
  await engine.loadBackbone(backbone);
  const embeddings = await run(engine, backbone, randomPixels(1));
  await engine.close();
  return embeddings;
}

/** The ONNX graph that the engine compiled. */
async function graphIn(folder: string): Promise<string> {
  const cache = join(folder, 'cache');
  return join(
    cache,
    (await readdir(cache)).find((name) => name.endsWith('.onnx'))!,
  );
}

/** Compiled models in the engine's cache. */
async function cachedModels(folder: string): Promise<string[]> {
  const cache = join(folder, 'cache');
  const files = await readdir(cache, { recursive: true });
  return files.filter((name) => name.endsWith('.blob')).map((name) => join(cache, name));
}

describe('the openvino engine', { skip: withoutOpenvino }, () => {
  it('is the first choice of auto on a processor', async (test) => {
    const cacheDir = await freshFolder(test);
    const choice = { engine: 'auto', device: 'cpu', threads: 1, cacheDir, maxBatchSize: 1 } as const;
    const engine = await startEngine(choice, { logger });
    test.after(() => engine.close());
    assert.equal(engine.info.engine, 'openvino');
  });

  it('refuses a device that is not here, with the reason and what there is', async (test) => {
    const folder = await freshFolder(test);
    await assert.rejects(
      createOpenvinoEngine(optionsIn(folder, 'cuda')),
      isUnavailable(/no device "cuda" here, only .*CPU.*: .+/),
    );
  });

  it('computes in bf16 where the processor does, near to fp32, and refuses it elsewhere', async (test) => {
    const folder = await freshFolder(test);
    const { backbone } = await writeSmallModel(folder);
    const engine = await start(test, folder);
    const reduced = { ...backbone, reduced: { precision: 'bf16' } } as const;
    if (!engine.info.precisions.includes('bf16'))
      return assert.rejects(engine.loadBackbone(reduced), { code: 'invalid_model' });
    await engine.loadBackbone(backbone);
    await engine.loadBackbone(reduced);
    const [exact, rounded] = [
      await run(engine, backbone, randomPixels(1)),
      await run(engine, reduced, randomPixels(1)),
    ];
    const difference = maxDifference(exact, rounded) / Math.max(...exact.map(Math.abs));
    test.diagnostic(`bf16 differs from fp32 by ${(100 * difference).toFixed(2)} % of the largest value`);
    assert.ok(difference > 0 && difference < 0.03);
  });

  it('takes the compiled model of the last start from its cache', async (test) => {
    const folder = await freshFolder(test);
    const { backbone } = await writeSmallModel(folder);
    const before = await embedOnce(folder, backbone);
    // The graph that it was compiled from can be read no more, though it looks as it did.
    const graph = await graphIn(folder);
    const { size, atime, mtime } = await stat(graph);
    await writeFile(graph, Buffer.alloc(size));
    await utimes(graph, atime, mtime);
    assert.deepEqual(await embedOnce(folder, backbone), before);
  });

  it('compiles again when a file of its cache is damaged', async (test) => {
    const folder = await freshFolder(test);
    const { backbone } = await writeSmallModel(folder);
    const before = await embedOnce(folder, backbone);
    const [file] = await cachedModels(folder);
    const { size } = await stat(file!);
    await chmod(file!, 0o600);
    for (const bytes of [0, 10, Math.floor(size / 2)]) {
      await truncate(file!, bytes);
      assert.deepEqual(await embedOnce(folder, backbone), before);
      assert.ok((await stat(file!)).size > bytes, 'it has been written again');
      await chmod(file!, 0o600);
    }
  });

  it('gives its memory back when a backbone is unloaded', { timeout: 120_000 }, async (test) => {
    const folder = await freshFolder(test);
    const { versions } = await listVersions({ own: bundledModels });
    const { directory, manifest } = versions[0]!;
    const backbone = { ...manifest.backbone, directory, preprocessing: manifest.preprocessing };
    const { height, width } = manifest.preprocessing;
    const engine = await start(test, folder);
    const loadAndUnload = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++) {
        await engine.loadBackbone(backbone);
        await run(engine, backbone, new Uint8Array(height * width * 3));
        await engine.unloadBackbone(backbone.id);
      }
    };
    await loadAndUnload(5);
    const before = process.memoryUsage.rss();
    await loadAndUnload(20);
    const grownMiB = (process.memoryUsage.rss() - before) / 2 ** 20;
    const weightsMiB = (await stat(await graphIn(folder))).size / 2 ** 20;
    test.diagnostic(`RSS grew by ${grownMiB.toFixed(1)} MiB; one backbone is ${weightsMiB.toFixed(1)} MiB`);
    assert.ok(grownMiB < 2 * weightsMiB, 'one in ten of them would be too many');
  });

  it('holds no more memory after thousands of batches', { timeout: 120_000 }, async (test) => {
    const folder = await freshFolder(test);
    const { backbone, head } = await writeSmallModel(folder);
    const engine = await start(test, folder);
    await engine.loadBackbone(backbone);
    await engine.loadHead(head);
    const repeat = async (times: number): Promise<void> => {
      for (let i = 0; i < times; i++)
        await engine.run({ backboneId: backbone.id, pixels: randomPixels(1), count: 1, headIds: ['head'] });
    };
    await repeat(2000);
    const before = process.memoryUsage.rss();
    await repeat(6000);
    const grownMiB = (process.memoryUsage.rss() - before) / 2 ** 20;
    test.diagnostic(`RSS grew by ${grownMiB.toFixed(1)} MiB in 6,000 batches`);
    assert.ok(grownMiB < 24);
  });

  it('serves again, and the same, after its worker has died with a batch', async (test) => {
    const folder = await freshFolder(test);
    const { backbone } = await writeSmallModel(folder);
    let restarts = 0;
    const deps = { logger, workerUrl: new URL('./dyingWorker.js', import.meta.url), onRestart: () => restarts++ };
    const engine = await startWorkerEngine([optionsIn(folder)], deps);
    test.after(() => engine.close());
    await engine.loadBackbone(backbone);
    const before = await run(engine, backbone, randomPixels(1));
    await assert.rejects(run(engine, backbone, randomPixels(1).fill(deadlyPixel)), EngineLostError);
    assert.deepEqual(await run(engine, backbone, randomPixels(1)), before);
    assert.equal(restarts, 1);
  });

  it('reports to nobody: its libraries have no function that opens a connection', async () => {
    const directory = dirname(findLibrary());
    const libraries = (await readdir(directory)).filter((name) => /openvino|tbb/.test(name));
    assert.ok(libraries.length >= 5, libraries.join());
    for (const name of libraries) {
      const bytes = await readFile(join(directory, name));
      for (const symbol of ['socket', 'connect', 'getaddrinfo', 'gethostbyname'])
        assert.equal(bytes.includes(`\0${symbol}\0`), false, `${name} calls ${symbol}`);
    }
  });
});
