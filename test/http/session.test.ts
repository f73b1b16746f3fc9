// Signing in by link and GET /v1/session on running servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, call, startApp } from './runningApp.js';

interface Session {
  readonly keyId: string | null;
  readonly scopes: readonly string[];
  readonly auth: string;
  readonly version: string | null;
}
interface Created {
  readonly id: string;
  readonly key: string;
  readonly name: string;
  readonly expiresAt: string;
  readonly code: string;
}

const { app, url } = await startApp({ TRUST_PROXY: 'loopback', KEY_GUESS_LIMIT: '3' });
const closed = await startApp({ AUTH: 'required' });

const sessionOf = async (address: string, key?: string) =>
  call<Session>(`${address}/v1/session`, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } });
const signIn = (token: unknown, client = '192.0.2.1') =>
  call<Created>(`${url}/v1/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': client },
    body: JSON.stringify({ token }),
  });

test('a link signs in once, with a key that may do everything, ends by itself and can be revoked', async () => {
  const token = app.issueSignIn();
  const { status, headers, body: created } = await signIn(token);
  assert.deepEqual([status, headers.get('cache-control')], [201, 'no-store']);
  const days = (Date.parse(created.expiresAt) - Date.now()) / 86_400_000;
  assert.ok(days > 29.9 && days <= 30);
  const session = await sessionOf(url, created.key);
  assert.deepEqual([session.status, session.body.keyId], [200, created.id]);
  assert.deepEqual([...session.body.scopes].sort(), ['admin', 'classify', 'metrics', 'train']);
  const again = await signIn(token, '192.0.2.2');
  assert.deepEqual([again.status, again.body.code], [401, 'unauthorized']);
  const headersOfKey = { authorization: `Bearer ${created.key}` };
  const revoked = await fetch(`${url}/v1/admin/keys/${created.id}`, { method: 'DELETE', headers: headersOfKey });
  assert.equal(revoked.status, 204);
  assert.deepEqual((await sessionOf(url, created.key)).body.keyId, null);
});

test('two requests with one link at the same time make one key', async () => {
  const token = app.issueSignIn();
  await Promise.all([signIn(token), signIn(token), signIn(token, '192.0.2.3')]);
  const { body } = await call<{ keys: { name: string }[] }>(`${url}/v1/admin/keys`, {
    headers: { authorization: `Bearer ${adminKey}` },
  });
  assert.equal(body.keys.filter(({ name }) => name.startsWith('page')).length, 1);
});

test('guesses of a token are slowed as those of keys are', async () => {
  const client = '192.0.2.4';
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await signIn(`guess-${i}`, client)).status);
  assert.deepEqual(statuses, [401, 401, 401, 429]);
  const token = app.issueSignIn();
  assert.equal((await signIn(token, client)).status, 429, 'and a right one is not told apart');
  assert.equal((await signIn(token, '192.0.2.5')).status, 201);
  assert.equal((await signIn(5)).status, 400);
});

test('a session says what the caller may do, whatever key was sent', async () => {
  const open = await sessionOf(url);
  assert.deepEqual(open.body, { keyId: null, scopes: ['classify'], auth: 'open', version: open.body.version });
  assert.match(open.body.version!, /^\d+\.\d+\.\d+/);
  const required = await sessionOf(closed.url, 'taxon_wrong');
  assert.deepEqual(
    [required.status, required.body],
    [200, { keyId: null, scopes: [], auth: 'required', version: null }],
  );
  assert.ok((await sessionOf(closed.url, adminKey)).body.scopes.includes('admin'));
});

test('keys are not guessed faster by asking for the session', async () => {
  const guess = (key: string) =>
    call(`${url}/v1/session`, { headers: { authorization: `Bearer ${key}`, 'x-forwarded-for': '192.0.2.6' } });
  const statuses = [];
  for (let i = 0; i < 4; i++) statuses.push((await guess(`guess-${i}`)).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
});
