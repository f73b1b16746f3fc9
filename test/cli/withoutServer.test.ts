// The commands on the machine itself: with no server and no configuration, and beside a server on the same data directory.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { pglite } from '../support/databases.js';
import { environmentOf } from '../support/environment.js';
import { startServerProcess } from '../support/serverProcess.js';
import { runTaxonWith, type Ended } from '../support/taxon.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';

const folder = await mkdtemp(join(tmpdir(), 'taxon-without-server-'));
after(() => rm(folder, { recursive: true, force: true }));
const env = { DATA_DIR: join(folder, 'data'), MODELS_DIR: join(folder, 'models'), TAXON_URL: '', TAXON_API_KEY: '' };
await publishTinyModel(env.MODELS_DIR, 'tiny', ['a', 'b']);
await mkdir(env.DATA_DIR);
await pglite.prepare(env.DATA_DIR);
for (const [place, count, seed] of [
  ['colours', 10, 0],
  ['test', 2, 100],
] as const)
  for (const colour of ['red', 'blue'] as ColourName[]) {
    await mkdir(join(folder, place, colour), { recursive: true });
    for (let i = 0; i < count; i++)
      await writeFile(join(folder, place, colour, `${i}.png`), await colourImage(colour, seed + i));
  }
const at = (...names: string[]): string => join(folder, ...names);
const record = at('data', 'server.json');

/** The process that wrote it. */
const ownerOf = async (path: string): Promise<number> =>
  (JSON.parse(await readFile(path, 'utf8')) as { pid: number }).pid;

const taxon = (...args: readonly string[]): Ended => runTaxonWith(env, ...args);

interface Evaluated {
  readonly model: { readonly version: number };
  readonly images: number;
  readonly accuracy: number;
}

/** What `taxon evaluate` finds of the classifier that this file trains. */
function evaluate(): Evaluated {
  const { status, stdout, stderr } = taxon('evaluate', 'colours', at('test'), '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Evaluated;
}

test('with no server, a folder becomes a classifier, which classifies and is evaluated', () => {
  const trained = taxon('train', at('colours'));
  assert.equal(trained.status, 0, trained.stderr);
  assert.match(trained.stdout, /^classifier +colours version 1, trained on colours\naccuracy +\d/);
  assert.match(trained.stderr, /^colours: 20 added, 0 already there, 0 failed$/m);
  const { status, stdout } = taxon('classify', at('test', 'red', '0.png'), '--model', 'colours', '--top-k', '1');
  assert.equal(status, 0);
  assert.match(stdout, /^colours version 1\n\nIMAGE .*\n.*0\.png +red +\d+\.\d %\n$/);
  const { accuracy, images } = evaluate();
  assert.deepEqual([accuracy, images], [1, 4]);
  assert.equal(existsSync(record), false, 'the server of a command is found by no other');
});

test('the first admin key is left to a server, which can show it', () => {
  const { stdout } = taxon('keys', 'list', '--json');
  assert.deepEqual(JSON.parse(stdout), { keys: [] });
});

test('a server on the same data directory is used, even where it asks for keys, and what is left of a dead one is not', async (t) => {
  const server = startServerProcess({ ...env, AUTH: 'required' });
  t.after(() => server.end());
  assert.ok(await server.url);
  while (!existsSync(record)) await delay(20);
  assert.equal((await stat(record)).mode & 0o777, 0o600, 'its key is for the owner alone');
  assert.equal(await ownerOf(record), server.child.pid);

  assert.equal(evaluate().accuracy, 1);
  // It arrives in its log, or this test does not end.
  while (!server.log.some((line) => line.includes('"route":"/v1/classify","status":200'))) await delay(20);

  server.child.kill('SIGKILL');
  await server.exited;
  assert.ok(existsSync(record), 'it could not remove it');
  assert.equal(evaluate().accuracy, 1);
});

test('a server that ends removes what the commands would find it by', async (t) => {
  const server = startServerProcess(env);
  t.after(() => server.end());
  assert.ok(await server.url);
  while ((await ownerOf(record)) !== server.child.pid) await delay(20);
  server.child.kill('SIGTERM');
  assert.equal(await server.exited, 0);
  assert.equal(existsSync(record), false);
});

test('Ctrl-C cancels the training and ends with 130', async () => {
  const args = ['dist/src/cli/main.js', 'train', at('colours'), '--name', 'cancelled'];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environmentOf(env) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    lines.push(line);
    // The images are there; the training is about to be asked for.
    if (line.startsWith('colours: ')) child.kill('SIGINT');
  });
  const status = await new Promise<number | null>((ended) => child.once('close', ended));
  assert.equal(status, 130, lines.join('\n'));
  assert.equal(lines.at(-1), 'The training was cancelled.');
  assert.match(taxon('models', 'show', 'cancelled').stderr, /^unknown_model: /);
});
