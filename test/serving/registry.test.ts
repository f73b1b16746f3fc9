import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { EngineLostError } from '../../src/engines/engine.js';
import { AppError, type ErrorCode } from '../../src/errors.js';
import { manifestSchema } from '../../src/models/manifest.js';
import { ClassifierRegistry, type VersionStore } from '../../src/serving/registry.js';
import { type StoredVersion } from '../../src/serving/loadedVersions.js';
import { createFakeEngine, type FakeEngine } from './fakeEngine.js';

const backboneA = 'a'.repeat(64);
const backboneB = 'b'.repeat(64);

function stored(name: string, version: number, backbone = backboneA, temperature = 1): StoredVersion {
  const manifest = manifestSchema.parse({
    format: 'taxon-model/1',
    name,
    version,
    layout: 'head',
    labels: ['x', 'y'],
    preprocessing: { height: 32, width: 32, resize: 'stretch', kernel: 'linear', scale: [1, 1, 1], offset: [0, 0, 0] },
    backbone: { id: backbone, architecture: 'test', embeddingSize: 1 },
    files: {},
    temperature,
    license: 'CC0-1.0',
  });
  return { manifest, directory: `/models/${name}/${version}`, backboneDirectory: '/models/backbone' };
}

interface Fixture {
  readonly registry: ClassifierRegistry;
  readonly engine: FakeEngine;
  /** What the store lists; may be changed before a reload. */
  versions: StoredVersion[];
}

/** `prepare` changes the engine before the versions are loaded. */
async function open(
  versions: StoredVersion[],
  active?: ReadonlyMap<string, number>,
  prepare: (engine: FakeEngine) => void = () => undefined,
): Promise<Fixture> {
  const engine = createFakeEngine(32 * 32 * 3, 2);
  prepare(engine);
  const fixture = { engine, versions } as { -readonly [K in keyof Fixture]: Fixture[K] };
  const store: VersionStore = {
    list: async () => ({ versions: fixture.versions, refused: [] }),
    loadNovelty: async () => undefined,
    loadDriftBaseline: async () => undefined,
    loadHead: async () => ({ topology: { name: 'head', layers: [], input: 'i', output: 'o' }, weights: new Map() }),
  };
  fixture.registry = new ClassifierRegistry(engine, store, pino({ level: 'silent' }), {
    defaultModel: '',
    maxIdleVersions: 1,
  });
  await fixture.registry.reload(active && (async () => active));
  return fixture;
}

/** Name and number of the version of each head. */
const versionsOf = (headIds: Iterable<string>): string[] => [...headIds].map((id) => id.split('@')[0]!);

/** Names and numbers of the versions whose heads the engine holds. */
const loadedVersions = ({ loadedHeads }: FakeEngine): string[] => versionsOf(loadedHeads).sort();

/** Has the head of `version` of clothing give NaN. */
const spoil =
  (version: number) =>
  (engine: FakeEngine): void => {
    const run = engine.run.bind(engine);
    engine.run = async (batch) => {
      const output = await run(batch);
      for (const [headId, logits] of output.logits) if (headId.startsWith(`clothing/${version}@`)) logits[0] = NaN;
      return output;
    };
  };

/** Has the engine die in the first `times` loads of backbone `id`. */
const dieLoading =
  (id: string, times: number) =>
  (engine: FakeEngine): void => {
    const load = engine.loadBackbone.bind(engine);
    let deaths = 0;
    engine.loadBackbone = async (backbone) => {
      if (backbone.id === id && deaths++ < times) throw new EngineLostError('the engine worker ended with code 7');
      await load(backbone);
    };
  };

const hasCode = (code: ErrorCode) => (error: unknown) => error instanceof AppError && error.code === code;

test('the newest version of each classifier answers after a first load', async () => {
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2), stored('bees', 1, backboneB)]);
  assert.deepEqual(
    registry.list().map(({ name, activeVersion }) => [name, activeVersion]),
    [
      ['bees', 1],
      ['clothing', 2],
    ],
  );
  assert.deepEqual(loadedVersions(engine), ['bees/1', 'clothing/2']);
  assert.equal(registry.defaultName(), 'bees');
});

