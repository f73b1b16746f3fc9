// What only the remote engine must do: endpoints that are away, die, are slow, or have another backbone than they should.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { createInThread } from '../../src/engines/create.js';
import type { Engine, EngineNotices, EngineOptions } from '../../src/engines/engine.js';
import { AppError } from '../../src/errors.js';
import { freshFolder } from '../support/folder.js';
import { startInferenceServer, type InferenceServer, type Protocol } from '../support/inferenceServer.js';
import { maxDifference } from '../support/reference.js';
import { randomPixels, writeSmallModel, type SmallModel } from './contract.js';

let folder: string;
let model: SmallModel;
let expected: Float32Array;

before(async (test) => {
  folder = await freshFolder(test as TestContext);
  model = await writeSmallModel(folder);
  const local = await createInThread({ ...base(), engine: 'onnx', device: 'cpu' });
  await local.loadBackbone(model.backbone);
  expected = (await local.run(batch())).embeddings;
  await local.close();
});

const base = () => ({ threads: 1, cacheDir: join(folder, 'cache'), warmupBatchSizes: [] });
const batch = () => ({ backboneId: model.backbone.id, pixels: randomPixels(2), count: 2, headIds: [] });

async function serve(test: TestContext, protocol: Protocol = 'http'): Promise<InferenceServer> {
  const server = await startInferenceServer(protocol, [model.backbone], join(folder, 'cache'));
  test.after(() => server.close());
  return server;
}

const silent: EngineNotices = { onOutage: () => undefined, onWarning: () => undefined };

async function start(
  test: TestContext,
  servers: readonly InferenceServer[],
  options: Partial<NonNullable<EngineOptions['remote']>> = {},
  notices = silent,
): Promise<Engine> {
  const remote = {
    endpoints: servers.map(({ url }) => url),
    ...{ imagesPerRequest: 8, timeoutMs: 10_000, checkEveryMs: 100, ...options },
  };
  const engine = await createInThread({ ...base(), engine: 'remote', device: 'remote', remote }, notices);
  test.after(() => engine.close());
  return engine;
}

async function load(...args: Parameters<typeof start>): Promise<Engine> {
  const engine = await start(...args);
  await engine.loadBackbone(model.backbone);
  return engine;
}

/** The right embeddings come, not just any. */
async function assertAnswers(engine: Engine): Promise<void> {
  assert.ok(maxDifference((await engine.run(batch())).embeddings, expected) < 1e-5);
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (holds()) return;
    await setTimeout(50);
  }
  assert.fail(`it was not so in 30 s: ${what}`);
}

