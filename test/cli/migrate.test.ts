// taxon migrate custom-vision against a server that answers in the forms that Custom Vision's training API documents.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { splitByMeasured } from '../../src/cli/customVision/projectImages.js';
import { adminKey, call, startApp } from '../http/runningApp.js';
import { pglite } from '../support/databases.js';
import { api, colours, idOf, perColour, projectId, startCustomVision, trainingKey } from '../support/customVision.js';
import { publishTinyModel } from '../support/tinyModel.js';

const customVision = await startCustomVision();
after(() => customVision.close());
const { endpoint, pictures, seen, troubles } = customVision;

const directory = await mkdtemp(join(tmpdir(), 'taxon-migrate-'));
const [modelsDir, folder] = [join(directory, 'models'), join(directory, 'images')];
await publishTinyModel(modelsDir, 'colours', colours);
const { url } = await startApp({ MODELS_DIR: modelsDir });
after(() => rm(directory, { recursive: true, force: true }));

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
const taxon = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const migrateWith = (dataDir: string, ...args: readonly string[]): Promise<Run> =>
  new Promise((resolve) => {
    const env = {
      PATH: process.env.PATH,
      TAXON_URL: url,
      TAXON_API_KEY: adminKey,
      VISION_TRAINING_KEY: trainingKey,
      DATA_DIR: dataDir,
    };
    const command = [taxon, 'migrate', 'custom-vision', '--endpoint', `${endpoint}/`, '--project', projectId];
    execFile(process.execPath, [...command, '--folder', folder, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
const migrate = (...args: readonly string[]): Promise<Run> => migrateWith('', ...args);
const imagesAsked = (): string[] => seen.map(({ path }) => path).filter((path) => path.startsWith('/store/'));

test('a migration that is refused an image ends, and says what was refused without the signature of its address', async () => {
  troubles.set(`/store/${idOf(15)}`, (answer) => void answer.writeHead(403).end());
  const { code, stderr } = await migrate();
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`/store/${idOf(15)} answered 403`));
  assert.doesNotMatch(stderr, /secret/);
});

test('started again, it goes on: tags, images and the test split come over, and a classifier is trained', async () => {
  const before = (await readdir(folder)).filter((name) => !name.endsWith('.part')).length;
  assert.ok(before >= 10 && before < pictures.length, `${before} images`);
  seen.length = 0;
  troubles.set(`${api}/tags`, (answer) => void answer.writeHead(429, { 'retry-after': '0' }).end());
  troubles.set(`${api}/images/tagged`, (answer) => void answer.writeHead(503).end('busy'));
  troubles.set(`/store/${idOf(20)}`, (answer) => {
    answer.writeHead(200, { 'content-length': '1000' }).write('x');
    setImmediate(() => answer.destroy());
  });
  const { code, stdout, stderr } = await migrate();
  assert.deepEqual(
    [code, stderr],
    [0, '1 images have several tags and are left out: a classifier has one class for each.\n'],
  );
  assert.match(stdout, new RegExp(`24 images, ${before} of them there before`));
  assert.match(stdout, /colours-of-things: 24 added, 0 already there, 0 failed/);
  assert.match(stdout, /live: version 1 was trained on colours-of-things/);
  assert.match(stdout, /the published name Live/);
  assert.equal(imagesAsked().length, pictures.length - before + 1);
  for (const { path, key } of seen) assert.equal(key, path.startsWith('/store/') ? undefined : trainingKey, path);

  const { body } = await call<{ classes: ReadonlyArray<{ label: string; test: number; total: number }> }>(
    `${url}/v1/admin/datasets/colours-of-things`,
    { headers: { 'x-api-key': adminKey } },
  );
  assert.deepEqual(
    body.classes.map(({ label, test: tested, total }) => [label, tested, total]),
    [
      ['blue-azure', 1, perColour],
      ['green', 1, perColour],
      ['red', 1, perColour],
    ],
  );
  const predict = `${url}/customvision/v3.1/prediction/${projectId}/classify/iterations/Live/image`;
  const { body: predicted } = await call<{ predictions: ReadonlyArray<{ tagName: string }> }>(predict, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream', 'prediction-key': 'any' },
    body: new Uint8Array(pictures.at(-1)!.bytes),
  });
  assert.equal(predicted.predictions[0]!.tagName, 'blue-azure');
});

test('once more, nothing is fetched nor added', async () => {
  seen.length = 0;
  const { code, stdout } = await migrate('--no-train');
  assert.equal(code, 0);
  assert.match(stdout, /24 images, 24 of them there before\n.*0 added, 24 already there/);
  assert.deepEqual(imagesAsked(), []);
});

test('--direct fills the dataset in a data directory, and says how to train it', async () => {
  const dataDir = join(directory, 'data');
  await pglite.prepare(dataDir);
  const { code, stdout } = await migrateWith(dataDir, '--direct', '--dataset', 'local', '--model', 'tones');
  assert.equal(code, 0);
  assert.match(stdout, /local: 24 added, 0 already there, 0 failed/);
  assert.match(stdout, /POST \/v1\/admin\/retrain \{"dataset":"local","model":"tones"\}/);
});

test('a wrong key and a project that detects objects are refused with their reason', async () => {
  const { code, stderr } = await migrate('--training-key', 'wrong');
  assert.equal(code, 1);
  assert.match(stderr, /answered 401\. Unauthorized: no Is --training-key a key of the training resource\?/);
  customVision.domain.type = 'ObjectDetection';
  assert.match((await migrate()).stderr, /"Colours of Things" is for ObjectDetection/);
});

test('images that an iteration was measured by are a test split, unless they are most of them', () => {
  const all = ['a', 'b', 'c', 'd'].map((name) => ({ name, path: name, label: 'x', split: undefined }));
  const splits = (ids: string[]): unknown => splitByMeasured(all, new Set(ids))?.map(({ split }) => split);
  assert.deepEqual(splits(['a', 'd', 'gone']), ['test', undefined, undefined, 'test']);
  assert.equal(splits([]), undefined);
  assert.equal(splits(['a', 'b', 'c']), undefined);
});
