// A start that fails at any step leaves nothing behind: the same process can start again at once.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { createApp } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { onBothDatabases, pglite, type DatabaseKind } from '../support/databases.js';
import { environmentOf } from '../support/environment.js';
import { freshFolder } from '../support/folder.js';
import { publishTinyModel } from '../support/tinyModel.js';

const logger = pino({ level: 'silent' });

interface Place {
  readonly modelsDir: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A database and a models directory with the classifier `colours`. */
async function prepare(t: TestContext, kind: DatabaseKind): Promise<Place> {
  const directory = await freshFolder(t);
  const [modelsDir, dataDir] = [join(directory, 'models'), join(directory, 'data')];
  await mkdir(dataDir);
  await publishTinyModel(modelsDir, 'colours', ['x', 'y']);
  const { databaseUrl } = await kind.prepare(dataDir);
  const env = { DATA_DIR: dataDir, MODELS_DIR: modelsDir, CACHE_DIR: '' };
  return { modelsDir, dataDir, env: { ...env, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) } };
}

function threads(): number {
  const report = process.report.getReport() as unknown as { readonly workers: readonly unknown[] };
  return report.workers.length;
}

const start = ({ env }: Place, more: Readonly<Record<string, string>> = {}) =>
  createApp(loadConfig(environmentOf({ ...env, ...more })), logger);

/** Nothing runs any more, nothing half written lies about, and a start that can succeed does. */
async function assertUnwound(place: Place, threadsBefore: number): Promise<void> {
  // A thread that was told to end may still be at it.
  for (let i = 0; i < 100 && threads() > threadsBefore; i++) await sleep(50);
  assert.equal(threads(), threadsBefore, 'threads go on running');
  const files = await readdir(place.dataDir, { recursive: true });
  assert.deepEqual(
    files.filter((name) => /\.(tmp|lock)$|unfinished/.test(name)),
    [],
  );
  const app = await start(place);
  try {
    assert.equal((await fetch(`${await app.listen()}/health/ready`)).status, 200);
  } finally {
    await app.close();
  }
}

await onBothDatabases('a start that fails', (kind) => {
  it('for want of its port leaves nothing behind', async (t) => {
    const place = await prepare(t, kind);
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    t.after(() => holder.close());
    const before = threads();
    const app = await start(place, { PORT: String((holder.address() as AddressInfo).port) });
    await assert.rejects(app.listen(), { code: 'EADDRINUSE' });
    await assertUnwound(place, before);
  });

  it('for want of its engine leaves nothing behind', async (t) => {
    const place = await prepare(t, kind);
    const before = threads();
    await assert.rejects(start(place, { ENGINE: 'onnx', DEVICE: 'coreml' }), { code: 'engine_unavailable' });
    await assertUnwound(place, before);
  });

  it('because DEFAULT_MODEL names no classifier that is installed says which are, and leaves nothing behind', async (t) => {
    const place = await prepare(t, kind);
    const before = threads();
    await assert.rejects(start(place, { DEFAULT_MODEL: 'colour' }), {
      code: 'unknown_model',
      message: /DEFAULT_MODEL names "colour", which is not installed; there are: colours/,
    });
    await assertUnwound(place, before);
  });

  it('because a folder of the data directory cannot be made leaves nothing behind', async (t) => {
    const place = await prepare(t, kind);
    const before = threads();
    const images = join(place.dataDir, 'images');
    await writeFile(images, 'a file where a folder must be');
    await assert.rejects(start(place), { code: /EEXIST|ENOTDIR/ });
    await rm(images);
    await assertUnwound(place, before);
  });
});

it('a start without any classifier succeeds whatever DEFAULT_MODEL says, and ready says so', async (t) => {
  const directory = await freshFolder(t);
  await pglite.prepare(directory);
  const env = { DATA_DIR: directory, MODELS_DIR: join(directory, 'none') };
  const app = await createApp(loadConfig(environmentOf({ ...env, DEFAULT_MODEL: 'colours' })), logger);
  t.after(() => app.close());
  const ready = await fetch(`${await app.listen()}/health/ready`);
  assert.equal(ready.status, 503);
  assert.match(((await ready.json()) as { detail: string }).detail, /there is no classifier/);
});

it('a start warns of classifiers in models/ of the working directory, where release 0.1 served them, if it does not', async (t) => {
  const place = await prepare(t, pglite);
  const before = process.cwd();
  process.chdir(dirname(place.modelsDir));
  t.after(() => process.chdir(before));
  const lines: string[] = [];
  const listening = pino({ level: 'warn' }, { write: (line) => void lines.push(line) });
  const warned = async (modelsDir: string): Promise<boolean> => {
    const app = await createApp(loadConfig(environmentOf({ ...place.env, MODELS_DIR: modelsDir })), listening);
    await app.close();
    return lines.splice(0).some((line) => /"models":\["colours"\].*are not served: move them to/.test(line));
  };
  assert.equal(await warned(join(place.dataDir, 'models')), true);
  assert.equal(await warned('models'), false);
});
