// docs/reverse-proxy.md, "The admin key is lost": its steps, with processes of their own.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { newDirectory, pglite } from '../support/databases.js';
import { startServerProcess } from '../support/serverProcess.js';

interface Key {
  readonly id: string;
  readonly name: string;
}

async function start(t: TestContext, env: Readonly<Record<string, string>>) {
  const { child, exited, url } = startServerProcess({ LOG_LEVEL: 'info', ...env });
  t.after(() => child.kill('SIGKILL'));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    assert.equal(await exited, 0);
  };
  const keys = (key: string, path = '', method = 'GET') =>
    url.then((address) =>
      fetch(`${address}/v1/admin/keys${path}`, { method, headers: { authorization: `Bearer ${key}` } }),
    );
  const names = async (key: string): Promise<string[]> => (await listOf(await keys(key))).map(({ name }) => name);
  return { exited, url, stop, keys, names };
}

const listOf = async (answer: Response): Promise<Key[]> => ((await answer.json()) as { keys: Key[] }).keys;

test('whoever lost the admin key restarts with ADMIN_API_KEY, ends the lost one, and keeps the new one', async (t) => {
  const DATA_DIR = await newDirectory(t);
  await pglite.prepare(DATA_DIR);
  const ours = 'a-key-that-was-made-now';
  const first = await start(t, { DATA_DIR });
  assert.ok(await first.url);

  const second = await start(t, { DATA_DIR, ADMIN_API_KEY: ours });
  assert.equal(await second.exited, 1, 'not beside the running server, whose database it is');
  assert.equal((await first.keys(ours)).status, 401);
  await first.stop();

  const restarted = await start(t, { DATA_DIR, ADMIN_API_KEY: ours });
  const keys = await listOf(await restarted.keys(ours));
  assert.deepEqual(keys.map(({ name }) => name).sort(), ['ADMIN_API_KEY', 'first admin key']);
  const lost = keys.find(({ name }) => name === 'first admin key')!;
  assert.equal((await restarted.keys(ours, `/${lost.id}`, 'DELETE')).status, 204);
  await restarted.stop();

  const later = await start(t, { DATA_DIR });
  assert.deepEqual(await later.names(ours), ['ADMIN_API_KEY']);
  await later.stop();

  const replaced = await start(t, { DATA_DIR, ADMIN_API_KEY: 'another-key-made-later' });
  assert.deepEqual(await replaced.names('another-key-made-later'), ['ADMIN_API_KEY']);
  assert.equal((await replaced.keys(ours)).status, 401);
  await replaced.stop();
});
