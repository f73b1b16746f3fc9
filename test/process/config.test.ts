import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig, trustedProxiesOf } from '../../src/config.js';

test('an empty environment gives the defaults', () => {
  const config = loadConfig({});
  assert.deepEqual(
    [config.PORT, config.ENGINE, config.MAX_IMAGE_BYTES, config.CORS_ORIGINS],
    [3000, 'auto', 10 * 2 ** 20, []],
  );
});

test('values are parsed, lists are split, empty ones count as not set and external ones are ignored', () => {
  const config = loadConfig({
    PORT: '8080',
    CORS_ORIGINS: 'https://a.example, https://b.example',
    ENGINE: '',
    PATH: '/bin',
  });
  assert.deepEqual(
    [config.PORT, config.ENGINE, config.CORS_ORIGINS],
    [8080, 'auto', ['https://a.example', 'https://b.example']],
  );
  assert.ok(!('PATH' in config));
});

test('every problem is reported at once, with what the option is for', () => {
  assert.throws(
    () => loadConfig({ PORT: '70000', ENGINE: 'torch', MAX_QUEUE: 'many' }),
    (error) =>
      error instanceof ConfigError &&
      ['PORT', 'ENGINE', 'MAX_QUEUE'].every((name) => error.message.includes(`${name}: `)) &&
      error.message.includes('Port to listen on'),
  );
});

test('TRUST_PROXY is off, a number of proxies, or addresses and networks', () => {
  assert.equal(trustedProxiesOf(loadConfig({}).TRUST_PROXY), 'none');
  assert.equal(trustedProxiesOf(loadConfig({ TRUST_PROXY: '2' }).TRUST_PROXY), 2);
  const { TRUST_PROXY } = loadConfig({ TRUST_PROXY: '10.0.0.0/8, ::1,uniquelocal' });
  assert.deepEqual(trustedProxiesOf(TRUST_PROXY), ['10.0.0.0/8', '::1', 'uniquelocal']);
  for (const value of ['on', '0', '-1', '10.0.0.0/33', '0.0.0.0/0', '::/0', 'proxy.example', '10.0.0.1,,'])
    assert.throws(() => loadConfig({ TRUST_PROXY: value }), ConfigError, value);
});