test('a remembered active version wins over the newest', async () => {
  const active = new Map([['clothing', 1]]);
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2)], active);
  assert.equal(registry.describe('clothing').activeVersion, 1);
  assert.deepEqual(versionsOf(engine.headsLoaded), ['clothing/1'], 'the newest is not even loaded');
});

test('activation switches, and the old version goes when its last request is over', async () => {
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2)]);
  const lease = await registry.acquire('clothing');
  await registry.activate('clothing', 1);
  assert.equal(registry.describe('clothing').activeVersion, 1);
  assert.ok(loadedVersions(engine).includes('clothing/2'), 'a request still uses it');
  lease.release();
  lease.release();
  await registry.reload();
  assert.deepEqual(loadedVersions(engine), ['clothing/1']);
});

test('a backbone that no loaded version uses is unloaded too', async () => {
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2, backboneB)]);
  await registry.activate('clothing', 1);
  assert.deepEqual([...engine.loadedBackbones], [backboneA]);
});

test('a version that fails its smoke test, or cannot be committed, leaves the old one answering', async () => {
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2)]);
  const refuse = async (): Promise<void> => {
    throw new Error('no');
  };
  await assert.rejects(registry.activate('clothing', 1, { smokeTest: refuse }), /no/);
  await assert.rejects(registry.activate('clothing', 1, { commit: refuse }), /no/);
  assert.equal(registry.describe('clothing').activeVersion, 2);
  assert.deepEqual(loadedVersions(engine), ['clothing/2']);
});

test('the newest version is refused when its head gives NaN, its backbone goes with it, and the next newest answers', async () => {
  const { registry, engine } = await open(
    [stored('clothing', 1), stored('clothing', 2, backboneB)],
    undefined,
    spoil(2),
  );
  assert.deepEqual(versionsOf(engine.headsLoaded), ['clothing/2', 'clothing/1']);
  assert.equal(registry.describe('clothing').activeVersion, 1);
  assert.deepEqual(
    registry.refused.map(({ directory }) => directory),
    ['/models/clothing/2'],
  );
  assert.deepEqual(loadedVersions(engine), ['clothing/1']);
  assert.deepEqual([...engine.loadedBackbones], [backboneA]);
});

test('activating a version whose head gives NaN is refused and the old one goes on answering', async () => {
  const active = new Map([['clothing', 1]]);
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2)], active, spoil(2));
  await assert.rejects(registry.activate('clothing', 2), hasCode('invalid_model'));
  assert.equal(registry.describe('clothing').activeVersion, 1);
  assert.deepEqual(loadedVersions(engine), ['clothing/1']);
});

test('a version in whose load the engine dies is loaded once the engine is back', async () => {
  const { registry } = await open([stored('clothing', 1)], undefined, dieLoading(backboneA, 1));
  assert.deepEqual(
    registry.list().map(({ name, activeVersion }) => [name, activeVersion]),
    [['clothing', 1]],
  );
  assert.deepEqual(registry.refused, []);
});

test('a version that kills the engine each time it is loaded is refused, and another one answers', async () => {
  const versions = [stored('clothing', 1), stored('clothing', 2, backboneB)];
  const { registry } = await open(versions, undefined, dieLoading(backboneB, Infinity));
  assert.equal(registry.describe('clothing').activeVersion, 1);
  assert.equal(registry.refused.length, 1);
});

test('activating or asking for a version that the engine dies of each time is refused as engine_unavailable, and the active one goes on', async () => {
  const { registry, engine } = await open(
    [stored('clothing', 1), stored('clothing', 2, backboneB)],
    new Map([['clothing', 1]]),
  );
  dieLoading(backboneB, Infinity)(engine);
  await assert.rejects(registry.activate('clothing', 2), hasCode('engine_unavailable'));
  await assert.rejects(registry.acquire('clothing', 2), hasCode('engine_unavailable'));
  assert.equal(registry.describe('clothing').activeVersion, 1);
});

test('an activation decides by what is active when its turn comes, not when it was asked for', async () => {
  const { registry } = await open([stored('clothing', 1), stored('clothing', 2), stored('clothing', 3)]);
  const seen: number[] = [];
  const activate = (version: number): Promise<number> =>
    registry.activateChosen('clothing', async ({ activeVersion }) => {
      seen.push(activeVersion);
      return { version };
    });
  await Promise.all([activate(1), activate(2)]);
  assert.deepEqual(seen, [3, 1]);
});

