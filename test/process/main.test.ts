// The process as a whole: what it prints, how it starts, how it ends.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { drawJpeg } from '../support/drawnImages.js';
import { environmentOf } from '../support/environment.js';
import { main, startServerProcess, type ServerProcess } from '../support/serverProcess.js';

interface Started extends Omit<ServerProcess, 'url'> {
  readonly url: string;
}

const servers = new Set<ServerProcess>();

/** A folder that is removed after the test, and after the servers that write there have ended. */
async function scratch(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'taxon-process-'));
  t.after(async () => {
    await Promise.all([...servers].map((server) => server.end()));
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}

async function start(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const started = startServerProcess({ DATA_DIR: await scratch(t), ...env });
  servers.add(started);
  const url = await started.url;
  if (url === undefined) throw new Error(`ended with ${await started.exited}`);
  return { ...started, url };
}

const classify = async (url: string, body: Buffer): Promise<Response> =>
  fetch(`${url}/v1/classify`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body });

test('SIGTERM lets requests in flight finish, refuses new ones and exits with 0', async (t) => {
  const { child, url, exited, log } = await start(t);
  const images = await Promise.all([0, 60, 120, 180, 240, 300].map((hue) => drawJpeg(hue)));
  const inFlight = images.map((image) => classify(url, image));
  await inFlight[0];
  child.kill('SIGTERM');
  for (const response of await Promise.all(inFlight)) assert.equal(response.status, 200);
  assert.equal(await exited, 0);
  await assert.rejects(classify(url, images[0]!));
  assert.ok(log.some((line) => line.includes('shutting down')));
});

test('nothing is written outside of the data directory: no telemetry, no device id, no logs of libraries', async (t) => {
  const [home, temporary] = [await scratch(t), await scratch(t)];
  const places = {
    HOME: home,
    TMPDIR: temporary,
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'share'),
    XDG_CONFIG_HOME: join(home, 'config'),
  };
  const { child, url, exited } = await start(t, places);
  assert.equal((await classify(url, await drawJpeg(10))).status, 200);
  child.kill('SIGTERM');
  assert.equal(await exited, 0);
  for (const directory of [home, temporary]) assert.deepEqual(await readdir(directory, { recursive: true }), []);
});

test('the first start says in one sentence that only the starter is there, why that matters and how to get better features', async (t) => {
  const { log } = await start(t);
  const advice = log.filter((line) => line.includes('npx taxon pull inception-v3'));
  assert.equal(advice.length, 1);
  const { level, msg } = JSON.parse(advice[0]!) as { level: number; msg: string };
  assert.equal(level, 30);
  assert.match(
    msg,
    /^[^.]*features of clothing\/1, learnt from sixteen thousand images, because no others are installed: run `npx taxon pull inception-v3` and restart[^]*ImageNet[^.]*\.$/,
  );
});

