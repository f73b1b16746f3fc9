// Runs the shell blocks of a page as a reader would: in a folder with images, against a server of its own, one after the other.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { environmentOf, type Environment } from '../environment.js';
import { colourImage, publishTinyModel, type ColourName } from '../tinyModel.js';
import { missingIn, shownAnswer } from './answerShape.js';
import { isShell, shellMarkOf, type Fence } from './fences.js';

/** The images of a reader: `photos/<class>/*.jpg`. */
const colourOfClass: Readonly<Record<string, ColourName>> = { hat: 'red', pants: 'green', shirt: 'blue' };
const imagesOfClass = 12;
/** Those of the pages' server; a page that starts its own names it by port 3000, and one beside it by 3001. */
const shownPorts = ['3000', '3001'] as const;

export interface PageOptions {
  /** A clone of the repository, in which the commands are run as they stand. Without one, in an empty folder, on a small classifier, and with what `npm test` has compiled. */
  readonly clone?: string;
  /** Longest time of one block, in milliseconds. */
  readonly timeoutMs: number;
}

/** Throws an Error that says which block failed, with what it printed; `fences` are those of one page. */
export async function runPage(fences: readonly Fence[], { clone, timeoutMs }: PageOptions): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'taxon-page-'));
  const folder = clone ?? join(work, 'here');
  const servers: ChildProcess[] = [];
  const ports = await Promise.all(shownPorts.map(freePort));
  const key = 'the-key-of-those-who-read';
  try {
    await mkdir(folder, { recursive: true });
    await drawImages(folder);
    await mkdir(join(work, 'bin'));
    // Answers with an error end curl with one; progress is not shown.
    await writeFile(join(work, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n');
    await writeFile(join(work, 'variables'), '');
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...(clone === undefined ? await smallServer(work, folder) : unsetOptions()),
      PATH: `${join(work, 'bin')}:${process.env.PATH ?? ''}`,
      CURL_HOME: work,
      HOST: '127.0.0.1',
      PORT: ports[0]!,
      ADMIN_API_KEY: key,
      KEY: key,
      TAXON_URL: `http://localhost:${ports[0]!}`,
      TAXON_API_KEY: key,
    };
    const localised = (text: string) =>
      shownPorts.reduce((before, shown, i) => before.replaceAll(new RegExp(`\\b${shown}\\b`, 'g'), ports[i]!), text);

    const startServer = async (command: string, place: string) => {
      const port = command.includes(ports[1]!) ? ports[1]! : ports[0]!;
      if (port === ports[0]!) await stopAll(servers);
      const server = spawn('bash', ['-c', `. ${work}/variables\n${command}`], {
        cwd: folder,
        env,
        stdio: 'pipe',
        detached: true,
      });
      servers.push(server);
      await untilReady(server, `http://localhost:${port}/health/ready`, place, timeoutMs);
    };

    for (const [i, fence] of fences.entries()) {
      const mark = isShell(fence) ? shellMarkOf(fence) : undefined;
      if (mark === undefined || 'untested' in mark) continue;
      const command = localised(fence.text);
      if (mark.run === 'server') {
        await startServer(command, fence.place);
        continue;
      }
      if (mark.run === 'stopped') await stopAll(servers);
      else if (servers.length === 0) await startServer('npm start', fence.place);
      const printed = await runBlock(command, { place: fence.place, cwd: folder, env, work, timeoutMs });
      const next = fences[i + 1];
      if (next?.language === 'json' && next.mark === 'answer') checkAnswer(printed, next);
    }
  } finally {
    await stopAll(servers);
    await rm(work, { recursive: true, force: true });
  }
}

interface BlockPlace {
  readonly place: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly work: string;
  readonly timeoutMs: number;
}