test('a named version is loaded on demand and only a few of those stay', async () => {
  const { registry, engine } = await open([stored('clothing', 1), stored('clothing', 2), stored('clothing', 3)]);
  for (const version of [1, 2]) (await registry.acquire('clothing', version)).release();
  await registry.reload();
  assert.deepEqual(loadedVersions(engine), ['clothing/2', 'clothing/3']);
});

test('a number that is used again means the new version, also while a request still uses the old one', async () => {
  const fixture = await open([stored('clothing', 1), stored('clothing', 2)], new Map([['clothing', 1]]));
  const temperatureOf = async (): Promise<number> => {
    const lease = await fixture.registry.acquire('clothing', 2);
    lease.release();
    return lease.version.manifest.temperature;
  };
  const used = await fixture.registry.acquire('clothing', 2);
  fixture.versions = [stored('clothing', 1)];
  await fixture.registry.reload();
  assert.ok(fixture.engine.loadedHeads.has(used.version.headId));
  fixture.versions = [stored('clothing', 1), stored('clothing', 2, backboneA, 3)];
  await fixture.registry.reload();
  assert.equal(await temperatureOf(), 3);
  assert.ok(fixture.engine.loadedHeads.has(used.version.headId));
  used.release();
  await fixture.registry.reload();
  assert.equal(await temperatureOf(), 3);
  assert.ok(!fixture.engine.loadedHeads.has(used.version.headId));
});

test('what a reload takes out of service is unloaded once it is not in use', async () => {
  const fixture = await open([stored('clothing', 1), stored('clothing', 2), stored('clothing', 3)]);
  for (const active of [1, 2, 3, 1]) await fixture.registry.reload(async () => new Map([['clothing', active]]));
  assert.equal(fixture.engine.loadedHeads.size, 2, 'the active one and one that is idle');
});

test('a classifier whose directory is gone stops answering at the next reload', async () => {
  const fixture = await open([stored('clothing', 1), stored('bees', 1)]);
  fixture.versions = [stored('bees', 1)];
  await fixture.registry.reload();
  await assert.rejects(fixture.registry.acquire('clothing'), hasCode('unknown_model'));
  assert.deepEqual(loadedVersions(fixture.engine), ['bees/1']);
});

test('unknown names and versions are refused with a list of what there is', async () => {
  const { registry } = await open([stored('clothing', 1)]);
  await assert.rejects(registry.acquire('shoes'), hasCode('unknown_model'));
  await assert.rejects(registry.acquire('clothing', 9), hasCode('unknown_version'));
});

test('without any classifier the default is not ready', async () => {
  const { registry } = await open([]);
  assert.throws(() => registry.defaultName(), hasCode('not_ready'));
});

test('a change of the store that fails half-way is followed by a look at what the store now has', async () => {
  const fixture = await open([stored('a', 1), stored('a', 2)]);
  const { registry } = fixture;
  const change = registry.changeStore(async () => {
    fixture.versions = [stored('a', 2)];
    throw new Error('the database went away');
  });
  await assert.rejects(change, /went away/);
  assert.throws(() => registry.version('a', 1), { code: 'unknown_version' });
});

test('an unloaded classifier leaves the engine when its requests are over, and stays away until it is allowed or a version is new', async () => {
  const fixture = await open([stored('a', 1), stored('b', 1)]);
  const { registry, engine } = fixture;
  const names = (): string[] => registry.list().map(({ name }) => name);
  const lease = await registry.acquire('a');
  await registry.unload('a');
  assert.deepEqual(names(), ['b']);
  assert.ok(loadedVersions(engine).includes('a/1'), 'a request still uses it');
  lease.release();
  await registry.reload();
  assert.deepEqual([names(), loadedVersions(engine)], [['b'], ['b/1']]);

  registry.allow('a');
  await registry.reload();
  assert.deepEqual(names(), ['a', 'b']);

  await registry.unload('a');
  fixture.versions = [stored('a', 1), stored('a', 2), stored('b', 1)];
  await registry.reload();
  assert.deepEqual(names(), ['a', 'b']);
  await assert.rejects(registry.unload('c'), { code: 'unknown_model' });
});
