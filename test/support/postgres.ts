// A PostgreSQL cluster in a temporary folder, started from the machine's own programs and thrown away afterwards.
import { execFile, type ExecFileOptions } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const run = promisify(execFile);
const debianRoot = '/usr/lib/postgresql';
const oldestSupported = 15;

/** The folder of initdb and pg_ctl, or undefined where no supported PostgreSQL is installed. */
export async function findPrograms(): Promise<string | undefined> {
  const versions = await readdir(debianRoot).catch(() => []);
  const newest = versions
    .map(Number)
    .filter((version) => version >= oldestSupported)
    .sort((a, b) => b - a)[0];
  if (newest !== undefined) return join(debianRoot, String(newest), 'bin');
  const found = await run('initdb', ['--version']).catch(() => undefined);
  return found && Number(/\d+/.exec(found.stdout)?.[0]) >= oldestSupported ? '' : undefined;
}

/** Somebody else than root, where this process is root: PostgreSQL refuses to run as root, and no permission holds root back. */
export async function ordinaryUser(): Promise<{ uid?: number; gid?: number }> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const ids = await Promise.all(['-u', '-g'].map((flag) => run('id', [flag, name]).catch(() => undefined)));
    if (ids[0] && ids[1]) return { uid: Number(ids[0].stdout), gid: Number(ids[1].stdout) };
  }
  return {};
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class PostgresCluster {
  #databases = 0;

  private constructor(
    readonly directory: string,
    readonly port: number,
    private readonly programs: string,
    private readonly options: ExecFileOptions,
  ) {}

  static async create(programs: string): Promise<PostgresCluster> {
    const directory = await mkdtemp(join(tmpdir(), 'taxon-postgres-'));
    const user = await ordinaryUser();
    if (user.uid !== undefined) await chown(directory, user.uid, user.gid!);
    const cluster = new PostgresCluster(directory, await freePort(), programs, { ...user, cwd: directory });
    await cluster.#run('initdb', [
      '-D',
      'data',
      '-U',
      'taxon',
      '--auth=trust',
      '--encoding=UTF8',
      '--no-sync',
      '--locale=C.UTF-8',
    ]);
    await cluster.start();
    return cluster;
  }

  async start(): Promise<void> {
    const settings = `-p ${this.port} -k ${this.directory} -c listen_addresses=127.0.0.1 -c fsync=off`;
    await this.#run('pg_ctl', ['-D', 'data', '-w', '-l', 'log', '-o', settings, 'start']);
  }

  /** As when the machine loses power: every connection breaks at once. */
  async stop(): Promise<void> {
    await this.#run('pg_ctl', ['-D', 'data', '-w', '-m', 'immediate', 'stop']);
  }

  /** DATABASE_URL of a new, empty database. */
  async newDatabase(): Promise<string> {
    const name = `test_${(this.#databases += 1)}`;
    const client = new pg.Client({ connectionString: this.urlOf('postgres') });
    await client.connect();
    await client.query(`CREATE DATABASE ${name}`);
    await client.end();
    return this.urlOf(name);
  }

  urlOf(database: string): string {
    return `postgres://taxon@127.0.0.1:${this.port}/${database}`;
  }

  async remove(): Promise<void> {
    await this.stop().catch(() => undefined);
    await rm(this.directory, { recursive: true, force: true });
  }

  async #run(program: string, args: string[]): Promise<void> {
    await run(join(this.programs, program), args, this.options);
  }
}
