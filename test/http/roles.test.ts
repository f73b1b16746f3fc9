// Servers of one database with different roles, and one that has not got the files of the active version.
import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newDirectory } from '../support/databases.js';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp } from './runningApp.js';

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
if (skip) console.error(`SKIPPED: roles: ${skip}`);

const headers = { 'x-api-key': adminKey };

interface Status {
  readonly processes: ReadonlyArray<{
    readonly role: string;
    readonly trainers: number;
    readonly behind: ReadonlyArray<{ readonly model: string; readonly version: number; readonly answers: number }>;
  }>;
}
const processesOf = async (url: string): Promise<Status['processes']> =>
  (await call<Status>(`${url}/v1/admin/status`, { headers })).body.processes;

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, what);
    await sleep(50);
  }
}

async function share(t: TestContext): Promise<{ DATABASE_URL: string; DATA_DIR: string; directory: string }> {
  const cluster = await PostgresCluster.create(programs!);
  t.after(() => cluster.remove());
  const directory = await newDirectory(t);
  return { DATABASE_URL: await cluster.newDatabase(), DATA_DIR: join(directory, 'data'), directory };
}

const reload = async (url: string): Promise<number> =>
  (await fetch(`${url}/v1/admin/reload`, { method: 'POST', headers })).status;

const post = (url: string, path: string, body: unknown) =>
  call<{ id: string; state: string; waitsFor?: string }>(`${url}${path}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a training waits for a trainer, which trains and answers nothing else', { skip }, async (t) => {
  const { directory, ...shared } = await share(t);
  const models = join(directory, 'models');
  await publishTinyModel(models, 'colours', colours);
  const api = await startApp({ ...shared, MODELS_DIR: models, ROLE: 'api' });
  await call(`${api.url}/v1/admin/datasets/d`, { method: 'PUT', headers });
  for (const colour of colours) {
    const files = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => [`${i}.png`, await colourImage(colour, i)] as const),
    );
    const body = formOf('image', files);
    await call(`${api.url}/v1/admin/datasets/d/images?label=${colour}`, { method: 'POST', headers, body });
  }
  const asked = await post(api.url, '/v1/admin/retrain', { dataset: 'd', model: 'colours' });
  assert.deepEqual([asked.status, asked.body.state, asked.body.waitsFor], [202, 'queued', 'trainer']);

  const trainer = await startApp({ ...shared, MODELS_DIR: models, ROLE: 'trainer' });
  const training = () =>
    call<{ state: string; waitsFor?: string }>(`${api.url}/v1/admin/trainings/${asked.body.id}`, { headers });
  await until(async () => (await training()).body.state === 'succeeded', 'the trainer takes it');
  assert.equal((await training()).body.waitsFor, undefined);
  const active = async () => (await call<{ activeVersion: number }>(`${api.url}/v1/models/colours`)).body.activeVersion;
  await until(async () => (await active()) === 2, 'the other serves what it has learnt');

  for (const path of ['/health/live', '/health/ready', '/metrics'])
    assert.equal((await fetch(trainer.url + path)).status, 200, path);
  for (const path of ['/v1/models', '/', '/v1/admin/trainings'])
    assert.equal((await fetch(trainer.url + path, { headers })).status, 404, path);
  await until(async () => (await processesOf(api.url)).length === 2, 'both are seen');
  const seen = (await processesOf(api.url)).map(({ role, trainers }) => [role, trainers]);
  assert.deepEqual(seen, [
    ['api', 0],
    ['trainer', 1],
  ]);
  assert.equal((await processesOf(trainer.url))[0]!.role, 'trainer');
  await trainer.app.close();
  await until(async () => (await processesOf(api.url)).length === 1, 'one that has ended is gone at once');
});

test(
  'a process without the files of the active version sends requests to those that have them',
  { skip },
  async (t) => {
    const { directory, ...shared } = await share(t);
    const [whole, late] = [join(directory, 'whole'), join(directory, 'late')];
    await publishTinyModel(whole, 'colours', colours);
    await cp(whole, late, { recursive: true });
    await publishTinyModel(whole, 'colours', colours);
    const one = await startApp({ ...shared, MODELS_DIR: whole, ROLE: 'api' });
    const other = await startApp({ ...shared, DATA_DIR: join(directory, 'other'), MODELS_DIR: late, ROLE: 'api' });
    const activated = await post(one.url, '/v1/admin/models/colours/activate', { version: 2 });
    assert.equal(activated.status, 200);

    const readiness = async () => call<{ detail?: string }>(`${other.url}/health/ready`);
    await until(async () => (await readiness()).status === 503, 'it says that it is behind');
    assert.match(
      (await readiness()).body.detail!,
      /version 2 of "colours" is active.*version 1 answers.*not in the models/,
    );
    assert.equal((await fetch(`${one.url}/health/ready`)).status, 200);
    const answer = await call<{ model: { version: number } }>(`${other.url}/v1/classify`, {
      method: 'POST',
      body: formOf('image', [['new.png', await colourImage('red', 99)]]),
    });
    assert.deepEqual([answer.status, answer.body.model.version], [200, 1]);
    const behind = async () => (await processesOf(one.url)).flatMap((process) => process.behind);
    await until(async () => (await behind()).length > 0, 'the other process knows');
    assert.deepEqual(
      (await behind()).map(({ model, version, answers }) => [model, version, answers]),
      [['colours', 2, 1]],
    );

    await cp(whole, late, { recursive: true });
    await until(async () => (await readiness()).status === 200, 'it tries again');
    const now = await call<{ activeVersion: number }>(`${other.url}/v1/models/colours`);
    assert.equal(now.body.activeVersion, 2);
  },
);

test('a process that alone serves an older version stays ready', { skip }, async (t) => {
  const { directory, ...shared } = await share(t);
  const models = join(directory, 'models');
  await publishTinyModel(models, 'colours', colours);
  const lone = await startApp({ ...shared, MODELS_DIR: models, ROLE: 'all' });
  await startApp({ ...shared, MODELS_DIR: models, ROLE: 'trainer' });
  await publishTinyModel(models, 'colours', colours);
  assert.equal(await reload(lone.url), 200);
  assert.equal((await post(lone.url, '/v1/admin/models/colours/activate', { version: 2 })).status, 200);
  await rm(join(models, 'colours', '2'), { recursive: true });
  assert.equal(await reload(lone.url), 200);
  assert.equal((await processesOf(lone.url))[0]!.behind.length, 1);
  assert.equal((await fetch(`${lone.url}/health/ready`)).status, 200);
});