test('the first start prints a link that signs in once, beside the log; the next one prints none', async (t) => {
  const DATA_DIR = await scratch(t);
  const first = await start(t, { DATA_DIR });
  const printed = () => first.errors.find((line) => line.includes('#sign-in='));
  while (printed() === undefined) await new Promise((resolve) => first.child.stderr!.once('data', resolve));
  const [, address, token] = /(http:\S+)\/#sign-in=(\S+)/.exec(printed()!)!;
  assert.equal(address, first.url);
  assert.ok(first.log.every((line) => !line.includes(token!)));
  const signIn = (): Promise<Response> =>
    fetch(`${first.url}/v1/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  const { key } = (await (await signIn()).json()) as { key: string };
  assert.equal((await fetch(`${first.url}/v1/admin/keys`, { headers: { 'x-api-key': key } })).status, 200);
  assert.equal((await signIn()).status, 401);
  first.child.kill('SIGTERM');
  await first.exited;
  const second = await start(t, { DATA_DIR });
  assert.equal((await fetch(`${second.url}/v1/admin/keys`, { headers: { 'x-api-key': key } })).status, 200);
  assert.ok(second.errors.every((line) => !line.includes('#sign-in=')));
});

test('the start says in one line where the API, its documentation and the data are, and they are there', async (t) => {
  const dataDir = await scratch(t);
  const { child, log, url } = await start(t, { DATA_DIR: dataDir });
  const readLines = (): string[] => log.filter((line) => line.includes('Taxon is ready'));
  while (readLines().length === 0) await new Promise((resolve) => child.stdout!.once('data', resolve));
  const { level, msg } = JSON.parse(readLines()[0]!) as { level: number; msg: string };
  const places = new RegExp(
    `^Taxon is ready: (?:the page (\\S+/), )?the API (\\S+)/v1, its documentation (\\S+), the data in ${dataDir}$`,
  ).exec(msg);
  assert.ok(places, msg);
  const [, page, api, documentation] = places;
  assert.deepEqual([readLines().length, level, new URL(api!).port], [1, 30, new URL(url).port]);
  for (const place of [page, documentation]) if (place !== undefined) assert.equal((await fetch(place)).status, 200);
});

test('each request is one log line with its id, timings and outcome, and never its bytes', async (t) => {
  const { child, url, exited, log } = await start(t);
  const response = await classify(url, await drawJpeg(10));
  await classify(url, Buffer.from('not an image'));
  child.kill('SIGTERM');
  await exited;
  const lines = log.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === 'request');
  assert.equal(lines.length, 2);
  assert.equal(lines[0]!.reqId, response.headers.get('x-request-id'));
  assert.deepEqual([lines[0]!.status, lines[0]!.models, typeof lines[0]!.inferenceMs], [200, ['clothing/1'], 'number']);
  assert.deepEqual([lines[1]!.status, lines[1]!.code], [415, 'unsupported_image']);
  assert.ok(log.every((line) => line.length < 2000));
});

test('a wrong environment is refused with every problem named', () => {
  const { status, stderr } = spawnSync(process.execPath, [main], {
    env: { ...process.env, ...environmentOf({ PORT: 'eighty', MAX_BATCH_SIZE: '0' }) },
    encoding: 'utf8',
  });
  assert.equal(status, 1);
  assert.match(stderr, /PORT: .*\n.*MAX_BATCH_SIZE: /);
});

test('.env of the working directory is read, by the command line too; the environment wins over it', async (t) => {
  const directory = await scratch(t);
  await writeFile(join(directory, '.env'), 'PORT=eighty\nMAX_QUEUE=none\nMODELS_DIR=of-the-file\n');
  const outside = { ...process.env };
  delete outside['PORT'];
  delete outside['MODELS_DIR'];
  const run = (script: string, ...args: string[]) =>
    spawnSync(process.execPath, [resolve(script), ...args], {
      cwd: directory,
      env: { ...outside, MAX_QUEUE: '5', ...(args.length > 0 && { PORT: '80' }) },
      encoding: 'utf8',
    });
  const { status, stderr } = run(main);
  assert.equal(status, 1);
  assert.match(stderr, /PORT: /);
  assert.doesNotMatch(stderr, /MAX_QUEUE/);
  assert.match(run('dist/src/cli/main.js', 'export', 'x', '--format', 'onnx').stderr, /no usable x in of-the-file or /);
});

test('a device that is not there stops the start with the reason', async (t) => {
  const env = { ...process.env, ...environmentOf({ DATA_DIR: await scratch(t), ENGINE: 'onnx', DEVICE: 'coreml' }) };
  const { status, stdout } = spawnSync(process.execPath, [main], { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stdout, /onnx on coreml: this build of ONNX Runtime has no device/);
});

test('a damaged version is refused by name and the others are served; SIGHUP finds what is new', async (t) => {
  const models = await scratch(t);
  await cp('models/clothing/1', join(models, 'clothing', '1'), { recursive: true });
  await cp('models/clothing/1', join(models, 'clothing', '2'), { recursive: true });
  await truncate(join(models, 'clothing', '2', 'model.json'), 100);
  const { child, url, log } = await start(t, { MODELS_DIR: models });
  assert.ok(log.some((line) => line.includes('refused') && line.includes('clothing/2')));
  assert.equal((await classify(url, await drawJpeg(10))).status, 200);

  await rm(join(models, 'clothing', '2'), { recursive: true });
  await rm(join(models, 'clothing', '1'), { recursive: true });
  child.kill('SIGHUP');
  while (!log.some((line) => line.includes('models reloaded')))
    await new Promise((resolve) => child.stdout!.once('data', resolve));
  assert.equal((await fetch(`${url}/health/ready`)).status, 503);
});
