// A server process to be mistreated: a tiny classifier, an empty database, an admin key, its whole log.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pglite } from '../databases.js';
import { startServerProcess, type ProcessOptions, type ServerProcess } from '../serverProcess.js';
import { colourImage, publishTinyModel, type ColourName } from '../tinyModel.js';
import { post, send, type Reply } from './client.js';

export const adminKey = 'the-admin-key-of-faults';
export const key = { authorization: `Bearer ${adminKey}` };
export const colours: readonly ColourName[] = ['red', 'green', 'blue'];

/** A test, or node:test itself for a whole file. */
export interface Ending {
  after(work: () => unknown): void;
}

export interface Places {
  readonly dataDir: string;
  readonly modelsDir: string;
}

export interface FaultyServer extends Omit<ServerProcess, 'url'>, Places {
  readonly url: string;
  /** An admin call with a JSON body. */
  admin(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Makes the dataset `d`. */
  createDataset(): Promise<void>;
  /** One image into the dataset `d`, named after its seed. */
  upload(colour: ColourName, seed: number): Promise<Reply>;
  /** Resolves when `times` lines of the log, past or future, contain `text`. Rejects when the process ends before. */
  logged(text: string, times?: number): Promise<void>;
  /** How many lines of the log contain `text` so far. */
  countLogged(text: string): number;
}

/** Folders with the classifier `colours` and an empty database, removed when the test ends, after `free` has let go of them. */
export async function makePlaces(
  test: Ending,
  free: (places: Places) => void | Promise<void> = () => undefined,
): Promise<Places> {
  const directory = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  test.after(async () => {
    await free(places);
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  const places = { dataDir: join(directory, 'data'), modelsDir: join(directory, 'models') };
  await pglite.prepare(places.dataDir);
  await publishTinyModel(places.modelsDir, 'colours', colours);
  return places;
}

/** The environment of a server on these places. */
export const environmentOf = ({ dataDir, modelsDir }: Places): Record<string, string> => ({
  DATA_DIR: dataDir,
  MODELS_DIR: modelsDir,
  LOG_LEVEL: 'info',
  ADMIN_API_KEY: adminKey,
  // All clients of a test have one address.
  RATE_LIMIT: '0',
  FEEDBACK_RATE_LIMIT: '0',
  KEY_GUESS_LIMIT: '0',
});

/** Starts one and kills it when the test ends. `places`: as makePlaces gives them, which is the default. */
export async function startFaultyServer(
  test: Ending,
  env: Readonly<Record<string, string>> = {},
  { places, ...options }: ProcessOptions & { readonly places?: Places } = {},
): Promise<FaultyServer> {
  const { dataDir, modelsDir } = places ?? (await makePlaces(test));
  const started = startServerProcess({ ...environmentOf({ dataDir, modelsDir }), ...env }, options);
  test.after(() => started.child.kill('SIGKILL'));
  const url = await started.url;
  if (url === undefined) throw new Error(`the server ended with ${await started.exited}: ${started.log.join('\n')}`);
  return {
    ...started,
    url,
    dataDir,
    modelsDir,
    admin: (method, path, body) => adminCall(url, method, path, body),
    createDataset: () => createDataset(url),
    upload: (colour, seed) => upload(url, colour, seed),
    logged: (text, times) => logged(started, text, times),
    countLogged: (text) => countLogged(started, text),
  };
}

const adminCall = (url: string, method: string, path: string, body?: unknown): Promise<Reply> =>
  send(`${url}/v1/admin/${path}`, {
    method,
    ...(body === undefined
      ? { headers: key }
      : { headers: { ...key, 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

async function createDataset(url: string): Promise<void> {
  const { status, body } = await adminCall(url, 'PUT', 'datasets/d');
  assert.equal(status, 201, body);
}

const upload = async (url: string, colour: ColourName, seed: number): Promise<Reply> =>
  postFile(`${url}/v1/admin/datasets/d/images?label=${colour}`, `${seed}.png`, await colourImage(colour, seed));

/** A file as a form, with the admin key. */
export function postFile(url: string, name: string, bytes: Uint8Array): Promise<Reply> {
  const head = `--edge\r\nContent-Disposition: form-data; name="image"; filename="${name}"\r\n\r\n`;
  const body = Buffer.concat([Buffer.from(head), bytes, Buffer.from('\r\n--edge--\r\n')]);
  return post(url, 'multipart/form-data; boundary=edge', body, key);
}

const countLogged = ({ log }: Pick<ServerProcess, 'log'>, text: string): number =>
  log.filter((line) => line.includes(text)).length;

async function logged({ child, log, exited }: ServerProcess, text: string, times = 1): Promise<void> {
  while (countLogged({ log }, text) < times) {
    if (child.exitCode !== null) throw new Error(`the server ended without saying "${text}" ${times} times`);
    await Promise.race([exited, new Promise((resolve) => child.stdout!.once('data', resolve))]);
    // The line that this was is put into the log a turn later.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Fails when the process has ended or its engine's thread was started again. */
export async function assertUnharmed({ child, url }: Pick<FaultyServer, 'child' | 'url'>): Promise<void> {
  assert.equal(child.exitCode, null, 'the server ended');
  const { body } = await send(`${url}/metrics`, { headers: key });
  assert.match(body, /^taxon_engine_restarts_total 0$/m);
}

/** Numbers of images that the dataset `d` holds. */
export async function countImages({ admin }: Pick<FaultyServer, 'admin'>): Promise<number> {
  const { status, body } = await admin('GET', 'datasets/d');
  assert.equal(status, 200, body);
  return (JSON.parse(body) as { images: number }).images;
}