const isError =
  (code: AppError['code'], pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof AppError && error.code === code && pattern.test(error.detail);

const halved = (values: Float32Array): Float32Array => values.map((value) => value / 2);

describe('the remote engine at its start', () => {
  it('says what each endpoint said when none answers, and what is missing when there is none', async (test) => {
    const server = await serve(test);
    await server.stop();
    await assert.rejects(start(test, [server]), isError('engine_unavailable', /127\.0\.0\.1:\d+: .*ECONNREFUSED/));
    await assert.rejects(start(test, []), isError('engine_unavailable', /REMOTE_ENDPOINTS/));
  });

  for (const protocol of ['http', 'grpc'] as const)
    it(`goes on without an endpoint that is down, and asks it once it is there, by ${protocol}`, async (test) => {
      const [there, late] = [await serve(test, protocol), await serve(test, protocol)];
      await late.stop();
      const engine = await load(test, [late, there]);
      await assertAnswers(engine);
      assert.deepEqual(late.asked, []);
      await late.start();
      await until('the drawn images were sent', () => late.asked.length > 0);
      await there.stop();
      await assertAnswers(engine);
    });

  it('refuses a backbone that no endpoint has', async (test) => {
    const engine = await start(test, [await serve(test)]);
    const { backbone } = await writeSmallModel(await freshFolder(test), 8);
    await assert.rejects(engine.loadBackbone(backbone), isError('invalid_model', /404: .*there is no model taxon-/));
  });

  it('refuses other weights, of which a copy by the right name is not asked', async (test) => {
    const [right, wrong] = [await serve(test), await serve(test)];
    wrong.faults.distort = halved;
    await assert.rejects(load(test, [wrong]), isError('invalid_model', /other values .* by 50 %/));
    const engine = await load(test, [wrong, right], { checkEveryMs: 60_000 });
    const compared = wrong.asked.length;
    for (let i = 0; i < 5; i++) await assertAnswers(engine);
    assert.equal(wrong.asked.length, compared);
  });

  it('refuses a model whose tensors are others', async (test) => {
    const server = await serve(test);
    server.faults.inputName = 'image';
    await assert.rejects(load(test, [server]), isError('invalid_model', /its input is image, UINT8 .* not pixels/));
  });

  it('takes answers in JSON and unpacked ones', async (test) => {
    for (const protocol of ['http', 'grpc'] as const) {
      const server = await serve(test, protocol);
      server.faults.isTextOnly = true;
      await assertAnswers(await load(test, [server]));
    }
  });
});

describe('the remote engine in service', () => {
  for (const protocol of ['http', 'grpc'] as const)
    it(`answers every batch while an endpoint dies and comes back, by ${protocol}`, async (test) => {
      const servers = [await serve(test, protocol), await serve(test, protocol)];
      const engine = await load(test, servers);
      for (const dying of servers) {
        const running = Array.from({ length: 10 }, () => assertAnswers(engine));
        await dying.stop();
        await Promise.all(running);
        for (let i = 0; i < 5; i++) await assertAnswers(engine);
        const asked = dying.asked.length;
        await dying.start();
        await until('it is compared again', () => dying.asked.length > asked);
      }
    });

  it('divides a batch among the endpoints', async (test) => {
    const servers = [await serve(test), await serve(test)];
    const engine = await load(test, servers, { imagesPerRequest: 1, checkEveryMs: 60_000 });
    const before = servers.map(({ asked }) => asked.length);
    const { embeddings } = await engine.run({ ...batch(), pixels: randomPixels(8), count: 8 });
    assert.ok(maxDifference(embeddings.subarray(0, expected.length), expected) < 1e-5);
    const sent = servers.map(({ asked }, i) => asked.length - before[i]!);
    assert.ok(sent.every((requests) => requests >= 1) && sent[0]! + sent[1]! >= 8, String(sent));
  });

  it('asks another endpoint where one takes unusually long, and no longer waits for that', async (test) => {
    const servers = [await serve(test), await serve(test)];
    const engine = await load(test, servers, { checkEveryMs: 60_000, timeoutMs: 60_000 });
    for (let i = 0; i < 30; i++) await engine.run(batch());
    // Whichever is asked next, the answer comes from the other.
    const preferred = servers[0]!.asked.length > servers[1]!.asked.length ? 0 : 1;
    servers[preferred]!.faults.delayMs = 50_000;
    const other = servers[1 - preferred]!.asked.length;
    await assertAnswers(engine);
    assert.equal(servers[1 - preferred]!.asked.length, other + 1);
  });

  it('leaves out an endpoint that fails three times in a row until it is well', async (test) => {
    const servers = [await serve(test), await serve(test)];
    const warnings: string[] = [];
    const notices = { ...silent, onWarning: (text: string) => warnings.push(text) };
    const engine = await load(test, servers, { checkEveryMs: 60_000, imagesPerRequest: 1 }, notices);
    servers[0]!.faults.status = 500;
    const before = servers[0]!.asked.length;
    for (let i = 0; i < 10; i++) await assertAnswers(engine);
    assert.ok(servers[0]!.asked.length - before <= 4, String(servers[0]!.asked.length - before));
    assert.match(warnings.join('\n'), /left out until it is back: POST .* was answered 500/);
  });

  it('never answers from a backbone that was exchanged while its server was away', async (test) => {
    const server = await serve(test);
    const engine = await load(test, [server], { timeoutMs: 2_000 });
    await assertAnswers(engine);
    await server.stop();
    server.faults.distort = halved;
    await server.start();
    await assert.rejects(engine.run(batch()), isError('engine_unavailable', /cannot compute with the model/));
  });

  it('fails in time, as one that is not available, where the only endpoint is silent', async (test) => {
    const server = await serve(test);
    const engine = await load(test, [server], { timeoutMs: 1_000 });
    server.faults.delayMs = 60_000;
    await assert.rejects(engine.run(batch()), (error) => {
      assert.ok(isError('engine_unavailable', /did not answer within 1000 ms/)(error));
      return (error as AppError).retryAfterS === 1;
    });
  });

  it('takes no values that are not finite, or too few', async (test) => {
    for (const distort of [(values: Float32Array) => values.fill(NaN), (values: Float32Array) => values.subarray(2)]) {
      const server = await serve(test);
      const engine = await load(test, [server], { timeoutMs: 2_000 });
      server.faults.distort = distort;
      await assert.rejects(engine.run(batch()), isError('engine_unavailable', /cannot compute/));
    }
  });

  it('tells of an outage when the last endpoint is gone, and of its end', async (test) => {
    const server = await serve(test);
    const told: (string | undefined)[] = [];
    const notices = { ...silent, onOutage: (reason: string | undefined) => told.push(reason) };
    const engine = await load(test, [server], {}, notices);
    assert.equal(engine.outage, undefined);
    told.length = 0;
    await server.stop();
    await until('the outage is noticed without any request', () => engine.outage !== undefined);
    await server.start();
    await until('it is over', () => engine.outage === undefined);
    await assertAnswers(engine);
    assert.deepEqual([typeof told[0], told.at(-1)], ['string', undefined]);
  });
});
