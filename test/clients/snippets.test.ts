// The TypeScript that the READMEs show, run as it stands but for the server's address and the key, with the client as `npm pack` makes it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { adminKey, startApp } from '../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../support/tinyModel.js';

const run = promisify(execFile);
const modules = resolve('node_modules');
const colours: readonly ColourName[] = ['red', 'green', 'blue'];

const folder = await mkdtemp(join(tmpdir(), 'taxon-snippets-'));
await publishTinyModel(join(folder, 'models'), 'colours', colours);
await copyFile('test/fixtures/images/scene.jpg', join(folder, 'photo.jpg'));
for (const colour of colours) {
  await mkdir(join(folder, 'photos', colour), { recursive: true });
  for (let i = 0; i < 12; i++)
    await writeFile(join(folder, 'photos', colour, `${i}.png`), await colourImage(colour, i));
}
const { url } = await startApp({ MODELS_DIR: join(folder, 'models') });
after(() => rm(folder, { recursive: true, force: true }));

const compiler = join(modules, 'typescript', 'bin', 'tsc');

/** The blocks of a language, and their text with this server's address and key. */
async function snippetsOf(file: string, language: string): Promise<string[]> {
  const blocks = (await readFile(file, 'utf8')).matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'));
  return [...blocks].map(([, text]) =>
    text!.replace(/(http:\/\/)?localhost:3000/, url).replace("'…'", JSON.stringify(adminKey)),
  );
}

/** Puts the packed client and what it depends on where a user's program finds it. */
async function installClient(): Promise<void> {
  const packed = join(folder, 'packed');
  await mkdir(packed);
  // `npm test` hands this project's ignore-scripts on, and without it npm would build once more.
  await run(process.execPath, [compiler, '--project', 'clients/typescript']);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', packed], { cwd: 'clients/typescript' });
  const { version } = JSON.parse(await readFile('clients/typescript/package.json', 'utf8')) as { version: string };
  const client = join(folder, 'node_modules', 'taxon-client');
  await mkdir(client, { recursive: true });
  await run('tar', ['-xzf', join(packed, `taxon-client-${version}.tgz`), '-C', client, '--strip-components=1']);
  for (const name of ['openapi-fetch', 'openapi-typescript-helpers', 'eventsource-parser', '@types'])
    await symlink(join(modules, name), join(folder, 'node_modules', name));
}

test('the TypeScript of the READMEs compiles and runs with the packed client', async () => {
  await installClient();
  const ofReadme = await snippetsOf('README.md', 'ts');
  const ofClient = await snippetsOf('clients/typescript/README.md', 'ts');
  assert.equal(ofReadme.length, 1);
  assert.equal(ofClient.length, 2);
  const snippets = [...ofReadme, ...ofClient];
  const names = snippets.map((_, i) => `snippet${i}.mts`);
  for (const [i, text] of snippets.entries()) await writeFile(join(folder, names[i]!), text);
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--lib', 'es2023', '--types', 'node'];
  await run(process.execPath, [compiler, ...options, ...names], { cwd: folder }).catch((error: unknown) =>
    assert.fail((error as { stdout: string }).stdout),
  );
  const outputs: string[] = [];
  for (const name of names) {
    const { stdout } = await run(process.execPath, [name.replace('.mts', '.mjs')], { cwd: folder });
    outputs.push(stdout);
  }
  assert.match(outputs[0]!, /^\{ label: '(red|green|blue)', probability: [\d.]+ \}/);
  assert.match(outputs[1]!, /^(red|green|blue) [\d.]+\n$/);
  assert.match(outputs[2]!, /^queued .*\n(.*\n)*succeeded .*\n\[\n/);
});
