// The commands against a real server, as a person and a program see them: what they print is what the transcripts have.
import assert from 'node:assert/strict';
import { after, mock, test } from 'node:test';
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { allCommands, createProgram } from '../../src/cli/program.js';
import { run } from '../../src/cli/run.js';
import { readProcessorFeatures } from '../../src/engines/processor.js';
import { adminKey, startApp } from '../http/runningApp.js';
import { projectId, startCustomVision, trainingKey } from '../support/customVision.js';
import { startImageProviders, work } from '../support/imageProviders.js';
import { assertTranscript, withoutFigures, type Typed } from '../support/transcripts.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-transcripts-'));
after(() => rm(folder, { recursive: true, force: true }));
await publishTinyModel(join(folder, 'models'), 'colours', ['blue', 'green', 'red']);
// What depends on the processor would be another transcript on each.
const { url } = await startApp({
  MODELS_DIR: join(folder, 'models'),
  ENGINE: 'onnx',
  DEVICE: 'cpu',
  PRECISION: 'fp32',
});

const put = async (name: string, bytes: Uint8Array | string): Promise<void> => {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), bytes);
};
// The split is said by the folders: drawn by chance, it would depend on how this machine compresses PNG files.
const counts = { train: 8, validation: 3, test: 4 };
for (const [split, count] of Object.entries(counts))
  for (const colour of ['red', 'green', 'blue'] as ColourName[])
    for (let i = 0; i < count; i++)
      await put(`photos/${split}/${colour}/${i}.png`, await colourImage(colour, split.length * 100 + i));
await put('few/train/tulip/a.png', await colourImage('red', 40));
await put('more/test/tulip/b.png', await colourImage('red', 41));
await put('mistaken/red/a.png', await colourImage('red', 1));
await put('mistaken/red/b.png', await colourImage('green', 2));
await put('mistaken/green/c.png', await colourImage('green', 3));
await put('mistaken/purple/d.png', await colourImage('blue', 4));
await put('mixed/broken.png', 'no image');
await put('mixed/fine.png', await colourImage('blue', 5));

const main = resolve('dist/src/cli/main.js');
const fixture = resolve('test/fixtures/keras/tutorial.h5');

/** In this process, where starting is free: all but the few lines of main.ts. */
async function taxonWith(key: string, ...args: string[]): Promise<Typed> {
  process.chdir(folder);
  Object.assign(process.env, { TAXON_URL: url, TAXON_API_KEY: key });
  let [stdout, stderr] = ['', ''];
  const program = createProgram();
  for (const command of allCommands(program))
    command.configureOutput({
      writeOut: (text) => (stdout += text),
      writeErr: (text) => (stderr += text),
      getErrHelpWidth: () => 100,
    });
  const log = mock.method(console, 'log', (text: string) => (stdout += `${text}\n`));
  const error = mock.method(console, 'error', (text: string) => (stderr += `${text}\n`));
  try {
    return { args, status: await run(program, args), stdout, stderr };
  } finally {
    log.mock.restore();
    error.mock.restore();
    process.exitCode = 0;
  }
}

const taxon = (...args: string[]): Promise<Typed> => taxonWith(adminKey, ...args);

/** As its own process, with standard input. */
async function taxonFed(input: Uint8Array, ...args: string[]): Promise<Typed> {
  const env = { PATH: process.env.PATH, TAXON_URL: url, TAXON_API_KEY: adminKey };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env });
  child.stdin.end(input);
  const status = new Promise<number | null>((ended) => child.once('close', ended));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { args, status: await status, stdout, stderr };
}

/** One after the other: each sees what those before it have changed. */
async function inTurn(calls: ReadonlyArray<() => Promise<Typed>>): Promise<Typed[]> {
  const typed: Typed[] = [];
  for (const call of calls) typed.push(await call());
  return typed;
}

/** For people, and for programs. */
const both = (...args: string[]): Array<() => Promise<Typed>> => [() => taxon(...args), () => taxon(...args, '--json')];

