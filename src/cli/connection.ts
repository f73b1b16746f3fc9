// Where a command's calls go: to the server that was named; else to the one that runs on the data directory of this machine; else to one
// in the command's own process, which ends with it. There is one way to do things, and the data directory has one owner at a time.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import { pino } from 'pino';
import { loadConfig, type Config } from '../config.js';
import { AppError } from '../errors.js';
import { findServer, type LocalServer } from '../localServer.js';
import { AdminClient } from './adminClient.js';
import { InterruptedError } from './exit.js';
import { jsonOption, tell, type OutputOptions } from './output.js';

export interface ConnectionOptions extends OutputOptions {
  readonly url?: string;
  readonly key?: string;
  readonly data?: string;
}

/** Adds the options of a command that works with a server or without one. */
export const withConnectionOptions = (command: Command): Command =>
  command
    .addOption(new Option('--url <url>', 'server to ask (default: this machine itself)').env('TAXON_URL'))
    .addOption(new Option('--key <key>', `API key for it; without --url, for ${defaultUrl}`).env('TAXON_API_KEY'))
    .option('--data <folder>', 'data directory, where no server is named (default: DATA_DIR, else data)')
    .addOption(jsonOption());

export interface Connection {
  readonly client: AdminClient;
  /** Another client of the same server, which Ctrl-C does not end. */
  readonly lastingClient: AdminClient;
}

export interface ConnectionNeeds {
  /** A server in this process runs trainings, those too that wait for one. Default: false. */
  readonly trains?: boolean;
}

/** Of a server that a key is given for and no address. */
export const defaultUrl = 'http://localhost:3000';

/**
 * Runs `work` and closes what was started for it. Ctrl-C ends its calls with InterruptedError. Throws AppError `conflict` when another
 * process keeps the data directory to itself.
 */
export async function withConnection<T>(
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<T>,
  { trains = false }: ConnectionNeeds = {},
): Promise<T> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort(new InterruptedError());
  process.once('SIGINT', interrupt);
  const { url, key, close } = await open(options, trains);
  try {
    const { signal } = interruption;
    signal.throwIfAborted();
    return await work({
      client: new AdminClient({ url, key, signal }),
      lastingClient: new AdminClient({ url, key }),
    });
  } finally {
    await close();
    process.off('SIGINT', interrupt);
  }
}

interface OpenServer {
  readonly url: string;
  readonly key: string | undefined;
  readonly close: () => Promise<void>;
}

const nothingToClose = async (): Promise<void> => undefined;

/** As in the configuration, an empty value counts as not set. */
const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

async function open({ data, ...named }: ConnectionOptions, trains: boolean): Promise<OpenServer> {
  const [url, key] = [given(named.url), given(named.key)];
  if (data === undefined && (url !== undefined || key !== undefined))
    return { url: url ?? defaultUrl, key, close: nothingToClose };
  const config = loadConfig({ ...process.env, ...(data !== undefined && { DATA_DIR: data }) });
  return openLocal(config, trains);
}

/** Another command lets go of the data directory after this time, or its server has begun to answer. */
const patienceMs = 30_000;
const lookAgainMs = 250;

async function openLocal(config: Config, trains: boolean): Promise<OpenServer> {
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const running = await findServer(config.DATA_DIR);
    if (running !== undefined) return { ...running, close: nothingToClose };
    try {
      return await startServer(config, trains);
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'conflict') || Date.now() > giveUpAt) throw error;
      tell(`Another process uses ${resolve(config.DATA_DIR)}; waiting for it.`);
      await waitForOther(config.DATA_DIR, giveUpAt);
    }
  }
}

/** Until the other process has let go of the database, or its server can be found. */
async function waitForOther(dataDir: string, giveUpAt: number): Promise<void> {
  const lock = join(dataDir, 'db.lock');
  while (Date.now() < giveUpAt && existsSync(lock) && (await findServer(dataDir)) === undefined)
    await delay(lookAgainMs);
}

/** On this machine's loopback alone, with a key that only this process knows. */
async function startServer(config: Config, trains: boolean): Promise<LocalServer & OpenServer> {
  if (!existsSync(config.DATA_DIR)) tell(`Making the data directory ${resolve(config.DATA_DIR)}.`);
  // Loaded here: a command that asks a server needs nothing of one.
  const { createApp } = await import('../app.js');
  const app = await createApp(
    {
      ...config,
      HOST: '127.0.0.1',
      PORT: 0,
      GRPC_PORT: 'off',
      AUTH: 'required',
      RATE_LIMIT: 0,
      ROLE: 'all',
      TRAINERS: trains ? Math.max(1, config.TRAINERS) : 0,
    },
    pino({ level: 'silent' }),
    { isOfCommand: true },
  );
  return { url: await app.listen(), key: app.localKey, close: app.close };
}
