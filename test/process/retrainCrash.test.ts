// SIGKILL at random moments of upload, training and activation: nothing acknowledged is lost, nothing half done is listed, nothing is computed twice.
// CRASH_ROUNDS sets the number of kills, CRASH_SEED the moments.
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { listVersions } from '../../src/models/versions.js';
import { createRandom } from '../../src/training/random.js';
import { newDirectory, pglite } from '../support/databases.js';
import { reportCounts } from '../support/faults/tally.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';
import { startServerProcess, type ServerProcess } from '../support/serverProcess.js';

const rounds = Number(process.env['CRASH_ROUNDS'] ?? '3');
const seed = Number(process.env['CRASH_SEED'] ?? '1');
/** Kills come at any time from the start of the process to this long after it listens. */
const longestLifeMs = 6000;
const key = { authorization: 'Bearer the-admin-key-of-crashes' };
const colours: readonly ColourName[] = ['red', 'green', 'blue'];

/** What the server has acknowledged. */
interface Acknowledged {
  readonly images: Map<number, string>;
  readonly trainings: Set<string>;
  active: number;
  /** Activations sent and not answered: either outcome is right. */
  asked: number | undefined;
}

const start = (dataDir: string, modelsDir: string): ServerProcess =>
  startServerProcess({
    DATA_DIR: dataDir,
    MODELS_DIR: modelsDir,
    LOG_LEVEL: 'info',
    ADMIN_API_KEY: 'the-admin-key-of-crashes',
  });

/** JSON of a call that must succeed; rejects when the server dies in it. */
async function ask<T>(url: string, method: string, path: string, body?: unknown): Promise<T> {
  const json =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { ...key, 'content-type': 'application/json' } };
  const response = await fetch(`${url}/v1/admin/${path}`, { method, headers: key, ...json });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as T;
}

async function upload(url: string, label: ColourName, image: number, known: Acknowledged): Promise<void> {
  const form = new FormData();
  form.append('image', new Blob([new Uint8Array(await colourImage(label, image))]), `${image}.png`);
  const response = await fetch(`${url}/v1/admin/datasets/d/images?label=${label}`, {
    method: 'POST',
    headers: key,
    body: form,
  });
  const { results } = (await response.json()) as { results: { id: number; label: string }[] };
  for (const { id, label: stored } of results) known.images.set(id, stored);
}

async function activate(url: string, version: number, known: Acknowledged): Promise<void> {
  known.asked = version;
  await ask(url, 'POST', 'models/colours/activate', { version });
  known.active = version;
  known.asked = undefined;
}

/** One image before the first kill, so that there is something to lose however slow the machine is. */
async function uploadFirst(url: string, known: Acknowledged): Promise<void> {
  await ask(url, 'PUT', 'datasets/d');
  await upload(url, 'red', 1_000_000, known);
}

/** Uploads, trains and activates until the process dies. */
async function work(url: string, first: number, known: Acknowledged): Promise<void> {
  await ask(url, 'PUT', 'datasets/d');
  for (let image = first; image < first + 4; image++)
    for (const colour of colours) await upload(url, colour, image, known);
  const training = await ask<{ id: string }>(url, 'POST', 'retrain', {
    dataset: 'd',
    model: 'colours',
    activate: 'manual',
  });
  known.trainings.add(training.id);
  for (;;) {
    const { body } = { body: (await (await fetch(`${url}/v1/models/colours`)).json()) as { versions: number[] } };
    for (const version of body.versions) await activate(url, version, known);
  }
}

async function allImages(url: string): Promise<Map<number, string>> {
  const images = new Map<number, string>();
  for (let after: number | null = 0; after !== null;) {
    const page: { images: { id: number; label: string }[]; next: number | null } = await ask(
      url,
      'GET',
      `datasets/d/images?after=${after}&limit=100`,
    );
    for (const { id, label } of page.images) images.set(id, label);
    after = page.next;
  }
  return images;
}

/** Another for each writing of a file: reading one sets its times, and a new file is made beside the old one. */
async function identityOf(path: string): Promise<string> {
  const { ino, birthtimeMs } = await stat(path);
  return `${ino} of ${birthtimeMs}`;
}

async function embeddingFiles(dataDir: string): Promise<Map<string, string>> {
  const root = join(dataDir, 'embeddings');
  const names = await readdir(root, { recursive: true }).catch(() => []);
  const whole = names.filter((name) => name.endsWith('.f32'));
  return new Map(await Promise.all(whole.map(async (name) => [name, await identityOf(join(root, name))] as const)));
}

