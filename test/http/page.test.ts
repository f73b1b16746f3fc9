// The page's files: what is sent, compressed, cached and forbidden. test/page drives it in a browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startApp } from './runningApp.js';

const { url } = await startApp();

const assetsOf = (html: string): string[] =>
  [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, path]) => path!);

test('/ is the page, asked for anew each time, and may load nothing but itself', async () => {
  const answer = await fetch(`${url}/`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type')!, /^text\/html/);
  assert.equal(answer.headers.get('cache-control'), 'no-cache');
  const policy = answer.headers.get('content-security-policy')!;
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
});

test('its assets are compressed and may be kept forever', async () => {
  const assets = assetsOf(await (await fetch(`${url}/`)).text());
  assert.ok(assets.length >= 2, 'a script and a style');
  for (const path of assets) {
    const answer = await fetch(`${url}/${path}`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-encoding'), 'br');
    assert.match(answer.headers.get('cache-control')!, /immutable/);
  }
});

test('the first load has less than 150 KB', async () => {
  const html = await fetch(`${url}/`, { headers: { 'accept-encoding': 'br' } });
  const sizes = await Promise.all(
    assetsOf(await html.text()).map(async (path) => {
      const answer = await fetch(`${url}/${path}`, { headers: { 'accept-encoding': 'br' } });
      return Number(answer.headers.get('content-length'));
    }),
  );
  assert.ok(sizes.every((size) => size > 0));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total < 150_000, `${total} bytes`);
});

test('other addresses stay the API’s: unknown ones are its 404, in its format', async () => {
  for (const path of ['/index.htm', '/assets/none.js', '/../package.json', '/versions']) {
    const answer = await fetch(`${url}${path}`);
    assert.equal(answer.status, 404);
    assert.match(answer.headers.get('content-type')!, /^application\/problem\+json/);
  }
});
