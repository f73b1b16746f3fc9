// MinIO as the tests start it: an S3-compatible server on a free port, on a folder of its own. MINIO names the program.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const minio = process.env['MINIO'];

const credentials = { user: 'taxon-tests', password: 'a-password-of-tests' };

export class BucketServer {
  #process: ChildProcess | undefined;

  private constructor(
    private readonly directory: string,
    private readonly port: number,
  ) {}

  /** With a bucket called `taxon`. The AWS SDK of this process then finds its credentials in the environment. */
  static async start(): Promise<BucketServer> {
    const directory = await mkdtemp(join(tmpdir(), 'taxon-bucket-'));
    // A folder at the top is a bucket.
    await mkdir(join(directory, 'taxon'));
    process.env['AWS_ACCESS_KEY_ID'] = credentials.user;
    process.env['AWS_SECRET_ACCESS_KEY'] = credentials.password;
    const server = new BucketServer(directory, await freePort());
    await server.restart();
    return server;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async restart(): Promise<void> {
    this.#process = spawn(minio!, ['server', '--quiet', '--address', `127.0.0.1:${this.port}`, this.directory], {
      env: { ...process.env, MINIO_ROOT_USER: credentials.user, MINIO_ROOT_PASSWORD: credentials.password },
      stdio: 'ignore',
    });
    for (const until = Date.now() + 60_000; ; await sleep(100)) {
      const answer = await fetch(`${this.endpoint}/minio/health/ready`).catch(() => undefined);
      if (answer?.ok) return;
      if (Date.now() > until) throw new Error('MinIO did not start in a minute');
    }
  }

  /** As a power cut does it; its files stay. */
  async kill(): Promise<void> {
    const ended = once(this.#process!, 'exit');
    this.#process!.kill('SIGKILL');
    await ended;
  }

  async remove(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
