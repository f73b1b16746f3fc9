// A classifier that is trained again and again, and in the end the count of what became of each training that was acknowledged.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LabelledFile, TrainingRecord } from '../retrainServer.js';

export interface KeepTrainingOptions {
  readonly url: string;
  readonly key: string;
  readonly model: string;
  /** The first training learns from `first` of them, each further one from `more` more. */
  readonly files: readonly LabelledFile[];
}

export interface TrainingCount {
  readonly asked: number;
  readonly succeeded: number;
  /** With a reason. */
  readonly failed: number;
  /** Neither succeeded nor told why not. */
  readonly lost: number;
  /** Versions beyond one for each training. */
  readonly twice: number;
  readonly activations: number;
}

const [first, more] = [120, 10];
const patienceMs = 180_000;

/** Trains a first version, then goes on until it is stopped. Calls that fail are made again with the same idempotency key. */
export async function keepTraining({ url, key, model, files }: KeepTrainingOptions): Promise<{
  stop: () => Promise<TrainingCount>;
}> {
  const call = async <T>(method: string, path: string, init: { body?: string | FormData; type?: string } = {}) => {
    const once = randomUUID();
    const headers = {
      authorization: `Bearer ${key}`,
      ...(method === 'POST' && { 'idempotency-key': once }),
      ...(init.type !== undefined && { 'content-type': init.type }),
    };
    const endsAt = Date.now() + patienceMs;
    for (;;) {
      try {
        const signal = AbortSignal.timeout(40_000);
        const response = await fetch(`${url}/v1/${path}`, {
          method,
          headers,
          signal,
          ...(init.body !== undefined && { body: init.body }),
        });
        const text = await response.text();
        if (response.ok) return JSON.parse(text) as T;
        if (response.status < 500 && response.status !== 429 && response.status !== 409)
          throw new Error(`${method} ${path}: ${response.status} ${text}`, { cause: 'refused' });
        throw new Error(`${method} ${path}: ${response.status} ${text}`);
      } catch (error) {
        if ((error as Error).cause === 'refused' || Date.now() > endsAt) throw error;
        await sleep(500);
      }
    }
  };
  const upload = async (chosen: readonly LabelledFile[]): Promise<void> => {
    for (const label of new Set(chosen.map((file) => file.label))) {
      const form = new FormData();
      for (const { file } of chosen.filter((one) => one.label === label))
        form.append('image', new Blob([await readFile(file)]), file.split('/').at(-1));
      await call('POST', `admin/datasets/${model}/images?label=${encodeURIComponent(label)}`, { body: form });
    }
  };
  const ids: string[] = [];
  const train = async (): Promise<void> => {
    const body = JSON.stringify({ dataset: model, model, activate: 'always' });
    const { id } = await call<TrainingRecord>('POST', 'admin/retrain', { body, type: 'application/json' });
    ids.push(id);
    const endsAt = Date.now() + patienceMs;
    while (Date.now() < endsAt) {
      const { state } = await call<TrainingRecord>('GET', `admin/trainings/${id}`);
      if (state !== 'queued' && state !== 'running') return;
      await sleep(1_000);
    }
  };

  await call('PUT', `admin/datasets/${model}`);
  await upload(files.slice(0, first));
  await train();
  const stopping = new AbortController();
  const going = (async () => {
    for (let next = first; !stopping.signal.aborted && next < files.length; next += more) {
      await upload(files.slice(next, next + more));
      await train();
      await sleep(2_000);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await going;
      const records = await Promise.all(ids.map((id) => call<TrainingRecord>('GET', `admin/trainings/${id}`)));
      const { versions } = await call<{ versions: { version: number }[] }>('GET', `models/${model}`);
      const succeeded = records.filter(({ state }) => state === 'succeeded');
      const told = records.filter(({ state, error }) => state === 'failed' && error !== null);
      return {
        asked: ids.length,
        succeeded: succeeded.length,
        failed: told.length,
        lost: ids.length - succeeded.length - told.length,
        twice: versions.length - succeeded.length,
        activations: new Set(succeeded.map(({ version }) => version)).size,
      };
    },
  };
}
