// A server of its own for the retraining benches: a copy of the models, an empty data directory, and the admin calls they need.
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { startServer, type ServerProcess } from './process.js';

const adminKey = 'an-admin-key-for-benches';

export interface LabelledFile {
  readonly label: string;
  readonly file: string;
}

export interface TrainingRecord {
  readonly id: string;
  readonly state: string;
  readonly stage: string | null;
  readonly version: number | null;
  readonly metrics: {
    readonly accuracy: number;
    readonly seconds: Readonly<Record<string, number>>;
    readonly calibrationError: { readonly before: number; readonly after: number };
    readonly fit: { readonly options: Readonly<Record<string, unknown>> };
  } | null;
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export interface RetrainServer {
  readonly process: ServerProcess;
  readonly url: string;
  readonly dataDir: string;
  readonly modelsDir: string;
  /** Of an admin. */
  readonly headers: Readonly<Record<string, string>>;
  /** An admin call whose answer is JSON. Throws on any status of 400 or more. */
  admin<T>(method: string, path: string, body?: unknown): Promise<T>;
  upload(dataset: string, files: readonly LabelledFile[], split?: string): Promise<void>;
  /** Retrains and follows the events to the end; gives the record. `onActivated` is called as soon as the new version answers. */
  retrain(request: Readonly<Record<string, unknown>>, onActivated?: () => Promise<void>): Promise<TrainingRecord>;
  stop(): Promise<void>;
}

/** Every image of a folder of class folders, class by class in turn, so that any beginning of the list has all classes. */
export async function listClasses(folder: string): Promise<LabelledFile[]> {
  const labels = (await readdir(folder)).sort();
  const groups = await Promise.all(
    labels.map(async (label) =>
      (await readdir(join(folder, label))).sort().map((name) => ({ label, file: join(folder, label, name) })),
    ),
  );
  const longest = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => groups.flatMap((group) => group[i] ?? [])).flat();
}

const uploadBatch = 20;

/** `models`: the directory to copy. `prepare` may add to the copy before the server starts. */
export async function startRetrainServer(
  models: string,
  env: Readonly<Record<string, string>> = {},
  prepare: (modelsDir: string) => Promise<unknown> = async () => undefined,
): Promise<RetrainServer> {
  const root = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
  const [dataDir, modelsDir] = [join(root, 'data'), join(root, 'models')];
  await cp(models, modelsDir, { recursive: true });
  await prepare(modelsDir);
  const settings = {
    PORT: '0',
    HOST: '127.0.0.1',
    LOG_LEVEL: 'info',
    DATA_DIR: dataDir,
    MODELS_DIR: modelsDir,
    BUNDLED_MODELS_DIR: 'none',
    CACHE_DIR: resolve('.cache/bench'),
    ADMIN_API_KEY: adminKey,
    ...env,
  };
  const server = await startServer('dist/src/main.js', [], settings);
  const headers = { authorization: `Bearer ${adminKey}` };

  const admin = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const json =
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json' } };
    const response = await fetch(`${server.url}/v1/admin/${path}`, { method, headers, ...json });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  const uploadSome = async (
    dataset: string,
    label: string,
    files: readonly string[],
    split?: string,
  ): Promise<void> => {
    const form = new FormData();
    for (const file of files) form.append('image', new Blob([await readFile(file)]), file);
    const query = new URLSearchParams({ label, ...(split !== undefined && { split }) });
    const response = await fetch(`${server.url}/v1/admin/datasets/${dataset}/images?${query.toString()}`, {
      method: 'POST',
      headers,
      body: form,
    });
    if (response.status !== 201) throw new Error(`upload: ${response.status} ${(await response.text()).slice(0, 500)}`);
    await response.body?.cancel();
  };

  return {
    process: server,
    url: server.url,
    dataDir,
    modelsDir,
    headers,
    admin,
    upload: async (dataset, files, split) => {
      for (const label of new Set(files.map((file) => file.label))) {
        const own = files.filter((file) => file.label === label).map(({ file }) => file);
        for (let i = 0; i < own.length; i += uploadBatch)
          await uploadSome(dataset, label, own.slice(i, i + uploadBatch), split);
      }
    },
    retrain: async (request, onActivated) => {
      const { id } = await admin<TrainingRecord>('POST', 'retrain', request);
      const events = await fetch(`${server.url}/v1/admin/trainings/${id}/events`, { headers });
      const messages = events.body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { event } of messages) if (event === 'activated') await onActivated?.();
      return admin<TrainingRecord>('GET', `trainings/${id}`);
    },
    stop: async () => {
      await server.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** The most probable label and the version that gave it. */
export async function classify(
  url: string,
  query: string,
  file: string,
): Promise<{ label: string; version: number; text: string }> {
  const response = await fetch(`${url}/v1/classify?${query}`, {
    method: 'POST',
    body: await readFile(file),
    headers: { 'content-type': 'image/jpeg' },
  });
  if (!response.ok) throw new Error(`classify: ${response.status} ${await response.text()}`);
  const { model, results } = (await response.json()) as {
    model: { version: number };
    results: { predictions: { label: string }[] }[];
  };
  return {
    label: results[0]!.predictions[0]!.label,
    version: model.version,
    text: JSON.stringify(results[0]!.predictions),
  };
}
