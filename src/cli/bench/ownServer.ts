// A server of this machine's own engine, for as long as it is measured: in a process of its own, as it would serve, and with a data
// directory of its own, so that a server on the real one is not in its way.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cacheDirOf, modelsDirsOf, type Config } from '../../config.js';
import { AppError } from '../../errors.js';
import { allocatorSettings, nodeFlags } from '../../processSettings.js';

const main = fileURLToPath(new URL('../../main.js', import.meta.url));

export interface OwnServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** With the engine, the limits and the classifiers of `config`. Throws AppError engine_unavailable with its last words when it does not start. */
export async function startOwnServer(config: Config): Promise<OwnServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
  const child = spawn(process.execPath, [...nodeFlags, main], {
    env: { ...allocatorSettings, ...process.env, ...environmentOf(config, dataDir) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const interrupt = (): void => void close().then(() => process.exit(130));
  process.once('SIGINT', interrupt);
  const close = async (): Promise<void> => {
    process.off('SIGINT', interrupt);
    child.kill('SIGTERM');
    await exited;
    await rm(dataDir, { recursive: true, force: true });
  };
  let lastLine = '';
  const url = await new Promise<string | undefined>((resolve) => {
    void exited.then(() => resolve(undefined));
    createInterface({ input: child.stdout }).on('line', (line) => {
      lastLine = line;
      const address = /Server listening at (http:\/\/[\d.:]+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  if (url !== undefined) return { url, close };
  await close();
  throw new AppError('engine_unavailable', `The server to be measured did not start: ${messageOf(lastLine)}`);
}

/** What is there is used; nothing is made in the real data directory. */
function environmentOf(config: Config, dataDir: string): Readonly<Record<string, string>> {
  const { own } = modelsDirsOf(config);
  const orOwn = (directory: string, name: string): string =>
    existsSync(directory) ? resolve(directory) : join(dataDir, name);
  return {
    HOST: '127.0.0.1',
    PORT: '0',
    GRPC_PORT: 'off',
    LOG_LEVEL: 'info',
    DATA_DIR: dataDir,
    DATABASE_URL: '',
    MODELS_DIR: orOwn(own, 'models'),
    CACHE_DIR: orOwn(cacheDirOf(config), 'cache'),
    AUTH: 'open',
    ADMIN_API_KEY: 'of-nobody-but-this-bench',
    RATE_LIMIT: '0',
    TRAINERS: '0',
    OTEL_EXPORTER_OTLP_ENDPOINT: '',
  };
}

/** Of a line of the log. */
function messageOf(line: string): string {
  try {
    const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } };
    return err === undefined ? msg : `${msg}: ${err.message}`;
  } catch {
    return line;
  }
}
