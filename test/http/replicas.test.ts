// Two servers on one PostgreSQL and one shared volume, as behind a load balancer: what is asked of one holds for both.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { newDirectory } from '../support/databases.js';
import { findPrograms, PostgresCluster } from '../support/postgres.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { adminKey, call, formOf, startApp, type Answer } from './runningApp.js';

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const programs = await findPrograms();
const skip = programs === undefined ? 'PostgreSQL 15 or later is not installed: apt-get install postgresql' : false;
if (skip) console.error(`SKIPPED: two servers on one database: ${skip}`);

interface Training {
  readonly id: string;
  readonly state: string;
  readonly version: number | null;
}

interface Rollout {
  readonly state: string;
  readonly versions: ReadonlyArray<{ readonly requests: number }>;
}

class Replica {
  constructor(private readonly url: string) {}

  async admin<T>(method: string, path: string, body?: unknown, key = adminKey): Promise<Answer<T>> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'x-api-key': key, ...(body !== undefined && { 'content-type': 'application/json' }) };
    const response = await fetch(`${this.url}/v1/admin/${path}`, { method, headers, ...json });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T };
  }

  /** With settings: turns it on; else what it shows. */
  async autoRetrain(settings?: object): Promise<{ readonly corrections: number; readonly stage: string }> {
    const { status, body } = await call<{ corrections: number; stage: string }>(
      `${this.url}/v1/models/colours/auto-retrain`,
      {
        method: settings === undefined ? 'GET' : 'PUT',
        headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
        ...(settings !== undefined && { body: JSON.stringify(settings) }),
      },
    );
    assert.equal(status, 200, JSON.stringify(body));
    return body;
  }

  async upload(dataset: string, count: number, from = 0): Promise<void> {
    await this.admin('PUT', `datasets/${dataset}`);
    for (const colour of colours) {
      const files = await Promise.all(
        Array.from({ length: count }, async (_, i) => [`${i}.png`, await colourImage(colour, from + i)] as const),
      );
      const { status } = await call(`${this.url}/v1/admin/datasets/${dataset}/images?label=${colour}`, {
        method: 'POST',
        headers: { 'x-api-key': adminKey },
        body: formOf('image', files),
      });
      assert.equal(status, 201);
    }
  }

  async retrain(request: Record<string, unknown>): Promise<Training> {
    const { status, body } = await this.admin<Training>('POST', 'retrain', {
      dataset: 'd',
      model: 'colours',
      activate: 'manual',
      ...request,
    });
    assert.equal(status, 202);
    return body;
  }

  /** The active version and all versions, newest first. */
  async versions(): Promise<[number, number[]]> {
    const { body } = await call<{ activeVersion: number; versions: number[] }>(`${this.url}/v1/models/colours`);
    return [body.activeVersion, [...body.versions].sort((a, b) => b - a)];
  }

  /** What a taught classifier takes an image for; undefined: there is none. */
  async says(model: string): Promise<string | undefined> {
    const { body } = await call<{ results?: { predictions: { label: string }[] }[] }>(
      `${this.url}/v1/classify?model=${model}`,
      { method: 'POST', body: formOf('image', [['new.png', await colourImage('red', 98)]]) },
    );
    return body.results?.[0]!.predictions[0]!.label;
  }

  async teach(model: string, label: string): Promise<void> {
    const body = formOf('image', [['taught.png', await colourImage('red', 97)]]);
    body.append('label', label);
    const path = `${this.url}/v1/models/${model}/teach`;
    const { status } = await call(path, { method: 'POST', headers: { 'x-api-key': adminKey }, body });
    assert.equal(status, 200);
  }

  async forget(model: string, label: string): Promise<void> {
    const path = `${this.url}/v1/models/${model}/teach/classes/${label}`;
    assert.equal((await fetch(path, { method: 'DELETE', headers: { 'x-api-key': adminKey } })).status, 204);
  }

  /** The version that answers an image. */
  async answering(): Promise<number> {
    const { body } = await call<{ model: { version: number } }>(`${this.url}/v1/classify?model=colours`, {
      method: 'POST',
      body: formOf('image', [['new.png', await colourImage('red', 99)]]),
    });
    return body.model.version;
  }
}

/** Asks again until the answer is `expected`; fails with the last answer after two minutes. */
async function becomes<T>(ask: () => Promise<T>, expected: T): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (isDeepStrictEqual(answer, expected)) return;
    if (Date.now() > until) assert.deepEqual(answer, expected);
    await sleep(20);
  }
}

/** The first trains; the second leaves it to others. */
async function startReplicas(t: TestContext): Promise<[Replica, Replica]> {
  const cluster = await PostgresCluster.create(programs!);
  t.after(() => cluster.remove());
  const directory = await newDirectory(t);
  const shared = {
    DATABASE_URL: await cluster.newDatabase(),
    DATA_DIR: join(directory, 'data'),
    MODELS_DIR: join(directory, 'models'),
  };
  await publishTinyModel(shared.MODELS_DIR, 'colours', colours);
  const trainer = await startApp(shared);
  const other = await startApp({ ...shared, TRAINERS: '0' });
  return [new Replica(trainer.url), new Replica(other.url)];
}