/** What the block printed. Its variables and its folder are those of the next block. */
async function runBlock(command: string, { place, cwd, env, work, timeoutMs }: BlockPlace): Promise<string> {
  const variables = join(work, 'variables');
  const script = [
    `. ${variables} 2>/dev/null || true`,
    'cd "$PWD"',
    // Those that bash itself keeps cannot be set.
    `trap 'declare -p | grep -v "^declare -[a-z]*r" >${variables}' EXIT`,
    'set -eo pipefail',
    command,
  ].join('\n');
  return new Promise((resolvePrinted, reject) => {
    execFile('bash', ['-c', script], { cwd, env, timeout: timeoutMs, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${place}: exit code ${error.code ?? 'none'}\n${stdout}\n${stderr}`));
      else resolvePrinted(stdout);
    });
  });
}

function checkAnswer(printed: string, shown: Fence): void {
  let answer: unknown;
  try {
    answer = JSON.parse(printed);
  } catch {
    throw new Error(`${shown.place}: what was printed is not JSON:\n${printed}`);
  }
  const missing = missingIn(answer, shownAnswer(shown.text));
  if (missing !== undefined) throw new Error(`${shown.place}: ${missing}\n${printed.slice(0, 2000)}`);
}

async function drawImages(folder: string): Promise<void> {
  for (const [label, colour] of Object.entries(colourOfClass)) {
    await mkdir(join(folder, 'photos', label), { recursive: true });
    for (let i = 0; i < imagesOfClass; i++) {
      const jpeg = await sharp(await colourImage(colour, i))
        .jpeg({ quality: 95 })
        .toBuffer();
      await writeFile(join(folder, 'photos', label, `${i}.jpg`), jpeg);
    }
  }
  await writeFile(
    join(folder, 'photo.jpg'),
    await sharp(await colourImage('green', imagesOfClass))
      .jpeg()
      .toBuffer(),
  );
}

/** A classifier of some kilobytes in place of the bundled one, and commands of npm that use what is compiled already. */
async function smallServer(work: string, folder: string): Promise<Environment> {
  const bundled = join(work, 'bundled');
  await publishTinyModel(bundled, 'clothing', Object.keys(colourOfClass));
  const start = `exec ${process.execPath} ${resolve('dist/scripts/start.js')}`;
  const taxon = `exec ${process.execPath} ${resolve('dist/src/cli/main.js')} "$@"`;
  const refuse = 'echo "the test of the pages does not know: $*" >&2; exit 1';
  const commands = {
    npm: `case "$1" in ci) ;; start) ${start} ;; *) ${refuse} ;; esac`,
    npx: `case "$1" in taxon) shift; ${taxon} ;; *) ${refuse} ;; esac`,
  };
  await mkdir(join(work, 'bin'), { recursive: true });
  for (const [name, script] of Object.entries(commands))
    await writeFile(join(work, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  // DATA_DIR as a reader has it: `data` in the folder.
  const { DATA_DIR: _, ...env } = environmentOf({
    BUNDLED_MODELS_DIR: bundled,
    CACHE_DIR: join(work, 'cache'),
    MODELS_DIR: '',
  });
  await mkdir(join(folder, 'data'), { recursive: true });
  return { ...env, DATA_DIR: 'data', ENGINE: 'onnx' };
}

function unsetOptions(): Environment {
  const { CACHE_DIR: _cache, BUNDLED_MODELS_DIR: _bundled, ...env } = environmentOf({});
  return { ...env, CACHE_DIR: '', BUNDLED_MODELS_DIR: '' };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

async function untilReady(server: ChildProcess, address: string, place: string, timeoutMs: number): Promise<void> {
  let printed = '';
  for (const stream of [server.stdout, server.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline && server.exitCode === null) {
    const ready = await fetch(address)
      .then(({ ok }) => ok)
      .catch(() => false);
    if (ready) return;
    await sleep(100);
  }
  throw new Error(`${place}: no server is ready\n${printed}`);
}

/** Ends the servers with all that they started, and waits for it. */
async function stopAll(servers: ChildProcess[]): Promise<void> {
  for (const server of servers.splice(0)) {
    if (server.exitCode !== null || server.signalCode !== null) continue;
    const exited = once(server, 'exit');
    process.kill(-server.pid!, 'SIGTERM');
    await exited;
  }
}