test('datasets', async () => {
  await assertTranscript(
    'datasets',
    await inTurn([
      ...both('datasets', 'import', 'photos'),
      // One image each: of those that come together, the ids are in no order.
      () => taxon('datasets', 'import', 'few'),
      () => taxon('datasets', 'import', 'more', '--dataset', 'few'),
      ...both('datasets', 'list'),
      ...both('datasets', 'show', 'photos'),
      ...both('datasets', 'negatives', 'few', 'weed'),
      () => taxon('datasets', 'show', 'few'),
      () => taxon('datasets', 'negatives', 'few'),
      ...both('datasets', 'images', 'few', '--limit', '1'),
      () => taxon('datasets', 'images', 'few', '--label', 'rose'),
      () => taxon('datasets', 'versions', 'few'),
      () => taxon('datasets', 'versions', 'few', 'v1'),
      () => taxon('datasets', 'relabel', 'few', 'rose', '46'),
      () => taxon('datasets', 'relabel', 'few', 'rose', '--from', 'tulip', '--json'),
      () => taxon('datasets', 'images', 'few'),
      ...both('datasets', 'versions', 'few'),
      ...both('datasets', 'diff', 'few', 'v1'),
      () => taxon('datasets', 'restore', 'few', 'v1'),
      () => taxon('datasets', 'restore', 'few', 'v1', '--keep-as', 'roses'),
      () => taxon('datasets', 'restore', 'few', 'roses', '--yes', '--json'),
      () => taxon('datasets', 'versions', 'few', 'v1', '--delete'),
      () => taxon('datasets', 'versions', 'few', 'v1', '--delete', '--yes'),
      () => taxon('datasets', 'versions', 'few', '--delete'),
      () => taxon('datasets', 'diff', 'few', 'v1'),
      () => taxon('datasets', 'relabel', 'few', 'rose'),
      () => taxon('datasets', 'relabel', 'few', 'rose', 'a.png'),
      ...both('datasets', 'export', 'few'),
      () => taxon('datasets', 'export', 'nothing'),
      () => taxon('datasets', 'delete', 'few'),
      () => taxon('datasets', 'delete', 'few', '--yes'),
      () => taxon('datasets', 'delete', 'few', '--yes', '--json'),
    ]),
  );
  assert.deepEqual(
    (await readdir(folder)).filter((name) => /^(few|nothing)\./.test(name)),
    ['few.zip'],
  );
});

test('train', async () => {
  await assertTranscript(
    'train',
    await inTurn([
      ...both('train', 'photos', '--name', 'colours', '--activate', 'always'),
      () => taxon('train', 'mixed', '--name', 'Colours of things'),
    ]),
  );
});

test('classify', async () => {
  const input = await colourImage('green', 77);
  await assertTranscript(
    'classify',
    await inTurn([
      ...both('classify', 'photos/test/red/0.png', 'photos/test/blue', '--top-k', '1'),
      () => taxon('classify', 'photos/test/*/1.png', '--top-k', '1', '--version', '3'),
      () => taxonFed(input, 'classify', '-', '-k', '1', '--json'),
      ...both('classify', 'mixed', '-k', '1'),
      () => taxon('classify', 'nowhere.png'),
    ]),
  );
});

test('embed', async () => {
  await assertTranscript(
    'embed',
    await inTurn([
      () => taxon('embed', 'mixed/fine.png'),
      ...both('embed', 'photos/test/red', '--model', 'colours', '--out', 'red.npy'),
    ]),
  );
});

test('evaluate', async () => {
  await assertTranscript(
    'evaluate',
    await inTurn([
      ...both('evaluate', 'colours', 'photos'),
      () => taxon('evaluate', 'colours', 'mistaken', '--version', '2'),
      () => taxon('evaluate', 'colours', 'models'),
    ]),
  );
});

test('models', async () => {
  await assertTranscript(
    'models',
    await inTurn([
      ...both('models', 'list'),
      ...both('models', 'show', 'colours'),
      ...both('models', 'activate', 'colours', '2'),
      ...both('models', 'rollback', 'colours'),
      ...both('models', 'threshold', 'colours', '2', '0.95'),
      () => taxon('models', 'threshold', 'colours', '2', 'default'),
      ...both('models', 'rollout', 'colours', '3', '--percent', '10', '--after', '500', '--max-error-rate', '0.01'),
      () => taxon('models', 'rollout', 'colours', '3', '--min-agreement', '0.9'),
      ...both('models', 'rollout', 'colours'),
      () => taxon('models', 'rollout', 'colours', '--end'),
      () => taxon('models', 'rollout', 'colours', '--end', '--json'),
      ...both('models', 'auto-retrain', 'colours', '--dataset', 'photos', '--after', '500', '--schedule', '0 3 1 1 *'),
      () => taxon('models', 'auto-retrain', 'colours', '--after', '500'),
      () => taxon('models', 'auto-retrain', 'colours', '--dataset', 'photos', '--after', '500', '--shadow', '9'),
      ...both('models', 'auto-retrain', 'colours', '--off'),
      ...both('models', 'auto-retrain', 'colours'),
      ...both('models', 'capture', 'colours', '--share', '0.1', '--max-age', '14d', '--uncertain-below', '0.7'),
      () => taxon('models', 'capture', 'colours'),
      () => taxon('models', 'capture', 'colours', '--max-size', '2 apples'),
      () => taxon('models', 'capture', 'colours', '--max-size', '500MB'),
      () => taxon('models', 'capture', 'colours', '--off'),
      () => taxon('models', 'capture', 'colours', '--off', '--yes', '--json'),
      () => taxon('models', 'delete', 'colours', '--version', '1'),
      () => taxon('models', 'delete', 'colours', '--version', '1', '--yes'),
      () => taxon('models', 'delete', 'colours', '--version', '2', '--yes', '--json'),
    ]),
  );
});