test('two servers on one database and one volume serve, train and obey as one', { skip }, async (t) => {
  const [trainer, other] = await startReplicas(t);
  const both = async (expected: [active: number, versions: number[]]): Promise<void> => {
    for (const replica of [trainer, other]) {
      await becomes(() => replica.versions(), expected);
      assert.equal(await replica.answering(), expected[0]);
    }
  };
  const stateOf = (id: string) => async (): Promise<string> =>
    (await other.admin<Training>('GET', `trainings/${id}`)).body.state;
  const activate = async (replica: Replica, version: number): Promise<void> => {
    assert.equal((await replica.admin('POST', 'models/colours/activate', { version })).status, 200);
  };

  await t.test('images and a training asked of one are a version of both, active in neither', async () => {
    await other.upload('d', 8);
    const { id } = await other.retrain({});
    await becomes(stateOf(id), 'succeeded');
    await both([1, [2, 1]]);
  });

  await t.test('what one is taught the other knows, and forgets with it', async () => {
    await other.teach('mugs', 'cup');
    for (const replica of [trainer, other]) await becomes(() => replica.says('mugs'), 'cup');
    await trainer.forget('mugs', 'cup');
    for (const replica of [trainer, other]) await becomes(() => replica.says('mugs'), undefined);
  });

  await t.test('an activation or a rollback of either holds for both, whatever went before', async () => {
    await activate(trainer, 2);
    await both([2, [2, 1]]);
    await activate(other, 1);
    await both([1, [2, 1]]);
    await activate(other, 2);
    await both([2, [2, 1]]);
    assert.equal((await trainer.admin('POST', 'models/colours/rollback')).status, 200);
    await both([1, [2, 1]]);
  });

  await t.test('activations of different versions at the same time leave both with the same one', async () => {
    for (let round = 0; round < 10; round++) {
      await Promise.all([activate(trainer, 1), activate(other, 2)]);
      const agree = async (): Promise<boolean> => (await trainer.versions())[0] === (await other.versions())[0];
      await becomes(agree, true);
    }
    await activate(trainer, 1);
    await both([1, [2, 1]]);
  });

  await t.test(
    'a rollout that one starts and the other changes holds for both, which count and decide as one',
    async () => {
      const rollout = async (replica: Replica, method: string, body?: unknown): Promise<Rollout> =>
        (await replica.admin<Rollout>(method, 'models/colours/rollout', body)).body;
      await rollout(trainer, 'PUT', { version: 2, percent: 0 });
      await rollout(other, 'PUT', { version: 2, percent: 100 });
      for (const replica of [trainer, other]) await becomes(() => replica.answering(), 2);
      const before = (await rollout(other, 'GET')).versions.reduce((sum, { requests }) => sum + requests, 0);
      for (const replica of [trainer, other, trainer]) await replica.answering();
      const total = async (): Promise<number> =>
        (await rollout(other, 'GET')).versions.reduce((sum, { requests }) => sum + requests, 0);
      // What the other has seen is known to this one within a second or two.
      const until = Date.now() + 20_000;
      while ((await total()) < before + 3 && Date.now() < until) await sleep(50);
      assert.ok((await total()) >= before + 3);
      await rollout(trainer, 'PUT', { version: 2, percent: 100, conditions: { after: before + 4, maxErrorRate: 0.5 } });
      const state = async (): Promise<string> => (await rollout(other, 'GET')).state;
      const end = Date.now() + 20_000;
      while ((await state()) === 'running' && Date.now() < end)
        await Promise.all([trainer.answering(), other.answering()]);
      assert.equal(await state(), 'promoted');
      await both([2, [2, 1]]);
      assert.equal((await other.admin('POST', 'models/colours/rollback')).status, 200);
      await both([1, [2, 1]]);
    },
  );

  await t.test('enough corrections start one training, though both servers look for them', async () => {
    const own = async (): Promise<string[]> => {
      const { body } = await other.admin<{ trainings: { id: string; startedBy: string }[] }>('GET', 'trainings');
      return body.trainings.filter(({ startedBy }) => startedBy === 'auto-retrain').map(({ id }) => id);
    };
    const settings = { dataset: 'd', afterCorrections: 3, minimumIntervalSeconds: 0, activate: 'never' };
    await other.autoRetrain(settings);
    await other.upload('d', 1, 20);
    await becomes(async () => (await trainer.autoRetrain()).corrections, 0);
    await becomes(async () => (await trainer.autoRetrain()).stage, 'idle');
    assert.equal((await other.autoRetrain()).corrections, 0);
    assert.equal((await own()).length, 1);
    assert.equal((await trainer.admin('DELETE', 'models/colours/versions/3')).status, 204);
  });

  await t.test('a version deleted from one is gone from both', async () => {
    assert.equal((await other.admin('DELETE', 'models/colours/versions/2')).status, 204);
    await both([1, [1]]);
  });

  await t.test('a training that one runs is cancelled through the other', async () => {
    const { id } = await trainer.retrain({
      hyperparameters: { epochs: 1000, patience: 1000, hiddenLayers: [2048], l2: [0.01] },
    });
    await becomes(stateOf(id), 'running');
    assert.equal((await other.admin('DELETE', `trainings/${id}`)).status, 202);
    await becomes(stateOf(id), 'cancelled');
  });

  await t.test('a key made by one opens the other, and is ended for both', async () => {
    const { body } = await trainer.admin<{ id: string; key: string }>('POST', 'keys', {
      name: 'phone',
      scopes: ['train'],
    });
    const status = (replica: Replica) => async (): Promise<number> =>
      (await replica.admin('GET', 'trainings', undefined, body.key)).status;
    for (const replica of [trainer, other]) await becomes(status(replica), 200);
    assert.equal((await other.admin('DELETE', `keys/${body.id}`)).status, 204);
    for (const replica of [trainer, other]) await becomes(status(replica), 401);
  });
});
