// The embedded database of a server that was silent for so long that another process has taken it over.
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { seededImage } from '../support/seededImages.js';
import { adminKey, call, startApp } from './runningApp.js';

test('a server whose embedded database another process has taken over answers 503 for it, is not ready, asks to be started again, and classifies all the same', async () => {
  const { url, dataDir } = await startApp();
  const datasets = () => call(`${url}/v1/admin/datasets`, { headers: { 'x-api-key': adminKey } });
  assert.equal((await datasets()).status, 200);
  for (const path of ['/health/ready', '/health/live', '/v2/health/live'])
    assert.equal((await call(`${url}${path}`)).status, 200);

  await writeFile(join(dataDir, 'db.lock'), 'of another process');
  while ((await datasets()).status === 200) await sleep(100);

  const lost = await datasets();
  assert.deepEqual([lost.status, lost.body['code']], [503, 'database_unavailable']);
  assert.match(String(lost.body['detail']), /another process has taken over the embedded database/);
  for (const path of ['/health/ready', '/v2/health/ready']) {
    const { status, body } = await call(`${url}${path}`);
    assert.deepEqual([status, body['code']], [503, 'not_ready'], path);
    assert.match(String(body['detail']), /another process has taken over the embedded database.* restarted/);
  }
  // Nothing but a restart helps: an orchestrator does that when the process is not alive.
  for (const path of ['/health/live', '/v2/health/live']) {
    const { status, body } = await call(`${url}${path}`);
    assert.deepEqual([status, body['code']], [503, 'database_unavailable'], path);
  }
  const classified = await call(`${url}/v1/classify`, {
    method: 'POST',
    body: new Uint8Array(await seededImage(1)),
    headers: { 'content-type': 'image/jpeg' },
  });
  assert.equal(classified.status, 200);
});
