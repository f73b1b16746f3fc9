// A real server for tests: the whole app on a free port, on a data directory of its own; compiled models are shared between test files.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { pino, type Logger } from 'pino';
import { createApp, type App } from '../../src/app.js';
import { loadConfig } from '../../src/config.js';
import { pglite } from '../support/databases.js';
import { environmentOf } from '../support/environment.js';

/** Of every app that startApp starts, unless `env` says otherwise. */
export const adminKey = 'the-admin-key-of-tests';

export interface RunningApp {
  readonly app: App;
  readonly url: string;
  readonly dataDir: string;
}

/** Starts the app with `env` over the defaults and closes it when the test file is done. */
export async function startApp(
  env: Readonly<Record<string, string>> = {},
  logger: Logger = pino({ level: env.LOG_LEVEL ?? 'silent' }),
): Promise<RunningApp> {
  const dataDir = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  if (env.DATABASE_URL === undefined) await pglite.prepare(dataDir);
  const config = loadConfig(environmentOf({ DATA_DIR: dataDir, ADMIN_API_KEY: adminKey, ...env }));
  const app = await createApp(config, logger);
  const url = await app.listen();
  after(async () => {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  return { app, url, dataDir };
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A request whose answer is JSON. */
export async function call<T = Record<string, unknown>>(url: string, init?: RequestInit): Promise<Answer<T>> {
  const response = await fetch(url, init);
  return { status: response.status, headers: response.headers, body: (await response.json()) as T };
}

export const post = <T = Record<string, unknown>>(
  url: string,
  body: NonNullable<RequestInit['body']>,
  contentType?: string,
): Promise<Answer<T>> =>
  call<T>(url, {
    method: 'POST',
    body,
    ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
  });

/** A multipart form with each file under `field`. */
export function formOf(field: string, files: ReadonlyArray<readonly [name: string, bytes: Uint8Array]>): FormData {
  const form = new FormData();
  for (const [name, bytes] of files) form.append(field, new Blob([new Uint8Array(bytes)]), name);
  return form;
}