test('keys', async () => {
  const idOf = ({ stdout }: Typed): string => (JSON.parse(stdout) as { id: string }).id;
  const typed = await inTurn([
    () => taxon('keys', 'create', '--name', 'till-3', '--expires', '2030-01-31'),
    () => taxon('keys', 'create', '--name', 'nightly', '--scope', 'train', '--per-minute', '60', '--capture', '--json'),
  ]);
  const id = idOf(typed[1]!);
  typed.push(
    ...(await inTurn([
      ...both('keys', 'list'),
      () => taxon('keys', 'revoke', id),
      () => taxon('keys', 'revoke', id, '--yes'),
      () => taxon('keys', 'revoke', id, '--yes', '--json'),
    ])),
  );
  await assertTranscript('keys', typed);
});

test('import', async () => {
  await copyFile(fixture, join(folder, 'shapes.h5'));
  await put('names.txt', 'circle\nsquare\nstar\n');
  await put('damaged.h5', (await readFile(fixture)).subarray(0, 4000));
  const given = ['--labels', 'names.txt', '--preprocess', 'unit', '--models', 'imported'];
  await assertTranscript(
    'import',
    await inTurn([
      ...both('import', 'shapes.h5', ...given, '--dry-run'),
      ...both('import', 'shapes.h5', ...given),
      () => taxon('import', 'shapes.h5', '--preprocess', 'unit', '--models', 'imported'),
      () => taxon('import', 'shapes.h5', '--labels', 'names.txt', '--models', 'imported'),
      () => taxon('import', 'damaged.h5', ...given, '--json'),
      () => taxon('import', 'names.txt', ...given),
    ]),
  );
});

test('export', async () => {
  await assertTranscript(
    'export',
    await inTurn([
      ...both('export', 'shapes', '--format', 'onnx', '--models', 'imported'),
      () => taxon('export', 'shapes', '--format', 'taxon', '--version', '1', '--models', 'imported'),
      () => taxon('import', 'shapes-1.taxon', '--models', 'elsewhere'),
      ...both('export', 'shapes', '--format', 'onnx', '--version', '9', '--models', 'imported'),
      () => taxon('export', 'shapes', '--format', 'word'),
    ]),
  );
});

test('pull, of a file that is another one', async () => {
  // What it installs is 96 MB, and known by its checksum.
  await assertTranscript(
    'pull',
    await inTurn(both('pull', 'inception-v3', '--from', 'names.txt', '--models', 'pulled')),
  );
  assert.ok(!(await readdir(folder)).includes('pulled'));
});

const withoutInt8 =
  (readProcessorFeatures()?.int8 ?? false) ? false : 'SKIPPED: this processor has no 8-bit dot products';

test('quantize', { skip: withoutInt8 }, async (t) => {
  for (const colour of ['red', 'green', 'blue'] as ColourName[])
    for (let i = 0; i < 14; i++) await put(`many/${colour}/${i}.png`, await colourImage(colour, i));
  await publishTinyModel(join(folder, 'quantized'), 'colours', ['blue', 'green', 'red']);
  process.env.ENGINE = 'onnx';
  t.after(() => delete process.env.ENGINE);
  await assertTranscript(
    'quantize',
    await inTurn([
      ...both('quantize', 'colours', '--images', 'many', '--models', 'quantized'),
      () => taxon('quantize', 'colours', '--images', 'mistaken', '--models', 'quantized'),
      () => taxon('quantize', 'nobody', '--images', 'many', '--models', 'quantized', '--json'),
    ]),
    (transcript) =>
      withoutFigures(transcript)
        .replaceAll('too little', 'good enough')
        .replace(/int8-[\da-f]{16}/g, 'int8-…'),
  );
});

test('engine', async () => {
  await put('openvino.whl', 'no zip');
  await assertTranscript(
    'engine',
    await inTurn([
      ...both('engine', 'check', 'openvino', '--dir', 'nowhere'),
      ...both('engine', 'install', 'openvino', '--wheel', 'openvino.whl', '--dir', 'nowhere'),
      () => taxon('engine', 'check', 'abacus'),
    ]),
    (transcript) => transcript.replaceAll(folder, ''),
  );
});

