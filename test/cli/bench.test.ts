// taxon bench, on a server and on this machine's own engine.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import sharp from 'sharp';
import { commented, drawImages, imageSize } from '../../src/cli/bench/drawnImages.js';
import { adminKey, startApp } from '../http/runningApp.js';
import { newDirectory } from '../support/databases.js';
import { environmentOf, type Environment } from '../support/environment.js';

const { url } = await startApp({ AUTH: 'required', RESULT_CACHE: '1000' });

interface Document {
  readonly model: { readonly name: string; readonly version: number };
  readonly precision: string;
  readonly engine: { readonly engine: string };
  readonly levels: ReadonlyArray<Readonly<Record<string, number>> & { readonly failed: object }>;
}

const run = (env: Environment, ...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, TAXON_URL: '', TAXON_API_KEY: '', ...environmentOf(env) } };
    execFile(process.execPath, ['dist/src/cli/main.js', 'bench', ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

test('a server is measured at each load, with figures that agree', async () => {
  const { code, stdout, stderr } = await run({}, '--url', url, '--key', adminKey, '-s', '1', '-c', '1,4', '--json');
  assert.equal(code, 0, stderr);
  const { model, levels } = JSON.parse(stdout) as Document;
  assert.deepEqual(model, { name: 'clothing', version: 1 });
  assert.deepEqual(
    levels.map(({ inFlight, failures, failed }) => [inFlight, failures, failed]),
    [
      [1, 0, {}],
      [4, 0, {}],
    ],
  );
  for (const { requests, imagesPerSecond, p50Ms, p95Ms, p99Ms } of levels) {
    assert.ok(requests! > 0 && imagesPerSecond! > 0 && p50Ms! > 0);
    assert.ok(p50Ms! <= p95Ms! && p95Ms! <= p99Ms!);
  }
});

test('what a server refuses is counted by status and no figure; when all is refused, the end is 1', async (t) => {
  const engine = { engine: 'onnx', device: 'cpu', deviceName: 'P', threads: 2 };
  const models = [{ name: 'm', default: true, activeVersion: 3, precision: { name: 'fp32' }, engine }];
  const server = createServer((request, response) => {
    if (request.method === 'GET') return response.end(JSON.stringify({ models }));
    request.resume().once('end', () => response.writeHead(429).end('{}'));
    return undefined;
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => server.close());
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, stdout } = await run({}, '--url', address, '-s', '0.2', '-c', '2');
  assert.equal(code, 1);
  assert.match(stdout, /^m version 3 in fp32, onnx on P \(cpu, 2 threads\)/);
  assert.match(stdout, /^ +2 +0\.0 +0 +0 +0 +\d+ × 429$/m);
});

test('what is missing is named: a server, a key, a classifier; what is wrong is told before anything is sent', async () => {
  assert.match((await run({}, '--url', 'http://127.0.0.1:9')).stderr, /No server answers at /);
  assert.match((await run({}, '--url', url)).stderr, /unauthorized: .*TAXON_API_KEY/);
  assert.match((await run({}, '--url', url, '--key', adminKey, '-m', 'none')).stderr, /no classifier none/);
  assert.match((await run({}, '-c', '4,x')).stderr, /whole numbers from 1/);
  assert.match((await run({}, '-s', '-1')).stderr, /above 0/);
});

test("without a server, this machine's own engine is measured, and nothing is left of it", async (t) => {
  const temporary = await newDirectory(t);
  const dataDir = join(temporary, 'data');
  const env = { DATA_DIR: dataDir, TMPDIR: temporary, ENGINE: 'onnx' };
  const { code, stdout, stderr } = await run(env, '-s', '0.5', '-c', '2', '--json');
  assert.equal(code, 0, stderr);
  const { model, engine, levels } = JSON.parse(stdout) as Document;
  assert.deepEqual([model.name, engine.engine, levels[0]!.failures], ['clothing', 'onnx', 0]);
  assert.ok(levels[0]!.imagesPerSecond! > 0);
  assert.deepEqual(await readdir(temporary), []);
});

test('an engine that does not start is told with its reason', async (t) => {
  const { code, stderr } = await run(
    { DATA_DIR: await newDirectory(t), ENGINE: 'onnx', DEVICE: 'coreml' },
    '-s',
    '0.5',
  );
  assert.equal(code, 1);
  assert.match(stderr, /did not start: .*onnx on coreml/);
});

test('a comment makes other bytes of the same pixels', async () => {
  const [jpeg] = await drawImages(1);
  const other = commented(jpeg!, 'a comment');
  assert.notDeepEqual(other, jpeg);
  const { width, height } = await sharp(other).metadata();
  assert.deepEqual({ width, height }, imageSize);
  assert.deepEqual(await sharp(other).raw().toBuffer(), await sharp(jpeg).raw().toBuffer());
});
