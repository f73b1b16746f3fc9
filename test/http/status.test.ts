import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { colourImage, publishTinyModel } from '../support/tinyModel.js';
import { adminKey, call, startApp } from './runningApp.js';

interface Percentiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}
interface Status {
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly notReady: string | null;
  readonly models: ReadonlyArray<{ name: string; activeVersion: number; precision: { name: string } }>;
  readonly recent: { images: number; imagesPerSecond: number; milliseconds: Record<string, Percentiles> | null };
  readonly queue: { images: number; refused: number };
  readonly trainings: unknown;
  readonly memory: { processBytes: number; machineBytes: number };
  readonly disks: Record<string, { bytes: number; availableBytes: number }>;
  readonly database: { kind: string; outage: string | null };
}

const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
after(() => rm(modelsDir, { recursive: true, force: true }));
await publishTinyModel(modelsDir, 'colours', ['red', 'blue']);
const { url } = await startApp({ MODELS_DIR: modelsDir });

const statusWith = (key: string) =>
  call<Status>(`${url}/v1/admin/status`, { headers: { authorization: `Bearer ${key}` } });

async function newKey(scope: string): Promise<string> {
  const { body } = await call<{ key: string }>(`${url}/v1/admin/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: scope, scopes: [scope] }),
  });
  return body.key;
}

test('the status tells what a person wants to know of a server, now and in the last minute', async () => {
  const idle = (await statusWith(adminKey)).body;
  assert.deepEqual([idle.recent.images, idle.recent.milliseconds, idle.notReady], [0, null, null]);
  const init = { method: 'POST', headers: { 'content-type': 'image/png' } };
  for (let i = 0; i < 3; i++) {
    const body = new Uint8Array(await colourImage('red', i));
    assert.equal((await fetch(`${url}/v1/classify`, { ...init, body })).status, 200);
  }
  const { body: status } = await statusWith(adminKey);
  assert.equal(status.recent.images, 3);
  assert.ok(status.recent.imagesPerSecond > 0);
  const { queue, total } = status.recent.milliseconds!;
  assert.ok(queue!.p50 <= total!.p50 && total!.p50 <= total!.p95 && total!.p95 <= total!.p99);
  assert.deepEqual(
    status.models.map(({ name, activeVersion, precision }) => [name, activeVersion, precision.name]),
    [['colours', 1, 'fp32']],
  );
  assert.deepEqual([status.queue.images, status.queue.refused, status.trainings], [0, 0, { queued: 0, running: 0 }]);
  assert.deepEqual(status.database, { kind: 'embedded', outage: null });
  assert.ok(status.uptimeSeconds > 0 && status.memory.processBytes < status.memory.machineBytes);
  for (const disk of [status.disks['data']!, status.disks['models']!])
    assert.ok(disk.availableBytes > 0 && disk.availableBytes <= disk.bytes);
});

test('who may read /metrics may read the status, and who trains may not', async () => {
  assert.equal((await statusWith(await newKey('metrics'))).status, 200);
  assert.equal((await statusWith(await newKey('train'))).status, 403);
});
