// What reaches the log: one JSON object a line whatever a client sends, and no key at all.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { exchange, post, send } from '../support/faults/client.js';
import { adminKey, environmentOf, key, makePlaces, postFile, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';
import { startServerProcess } from '../support/serverProcess.js';
import { colourImage } from '../support/tinyModel.js';

const forged = '{"level":60,"msg":"forged"}';

test('no client can write a line of the log, and the log of a whole run holds none of the keys that were used', async (t) => {
  const server = await startFaultyServer(t, { LOG_LEVEL: 'trace', AUTH: 'required' });
  const { url } = server;
  const image = await colourImage('red', 1);
  const tally = new Tally();
  const secrets = [adminKey, 'taxon_a-key-that-is-not-known-at-all', 'a-password-of-somebody'];
  const made = await server.admin('POST', 'keys', { name: 'till', scopes: ['classify'] });
  secrets.push((JSON.parse(made.body) as { key: string }).key);

  await server.createDataset();
  for (const secret of secrets)
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { authorization: secret },
      { authorization: `Basic ${Buffer.from(`user:${secret}`).toString('base64')}` },
      { 'x-api-key': secret },
      { cookie: `session=${secret}` },
    ]) {
      tally.add(await post(`${url}/v1/classify`, 'image/png', image, headers), 'a classification');
      tally.add(await post(`${url}/v1/classify`, 'image/png', 'no image', headers), 'no image');
      tally.add(await send(`${url}/v1/admin/keys`, { headers }), 'keys');
      tally.add(await send(`${url}/v1/nothing`, { headers }), 'nothing');
    }
  for (const secret of secrets) tally.add(await send(`${url}/v1/models?key=${secret}`, { headers: key }), 'a query');

  const lines = `\n${forged}\r\n${forged}`;
  tally.add(await send(`${url}/v1/models/${encodeURIComponent(lines)}`, { headers: key }), 'a path');
  tally.add(await post(`${url}/v1/classify?model=${encodeURIComponent(lines)}`, 'image/png', image, key), 'a model');
  tally.add(await postFile(`${url}/v1/admin/datasets/d/images?label=hat`, 'a\u2028\u001b[31m.png', image), 'a name');
  tally.add(await send(`${url}/`, { headers: { 'x-request-id': forged, ...key } }), 'a request id');
  tally.add(await server.admin('POST', 'keys', { name: lines, scopes: ['classify'] }), 'a name of a key');
  for (const head of [`GET /\u001b[2J HTTP/1.1`, `GET / HTTP/1.1\r\nUser-Agent: \u001b]0;owned\u0007`])
    for (const reply of await exchange(url, `${head}\r\nHost: taxon\r\nX-Api-Key: ${secrets[1]!}\r\n\r\n`, 500))
      tally.add(reply, 'an escape sequence');

  const closed = once(server.child, 'close');
  server.child.kill('SIGTERM');
  assert.deepEqual(await closed, [0, null]);
  assert.ok(server.log.length > 60, 'the log is there');
  const hidden = secrets.flatMap((secret) => [secret, Buffer.from(`user:${secret}`).toString('base64')]);
  assert.deepEqual(
    [...server.log, ...server.errors].filter((line) => hidden.some((secret) => line.includes(secret))),
    [],
    'lines with a key in them',
  );
  for (const line of server.log) {
    const { level, msg } = JSON.parse(line) as { level: number; msg?: string };
    assert.ok(level < 60 && msg !== 'forged', line);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }
  for (const line of server.errors) {
    assert.ok(!line.includes('forged'), line);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }
  tally.report(t, 'log injection, secrets in logs');
});

test('the password of a database that cannot be reached is not in the log', async (t) => {
  const DATABASE_URL = 'postgres://taxon:a-password-of-the-database@127.0.0.1:1/taxon';
  const { child, log, errors } = startServerProcess({ ...environmentOf(await makePlaces(t)), DATABASE_URL });
  t.after(() => child.kill('SIGKILL'));
  assert.deepEqual(await once(child, 'close'), [1, null]);
  assert.match(log.join('\n'), /database/);
  assert.doesNotMatch([...log, ...errors].join('\n'), /a-password-of-the-database/);
});
