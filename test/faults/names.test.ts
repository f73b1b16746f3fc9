// Names that a file system, a log, a database or JavaScript itself could misread.
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { post, send } from '../support/faults/client.js';
import { assertUnharmed, key, postFile, startFaultyServer } from '../support/faults/server.js';
import { Tally } from '../support/faults/tally.js';
import { colourImage } from '../support/tinyModel.js';

const preload = new URL('../support/faults/logInherited.js', import.meta.url);
const server = await startFaultyServer({ after }, {}, { preload });
const image = await colourImage('red', 1);
await server.createDataset();

const tricks = [
  '..',
  '.',
  '...',
  '../../etc/passwd',
  '..\\..\\windows\\win.ini',
  '/etc/passwd',
  'C:\\boot.ini',
  'C:',
  '\\\\host\\share',
  'a/../../b',
  '%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '..%c0%af..%c0%afetc',
  '．．／etc',
  '‥/etc',
  'con',
  'nul.png',
  'a\u0000.png',
  'a\r\nSet-Cookie: x=1',
  '\u202egnp.exe',
  '\ufeffname',
  'e\u0301',
  '\u00e9',
  '\ud800',
  '𝔫𝔞𝔪𝔢',
  'ﬁ',
  '😀'.repeat(60),
  ' ',
  '',
  'a'.repeat(5_000),
  "'; DROP TABLE datasets; --",
  '<script>alert(1)</script>',
  '${7*7}{{7*7}}%n%s',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
];
const inUrl = (name: string): string => {
  try {
    return encodeURIComponent(name);
  } catch {
    return '%ED%A0%80';
  }
};

test('a trick in a name is stored as it is or refused, wherever a name can be given', async (t) => {
  const tally = new Tally();
  const { url } = server;
  const outside = (await readdir(join(server.dataDir, '..'))).sort();
  for (const name of tricks) {
    const text = inUrl(name);
    const what = JSON.stringify(name).slice(0, 60);
    const json = { ...key, 'content-type': 'application/json' };
    const call = async (method: string, path: string, body?: string): Promise<void> => {
      const headers = body === undefined ? key : json;
      tally.add(await send(url + path, { method, headers, ...(body !== undefined && { body }) }), `${method} ${what}`);
    };
    await call('PUT', `/v1/admin/datasets/${text}`);
    await call('GET', `/v1/admin/datasets/${text}/images`);
    await call('GET', `/v1/models/${text}`);
    await call('GET', `/v1/models/colours/versions/${text}`);
    await call('GET', `/v1/admin/trainings/${text}`);
    await call('GET', `/v2/models/${text}`);
    await call('DELETE', `/v1/admin/keys/${text}`);
    await call('POST', '/v1/admin/keys', JSON.stringify({ name, scopes: ['classify'] }));
    await call('POST', '/v1/admin/retrain', JSON.stringify({ dataset: name, model: name }));
    await call('POST', '/v1/admin/retrain', JSON.stringify({ dataset: 'd', model: name, backbone: name }));
    tally.add(await post(`${url}/v1/classify?model=${text}`, 'image/png', image), `model ${what}`);
    tally.add(await post(`${url}/v1/feedback?label=${text}`, 'image/png', image), `feedback ${what}`);
    tally.add(await postFile(`${url}/v1/admin/datasets/d/images?label=${text}`, 'a.png', image), `label ${what}`);
    tally.add(
      await postFile(`${url}/v1/admin/datasets/d/images?label=hat`, name.replaceAll(/[\r\n"]/g, '_'), image),
      `file name ${what}`,
    );
    tally.add(await send(`${url}/${text}`, {}), `path ${what}`);
    tally.add(await send(`${url}/docs/${text}`, {}), `docs ${what}`);
    tally.add(await send(`${url}/docs/static/${text}`, {}), `docs ${what}`);
  }
  tally.add(await server.admin('GET', 'datasets/d'), 'statistics');
  tally.add(await server.admin('GET', 'datasets/d/export'), 'export');
  assert.deepEqual((await readdir(join(server.dataDir, '..'))).sort(), outside, 'a file outside the data directory');
  await assertUnharmed(server);
  tally.report(t, 'path and Unicode tricks in names');
});

test('a name that means something to JavaScript is an ordinary label, and changes no object', async (t) => {
  const tally = new Tally();
  const { url } = server;
  await server.admin('PUT', 'datasets/p');
  const labels = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
  for (const [seed, label] of labels.entries()) {
    const reply = await postFile(
      `${url}/v1/admin/datasets/p/images?label=${label}`,
      `${label}.png`,
      await colourImage('blue', seed + 50),
    );
    assert.equal(tally.add(reply, label).status, 201);
  }
  const { classes } = JSON.parse((await server.admin('GET', 'datasets/p')).body) as {
    classes: { label: string; total: number }[];
  };
  assert.deepEqual(
    classes.map(({ label, total }) => `${label} ${total}`).sort(),
    labels.map((label) => `${label} 1`).sort(),
  );

  const polluting = [
    '{"__proto__":{"polluted":1},"dataset":"p","model":"m"}',
    '{"constructor":{"prototype":{"polluted":1}},"dataset":"p","model":"m"}',
    '{"dataset":"p","model":"m","hyperparameters":{"__proto__":{"polluted":1}}}',
    '{"dataset":"p","model":"m","hyperparameters":{"constructor":{"prototype":{"polluted":1}}}}',
  ];
  for (const body of polluting)
    for (const path of ['/v1/admin/retrain', '/v1/admin/keys', '/v1/classify', '/v2/models/colours/infer'])
      tally.add(await post(url + path, 'application/json', body, key), `${path} ${body}`);
  for (const query of ['__proto__[polluted]=1', '__proto__.polluted=1', 'constructor[prototype][polluted]=1'])
    tally.add(await post(`${url}/v1/classify?${query}`, 'image/png', image), query);
  for (const field of ['__proto__', 'constructor', 'image[__proto__]', 'toString']) {
    const head = `Content-Disposition: form-data; name="${field}"`;
    const body = `--b\r\n${head}\r\n\r\nx\r\n--b--\r\n`;
    tally.add(await post(`${url}/v1/classify`, 'multipart/form-data; boundary=b', body), `field ${field}`);
    tally.add(await post(`${url}/v1/feedback`, 'multipart/form-data; boundary=b', body), `field ${field}`);
  }
  server.child.kill('SIGUSR2');
  await server.logged('every object inherits');
  assert.deepEqual(
    server.log.filter((line) => line.startsWith('every object inherits')),
    ['every object inherits []'],
  );
  await assertUnharmed(server);
  tally.report(t, 'prototype pollution');
});
