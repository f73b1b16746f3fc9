// A disk that runs full under DATA_DIR: calls are refused with their code, nothing acknowledged is lost, and room makes all work again.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pglite } from '../support/databases.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { startServerProcess } from '../support/serverProcess.js';
import { fillDisk, mountSmallDisk, unmountSmallDisk } from '../support/smallDisk.js';

const key = { authorization: 'Bearer the-admin-key-of-full-disks' };
const colours: readonly ColourName[] = ['red', 'green', 'blue'];

/** The data directory is a small disk; undefined where there can be none. */
async function makeDirectories(t: TestContext): Promise<{ dataDir: string; modelsDir: string } | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  const dataDir = join(directory, 'data');
  await mkdir(dataDir);
  t.after(async () => {
    unmountSmallDisk(dataDir);
    await rm(directory, { recursive: true, force: true });
  });
  return mountSmallDisk(dataDir) ? { dataDir, modelsDir: join(directory, 'models') } : undefined;
}

async function startServer(t: TestContext, dataDir: string, modelsDir: string): Promise<string> {
  const { child, url } = startServerProcess({
    DATA_DIR: dataDir,
    MODELS_DIR: modelsDir,
    LOG_LEVEL: 'info',
    ADMIN_API_KEY: 'the-admin-key-of-full-disks',
  });
  t.after(() => child.kill('SIGKILL'));
  const listening = await url;
  if (listening === undefined) throw new Error('the server ended');
  return listening;
}

test('a full disk refuses what it cannot keep, loses nothing and recovers by itself', async (t) => {
  const directories = await makeDirectories(t);
  if (directories === undefined) {
    t.skip('this user may not mount a small file system to fill');
    return;
  }
  const { dataDir, modelsDir } = directories;
  await pglite.prepare(dataDir);
  await publishTinyModel(modelsDir, 'colours', colours);
  const url = await startServer(t, dataDir, modelsDir);

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: Record<string, unknown> }> => {
    const json =
      body === undefined ? {} : { body: JSON.stringify(body), headers: { ...key, 'content-type': 'application/json' } };
    const response = await fetch(`${url}/v1/admin/${path}`, { method, headers: key, ...json });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const upload = async (colour: ColourName, image: number): Promise<number> => {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(await colourImage(colour, image))]), `${image}.png`);
    const response = await fetch(`${url}/v1/admin/datasets/d/images?label=${colour}`, {
      method: 'POST',
      headers: key,
      body: form,
    });
    await response.body?.cancel();
    return response.status;
  };
  const images = async (): Promise<unknown> => (await ask('GET', 'datasets/d')).body['images'];

  assert.equal((await ask('PUT', 'datasets/d')).status, 201);
  for (const colour of colours) for (let image = 0; image < 4; image++) assert.equal(await upload(colour, image), 201);
  await fillDisk(join(dataDir, 'filler'));

  for (const colour of colours) assert.equal(await upload(colour, 10), 507);
  // The database may have a free page for some rows, but not for this many.
  const made = await Promise.all(Array.from({ length: 200 }, (_, i) => ask('PUT', `datasets/another-${i}`)));
  const outcomes = new Set(made.map(({ status, body }) => (status === 201 ? 'made' : body['code'])));
  assert.ok(
    outcomes.has('storage_full') && [...outcomes].every((outcome) => outcome === 'made' || outcome === 'storage_full'),
    [...outcomes].join(),
  );
  const classified = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/png' },
    body: new Uint8Array(await colourImage('red', 77)),
  });
  assert.equal(classified.status, 200);
  assert.equal(await images(), 12);

  await rm(join(dataDir, 'filler'));
  for (const colour of colours) assert.equal(await upload(colour, 10), 201);
  assert.equal(await images(), 15);
  const { status, body } = await ask('POST', 'retrain', { dataset: 'd', model: 'colours', activate: 'manual' });
  assert.equal(status, 202);
  for (;;) {
    const { state, error } = (await ask('GET', `trainings/${String(body['id'])}`)).body;
    if (state === 'succeeded') break;
    assert.ok(state === 'queued' || state === 'running', JSON.stringify(error));
    await sleep(200);
  }
});