async function checkPromises(url: string, modelsDir: string, known: Acknowledged): Promise<void> {
  if (known.images.size > 0) {
    const images = await allImages(url);
    for (const [id, label] of known.images) assert.equal(images.get(id), label, `image ${id}`);
  }
  const { trainings } = await ask<{ trainings: { id: string; state: string }[] }>(url, 'GET', 'trainings?limit=1000');
  for (const id of known.trainings)
    assert.ok(
      trainings.some((training) => training.id === id),
      `training ${id}`,
    );
  const { versions, refused } = await listVersions({ own: modelsDir });
  assert.deepEqual(refused, []);
  const origins = versions.map(({ manifest }) => manifest.provenance['trainingId']).filter((id) => id !== undefined);
  assert.equal(new Set(origins).size, origins.length, 'a training published twice');
  const { activeVersion } = (await (await fetch(`${url}/v1/models/colours`)).json()) as { activeVersion: number };
  assert.ok(
    [known.active, known.asked].includes(activeVersion),
    `version ${activeVersion} is active, not ${known.active}`,
  );
  known.active = activeVersion;
  known.asked = undefined;
}

async function waitForEnd(
  url: string,
  id: string,
): Promise<{ state: string; error: { code: string; detail: string } | null }> {
  for (;;) {
    const training = await ask<{ state: string; error: { code: string; detail: string } | null }>(
      url,
      'GET',
      `trainings/${id}`,
    );
    if (training.state !== 'queued' && training.state !== 'running') return training;
    await sleep(200);
  }
}

/** When a process is killed, drawn before the first one starts: what happens in one life does not move the others. */
interface Life {
  /** Milliseconds after its start; undefined: not before it has listened and was checked. */
  readonly whileStartingMs: number | undefined;
  /** Milliseconds after it has listened and was checked. */
  readonly whileWorkingMs: number;
}

/** One life in five is ended while it starts, but not the first. */
function drawLives(): Life[] {
  const random = createRandom(seed);
  return Array.from({ length: rounds }, (_, round) => {
    const [dice, starting, working] = [random.next(), random.next() * 2000, random.next() * longestLifeMs];
    const startsBadly = dice < 0.2 && round > 0;
    return { whileStartingMs: startsBadly ? starting : undefined, whileWorkingMs: working };
  });
}

async function prepare(t: TestContext): Promise<{ dataDir: string; modelsDir: string }> {
  const directory = await newDirectory(t);
  const places = { dataDir: join(directory, 'data'), modelsDir: join(directory, 'models') };
  await pglite.prepare(places.dataDir);
  await publishTinyModel(places.modelsDir, 'colours', colours);
  return places;
}

test(
  `${rounds} kills lose nothing, leave nothing half done and repeat no embedding`,
  { timeout: 60_000 + rounds * 60_000 },
  async (t) => {
    const { dataDir, modelsDir } = await prepare(t);
    t.diagnostic(`CRASH_ROUNDS=${rounds} CRASH_SEED=${seed} kills at these moments again`);
    const lives = drawLives();
    const known: Acknowledged = { images: new Map(), trainings: new Set(), active: 1, asked: undefined };
    let embedded = new Map<string, string>();
    for (let round = 0; round <= rounds; round++) {
      const { child, exited, url: listening } = start(dataDir, modelsDir);
      t.after(() => child.kill('SIGKILL'));
      const life = lives[round];
      if (life?.whileStartingMs !== undefined) setTimeout(() => child.kill('SIGKILL'), life.whileStartingMs);
      const url = await listening;
      if (url !== undefined && !life) {
        await checkPromises(url, modelsDir, known);
        for (const id of known.trainings) {
          const { state, error } = await waitForEnd(url, id);
          assert.ok(state === 'succeeded' || error?.code === 'interrupted', JSON.stringify({ state, error }));
        }
      } else if (url !== undefined) {
        const living = checkPromises(url, modelsDir, known).then(async () => {
          if (known.images.size === 0) await uploadFirst(url, known);
          setTimeout(() => child.kill('SIGKILL'), life!.whileWorkingMs);
          return work(url, round * 4, known);
        });
        await living.catch((error: unknown) => {
          if (error instanceof assert.AssertionError || !child.killed) throw error;
        });
      }
      child.kill('SIGKILL');
      await exited;
      const now = await embeddingFiles(dataDir);
      for (const [name, file] of embedded) assert.equal(now.get(name), file, `${name} was computed twice`);
      embedded = now;
    }
    assert.ok(known.images.size > 0);
    const kept = known.images.size + known.trainings.size;
    const counts = { tried: kept, answered: kept, refused: 0, lost: 0 };
    reportCounts(t, `killed while it uploads, trains and activates, ${rounds} times`, counts);
  },
);