test('bench', async () => {
  await assertTranscript(
    'bench',
    await inTurn([
      ...both('bench', '--seconds', '0.1', '--in-flight', '1,2'),
      () => taxon('bench', '--model', 'nobody'),
      () => taxon('bench', '--in-flight', 'many'),
    ]),
    (transcript) => withoutFigures(transcript).replace(/ on .* \(cpu,/, ' on … (cpu,'),
  );
});

test('doctor', async () => {
  const typed = await inTurn(both('doctor'));
  // Whether something is wrong, and what, is another matter on each machine: its checks are the same.
  const settle = (transcript: string): string =>
    transcript
      .replace(/^(ok|warning|problem) +(.+?)  +.*$/gm, '…  $2  …')
      .replace(/^ +→ .*\n/gm, '')
      .replace(/^(Nothing is wrong\.|\d+ problem.*)$/m, '…')
      .replace(/"(state|found)": ".*"/g, '"$1": "…"')
      .replace(/,\n +"advice": ".*"/g, '');
  await assertTranscript('doctor', typed.map((one) => ({ ...one, status: 0 })), settle); // prettier-ignore
});

test('completion', async () => {
  await assertTranscript(
    'completion',
    await inTurn([
      ...['bash', 'zsh', 'fish'].map((shell) => () => taxon('completion', shell)),
      () => taxon('completion', 'powershell'),
    ]),
  );
});

test('migrate', async (t) => {
  const customVision = await startCustomVision();
  t.after(() => customVision.close());
  const project = ['--endpoint', customVision.endpoint, '--project', projectId];
  const given = [...project, '--training-key', trainingKey, '--folder', 'fetched'];
  await assertTranscript(
    'migrate',
    await inTurn([
      ...both('migrate', 'custom-vision', ...given, '--no-train'),
      () => taxon('migrate', 'custom-vision', ...project, '--training-key', 'wrong'),
      () => taxon('migrate', 'custom-vision'),
    ]),
  );
});

test('collect', async (t) => {
  const providers = await startImageProviders({
    'red apple': await Promise.all([1, 2, 3, 4].map((seed) => work(seed))),
    pear: [await work(5), await work(6, { body: Buffer.from('<html>'), type: 'text/html' }), await work(7)],
  });
  t.after(() => providers.close());
  await put(
    'terms.csv',
    'search_term,number_imgs,category,set\nred apple,2,apple,train\nred apple,1,apple,test\npear,3,pear,validation\n',
  );
  await put('wrong.csv', 'search_term,number_imgs,category,set\npear,many,pear,\n');
  const given = ['terms.csv', '--api', providers.url, '--private-networks', '127.0.0.0/8'];
  await assertTranscript(
    'collect',
    await inTurn([
      ...both('datasets', 'collect', ...given, '--dry-run'),
      ...both('datasets', 'collect', ...given, '--dataset', 'fruit'),
      () => taxon('datasets', 'collect', ...given, '--to', 'fruit', '--license', 'by-sa'),
      () => taxon('datasets', 'collect', ...given, '--to', 'fruit', '--provider', 'wikimedia'),
      () => taxon('datasets', 'collect', 'wrong.csv'),
    ]),
  );
});

test('teach', async () => {
  await assertTranscript(
    'teach',
    await inTurn([
      () => taxon('teach', 'birds', 'robin', 'photos/test/red'),
      () => taxon('classify', 'photos/test/blue/0.png', '--model', 'birds'),
      ...both('teach', 'birds', 'jay', 'photos/test/blue', 'photos/train/blue/0.png'),
      () => taxon('classify', 'photos/test/blue/0.png', '--model', 'birds', '--top-k', '1'),
      () => taxon('teach', 'birds', 'jay', 'mixed'),
      () => taxon('teach', 'birds', 'a/b', 'mixed'),
    ]),
  );
});

test('what cannot be done ends with the exit code that docs/cli.md names', async () => {
  await assertTranscript(
    'failures',
    await inTurn([
      () => taxon('clasify', 'mixed'),
      () => taxon('classify', 'mixed/fine.png', '--top-k', 'all'),
      () => taxon('classify', 'mixed/fine.png', '--url', 'http://127.0.0.1:9', '--json'),
      ...both('classify', 'mixed/fine.png', '--model', 'nobody'),
      () => taxonWith('wrong', 'keys', 'list'),
      () => taxonWith('', 'models', 'rollback', 'colours'),
      () => taxon('models'),
    ]),
  );
});
