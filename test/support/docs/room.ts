// Where the shell blocks of pages are run as a reader would: a folder with images, a server on port 3000, one block after the other.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { pglite } from '../databases.js';
import { environmentOf, type Environment } from '../environment.js';
import { colourImage, publishTinyModel, type ColourName } from '../tinyModel.js';
import { missingIn, shownAnswer } from './answerShape.js';
import { isShell, shellMarkOf, type Fence } from './fences.js';

/** The images of a reader: `photos/<class>/*.jpg`, and `photo.jpg`. */
const colourOfClass: Readonly<Record<string, ColourName>> = { hat: 'red', pants: 'green', shirt: 'blue' };
const imagesOfClass = 12;
/** The reader's key. */
const key = 'the-key-of-those-who-read';

export interface RoomOptions {
  /** A clone of the repository, in which the commands are run as they stand. Without one they are run on a small classifier, with what `npm test` has compiled. */
  readonly clone?: string;
  /** Longest time of one block, in milliseconds. */
  readonly timeoutMs: number;
}

export class Room {
  readonly #work: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  /** By the port that pages show: 3000, and 3001 for a server beside it. */
  readonly #ports: ReadonlyMap<string, string>;
  readonly #servers = new Map<string, { readonly process: ChildProcess; readonly command: string }>();
  readonly #timeoutMs: number;

  private constructor(
    work: string,
    folder: string,
    env: NodeJS.ProcessEnv,
    ports: ReadonlyMap<string, string>,
    timeoutMs: number,
  ) {
    this.#work = work;
    this.#folder = folder;
    this.#env = env;
    this.#ports = ports;
    this.#timeoutMs = timeoutMs;
  }

  static async open({ clone, timeoutMs }: RoomOptions): Promise<Room> {
    const work = await mkdtemp(join(tmpdir(), 'taxon-page-'));
    const folder = clone ?? join(work, 'here');
    await mkdir(folder, { recursive: true });
    await drawImages(folder);
    // Answers with an error end curl with one, and it shows no progress.
    await writeFile(join(work, '.curlrc'), 'fail-with-body\nsilent\nshow-error\n');
    const ports = new Map(await Promise.all(['3000', '3001'].map(async (shown) => [shown, await freePort()] as const)));
    const env = {
      ...process.env,
      ...(clone === undefined
        ? await smallServer(work, folder)
        : environmentOf({ BUNDLED_MODELS_DIR: '', CACHE_DIR: '' })),
      CURL_HOME: work,
      PORT: ports.get('3000')!,
      ADMIN_API_KEY: key,
      KEY: key,
      TAXON_URL: `http://localhost:${ports.get('3000')!}`,
      TAXON_API_KEY: key,
    };
    return new Room(work, folder, env, ports, timeoutMs);
  }

