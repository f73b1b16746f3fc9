// The TypeScript client in a real browser, without a bundler: images, shrinking, folders and trainings. Run by .ci/steps/beside/30-browser-client.sh,
// after `npm run build` and `tsc -p clients/typescript`.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { URLSearchParams } from 'node:url';
import sharp from 'sharp';
import { adminKey, startApp } from '../../dist/test/http/runningApp.js';
import { colourImage, publishTinyModel } from '../../dist/test/support/tinyModel.js';

const colours = ['red', 'green', 'blue'];
const javascript = 'text/javascript';

/** What the page may ask for. */
const files = {
  '/': () => readFile('.ci/browser-client/page.html'),
  '/client/': (name) => readFile(join('clients/typescript/dist', name)),
  '/openapi-fetch/': (name) => readFile(join('node_modules/openapi-fetch/dist', name)),
  '/eventsource-parser/': (name) => readFile(join('node_modules/eventsource-parser/dist', name)),
  '/lying.jpg': lyingImage,
  '/colour/': (name) => colourImage(name.split('-')[0], Number(name.split('-')[1])),
};

/** 1200 × 800 as it is stored, left half red; upright, it has the red above. */
async function lyingImage() {
  const red = await sharp({ create: { width: 600, height: 800, channels: 3, background: '#d01010' } })
    .png()
    .toBuffer();
  return sharp({ create: { width: 1200, height: 800, channels: 3, background: '#1010d0' } })
    .composite([{ input: red, left: 0, top: 0 }])
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
}

/** Serves the page, and gives what it sends to /result. */
function servePage(t) {
  return new Promise((resolve) => {
    let tell;
    const told = new Promise((done) => (tell = done));
    const server = createServer(async (request, response) => {
      const { pathname } = new URL(request.url, 'http://page');
      if (pathname === '/result') {
        const chunks = await request.toArray();
        response.end();
        return tell(JSON.parse(Buffer.concat(chunks).toString()));
      }
      const folder = Object.keys(files).findLast(
        (path) => pathname === path || (path !== '/' && path.endsWith('/') && pathname.startsWith(path)),
      );
      if (folder === undefined) return response.writeHead(404).end();
      const type = pathname === '/' ? 'text/html' : /\.m?js$/.test(pathname) ? javascript : 'application/octet-stream';
      response.writeHead(200, { 'content-type': type }).end(await files[folder](pathname.slice(folder.length)));
    });
    t.after(() => server.close());
    server.listen(0, '127.0.0.1', () => resolve({ origin: `http://127.0.0.1:${server.address().port}`, told }));
  });
}

test('the client classifies, shrinks, uploads, trains and follows in a browser', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'taxon-browser-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await publishTinyModel(join(folder, 'models'), 'colours', colours);
  const { origin, told } = await servePage(t);
  const { url } = await startApp({ MODELS_DIR: join(folder, 'models'), CORS_ORIGINS: origin });
  const browser = spawn(
    process.env.BROWSER,
    [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      `--user-data-dir=${join(folder, 'profile')}`,
      `${origin}/#${new URLSearchParams({ url, key: adminKey })}`,
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  t.after(async () => {
    browser.kill();
    await ended;
  });
  const result = await Promise.race([told, ended.then((code) => assert.fail(`the browser ended with ${code}`))]);
  assert.equal(result.error, undefined);
  assert.deepEqual(result.whole, { width: 800, height: 1200, classes: 3 });
  assert.deepEqual(result.shrunk, { width: 200, height: 300, red: 'above', type: 'image/jpeg' });
  assert.equal(result.small, 'as it was');
  assert.equal(result.uploaded, 36);
  assert.deepEqual([result.events.at(0), result.events.at(-1)], ['queued', 'succeeded']);
  assert.equal(result.label, 'red');
  assert.equal(result.code, 'unknown_model');
});
