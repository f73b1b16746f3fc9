// The commands against a real server, as a person and a program see them: what they print is what the transcripts have.
import { after, mock, test } from 'node:test';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { allCommands, createProgram } from '../../src/cli/program.js';
import { run } from '../../src/cli/run.js';
import { adminKey, startApp } from '../http/runningApp.js';
import { assertTranscript, type Typed } from '../support/transcripts.js';
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
await put('mistaken/red/a.png', await colourImage('red', 1));
await put('mistaken/red/b.png', await colourImage('green', 2));
await put('mistaken/green/c.png', await colourImage('green', 3));
await put('mistaken/purple/d.png', await colourImage('blue', 4));
await put('mixed/broken.png', 'no image');
await put('mixed/fine.png', await colourImage('blue', 5));

const main = resolve('dist/src/cli/main.js');

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
  await assertTranscript('datasets', await inTurn(both('datasets', 'import', 'photos')));
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
    () => taxon('keys', 'create', '--name', 'nightly', '--scope', 'train', '--per-minute', '60', '--json'),
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