  /** Runs the blocks of one page that are marked so, and tells of each when it has ended. Throws an Error that says which failed and what it printed. */
  async run(
    fences: readonly Fence[],
    ended: (block: { place: string; seconds: number }) => void = () => {},
  ): Promise<void> {
    await writeFile(this.#variables, '');
    for (const [i, fence] of fences.entries()) {
      const mark = isShell(fence) ? shellMarkOf(fence) : undefined;
      if (mark === undefined || 'untested' in mark) continue;
      if (mark.run === 'stopped') await this.#stop('3000');
      if (mark.run === 'here' && !this.#servers.has('3000')) await this.#start('npm start', fence.place);
      const began = performance.now();
      if (mark.run === 'server') await this.#start(fence.text, fence.place);
      else {
        const printed = await this.#runBlock(fence);
        const next = fences[i + 1];
        if (next?.language === 'json' && next.mark === 'answer') checkAnswer(printed, next);
      }
      ended({ place: fence.place, seconds: (performance.now() - began) / 1000 });
    }
  }

  async close(): Promise<void> {
    for (const shown of this.#servers.keys()) await this.#stop(shown);
    await rm(this.#work, { recursive: true, force: true });
  }

  /** What bash keeps between blocks. */
  get #variables(): string {
    return join(this.#work, 'variables');
  }

  #localised(text: string): string {
    return text.replaceAll(/\b300[01]\b/g, (shown) => this.#ports.get(shown)!);
  }

  /** Runs a command that goes on, until its server is ready; another one that was there on the same port is stopped before. */
  async #start(command: string, place: string): Promise<void> {
    const shown = command.includes('3001') ? '3001' : '3000';
    if (this.#servers.get(shown)?.command === command) return;
    await this.#stop(shown);
    const server = spawn('bash', ['-c', this.#localised(command)], {
      cwd: this.#folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what it starts ends with it.
      detached: true,
    });
    this.#servers.set(shown, { process: server, command });
    let printed = '';
    for (const stream of [server.stdout, server.stderr])
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    const address = `http://localhost:${this.#ports.get(shown)!}/health/ready`;
    const deadline = Date.now() + this.#timeoutMs;
    while (Date.now() < deadline && server.exitCode === null) {
      const ready = await fetch(address).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) return;
      await sleep(100);
    }
    throw new Error(`${place}: no server is ready\n${printed}`);
  }

  async #stop(shown: string): Promise<void> {
    const server = this.#servers.get(shown)?.process;
    this.#servers.delete(shown);
    if (server?.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'close');
    process.kill(-server.pid!, 'SIGTERM');
    await exited;
  }

  /** What the block printed. Its variables, its functions and its folder are those of the next block. */
  async #runBlock({ text, place }: Fence): Promise<string> {
    const script = [
      `. ${this.#variables} 2>/dev/null || true`,
      'cd "$PWD"',
      // Those that bash itself keeps cannot be set.
      `trap '{ declare -p | grep -v "^declare -[a-z]*r"; declare -f; } >${this.#variables}' EXIT`,
      'set -eo pipefail',
      this.#localised(text),
    ].join('\n');
    const options = { cwd: this.#folder, env: this.#env, timeout: this.#timeoutMs, maxBuffer: 2 ** 26 };
    return new Promise((printed, failed) => {
      execFile('bash', ['-c', script], options, (error, stdout, stderr) => {
        if (error) failed(new Error(`${place}: exit code ${error.code ?? 'none'}\n${stdout}\n${stderr}`));
        else printed(stdout);
      });
    });
  }
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
  const draw = async (path: string, colour: ColourName, seed: number) =>
    sharp(await colourImage(colour, seed))
      .jpeg({ quality: 95 })
      .toFile(join(folder, path));
  for (const [label, colour] of Object.entries(colourOfClass)) {
    await mkdir(join(folder, 'photos', label), { recursive: true });
    for (let i = 0; i < imagesOfClass; i++) await draw(`photos/${label}/${i}.jpg`, colour, i);
  }
  await draw('photo.jpg', 'green', imagesOfClass);
}

/** A classifier of some kilobytes in place of the bundled one, and npm and npx that use what is compiled already. */
async function smallServer(work: string, folder: string): Promise<Environment> {
  const bundled = join(work, 'bundled');
  await publishTinyModel(bundled, 'clothing', Object.keys(colourOfClass));
  await mkdir(join(folder, 'data'));
  await pglite.prepare(join(folder, 'data'));
  const refuse = 'echo "not known to the test of the pages: $0 $*" >&2; exit 1';
  const programs = {
    npm: `case "$1" in ci) ;; start) exec ${process.execPath} ${resolve('dist/scripts/start.js')} ;; *) ${refuse} ;; esac`,
    npx: `case "$1" in taxon) shift; exec ${process.execPath} ${resolve('dist/src/cli/main.js')} "$@" ;; *) ${refuse} ;; esac`,
  };
  await mkdir(join(work, 'bin'));
  for (const [name, script] of Object.entries(programs))
    await writeFile(join(work, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return {
    ...environmentOf({ BUNDLED_MODELS_DIR: bundled, CACHE_DIR: resolve('dist/test-cache'), ENGINE: 'onnx' }),
    PATH: `${join(work, 'bin')}:${process.env.PATH ?? ''}`,
  };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}
