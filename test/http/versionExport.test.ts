// Versions as files: over HTTP on a running server, and the bounds of making them.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { exportVersion, type ExportFormat } from '../../src/models/exportModel.js';
import { VersionExports } from '../../src/serving/versionExports.js';
import { AppError } from '../../src/errors.js';
import { decodeCoreMl } from '../../src/formats/coreml/protobuf.js';
import { openZip } from '../../src/formats/zipEntries.js';
import { publishTinyModel } from '../support/tinyModel.js';
import { adminKey, call, startApp } from './runningApp.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-exports-'));
after(() => rm(folder, { recursive: true, force: true }));
const modelsDir = join(folder, 'models');
const version = await publishTinyModel(modelsDir, 'colours', ['red', 'blue']);
const { url, dataDir } = await startApp({ MODELS_DIR: modelsDir });
const headers = { authorization: `Bearer ${adminKey}` };
const address = (format: string, ref = '1') => `${url}/v1/admin/models/colours/versions/${ref}/export?format=${format}`;
const left = (): Promise<string[]> => readdir(join(dataDir, 'exports'));

test('a version is taken away as the file that the command line writes, under a name that says what it is', async () => {
  for (const format of ['onnx', 'keras', 'tflite', 'taxon'] satisfies ExportFormat[]) {
    const response = await fetch(address(format), { headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="colours-1.${format}"`);
    assert.equal(Number(response.headers.get('content-length')), bytes.length);
    const written = join(folder, `written.${format}`);
    await exportVersion({ own: modelsDir }, version, format, written);
    const other = await readFile(written);
    // A Keras archive holds the second in which its HDF5 file was written.
    if (format === 'keras') assert.equal(bytes.length, other.length);
    else assert.ok(bytes.equals(other), format);
  }
  assert.deepEqual(await left(), []);
});

test('a layers model comes as a zip, Keras HDF5 as itself', async () => {
  const zip = join(folder, 'colours.zip');
  const response = await fetch(address('tfjs'), { headers });
  assert.equal(response.headers.get('content-disposition'), 'attachment; filename="colours-1.tfjs.zip"');
  await writeFile(zip, Buffer.from(await response.arrayBuffer()));
  const opened = await openZip(zip);
  const { names } = opened;
  opened.close();
  assert.ok(names.includes('model.json') && names.some((name) => name.endsWith('.bin')), names.join());
  const hdf5 = Buffer.from(await (await fetch(address('h5'), { headers })).arrayBuffer());
  assert.equal(hdf5.subarray(1, 4).toString(), 'HDF');
});

test('a Core ML file comes under the ending that Xcode knows', async () => {
  for (const [format, ending] of [
    ['coreml', 'mlmodel'],
    ['coreml-float16', 'float16.mlmodel'],
  ] as const) {
    const response = await fetch(address(format), { headers });
    assert.equal(response.headers.get('content-disposition'), `attachment; filename="colours-1.${ending}"`);
    const { neuralNetworkClassifier } = decodeCoreMl(Buffer.from(await response.arrayBuffer()));
    assert.deepEqual([...neuralNetworkClassifier.stringClassLabels.vector], ['red', 'blue']);
  }
});

test('what cannot be exported is refused by name', async () => {
  const codeOf = async (path: string): Promise<unknown> => (await call(path, { headers })).body['code'];
  assert.equal(await codeOf(address('onnx', '9')), 'unknown_version');
  assert.equal(await codeOf(address('docx')), 'invalid_request');
  assert.equal(await codeOf(address('tflite-int8')), 'invalid_model');
  assert.equal((await call(address('onnx'))).status, 401);
});

test('a client that goes leaves nothing behind', async () => {
  const controller = new AbortController();
  const gone = fetch(address('taxon'), { headers, signal: controller.signal });
  while ((await left()).length === 0) await sleep(5);
  controller.abort();
  await assert.rejects(gone);
  while ((await left()).length > 0) await sleep(5);
  assert.equal((await fetch(address('taxon'), { headers, method: 'HEAD' })).status, 200, 'the next one has its turn');
  assert.deepEqual(await left(), []);
});

test('no more than eight are open at a time, and one that is given up or read makes room', async () => {
  const exports = new VersionExports({ modelsDirs: { own: modelsDir }, directory: join(folder, 'bounded') });
  const controller = new AbortController();
  const taken = Array.from({ length: 8 }, () => exports.export(version, 'taxon', controller.signal));
  const never = new AbortController().signal;
  await assert.rejects(
    exports.export(version, 'taxon', never),
    (error) => error instanceof AppError && error.code === 'overloaded',
  );
  controller.abort(new Error('given up'));
  for (const outcome of await Promise.allSettled(taken))
    assert.match(String((outcome as PromiseRejectedResult).reason), /given up/);
  const { stream, bytes } = await exports.export(version, 'taxon', never);
  let read = 0;
  for await (const chunk of stream) read += (chunk as Buffer).length;
  assert.equal(read, bytes);
  assert.deepEqual(await readdir(join(folder, 'bounded')), []);
});
