import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent, request } from 'undici';
import { allowPublic, createGuardedConnector } from '../../src/publicAddresses.js';
import { startReceiver } from '../support/webhookReceiver.js';

test('public addresses are allowed, and no others, however they are written', () => {
  const isAllowed = allowPublic([]);
  for (const address of ['93.184.215.14', '8.8.8.8', '172.32.0.1', '2606:2800:21f:cb07::1', '::ffff:8.8.8.8'])
    assert.equal(isAllowed(address), true, address);
  for (const address of [
    '127.0.0.1',
    '127.8.9.1',
    '0.0.0.0',
    '10.0.0.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    'fe80::1',
    'fe80::1%eth0',
    'fd12::1',
    'ff02::1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '2001:db8::1',
  ])
    assert.equal(isAllowed(address), false, address);
});

test('networks that the operator names are allowed as well', () => {
  const isAllowed = allowPublic(['10.1.0.0/16', 'fd00::/8']);
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', 'fd12::1', '8.8.8.8']) assert.equal(isAllowed(address), true);
  for (const address of ['10.2.0.1', 'fe80::1', '127.0.0.1', '::1']) assert.equal(isAllowed(address), false);
});

const get = async (url: string, networks: readonly string[]): Promise<number> => {
  const dispatcher = new Agent({
    connect: createGuardedConnector({ isAllowed: allowPublic(networks), timeoutMs: 10_000 }),
  });
  try {
    const { statusCode, body } = await request(url, { dispatcher });
    await body.dump();
    return statusCode;
  } finally {
    await dispatcher.destroy();
  }
};

test('no connection is made to an address that is not allowed, given as it is, in disguise, or by a name that resolves to it', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const { port } = new URL(receiver.url);
  for (const host of ['127.0.0.1', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]', 'localhost'])
    await assert.rejects(get(`http://${host}:${port}/`, []), { name: 'PrivateAddressError' }, host);
  assert.equal(receiver.received.length, 0);
});

test('allowed addresses are connected to, by number and by name', async (t) => {
  const receiver = await startReceiver(t, (response) => response.end());
  const { port } = new URL(receiver.url);
  assert.equal(await get(`http://127.0.0.1:${port}/`, ['127.0.0.0/8']), 200);
  assert.equal(await get(`http://localhost:${port}/`, ['127.0.0.0/8']), 200);
  assert.equal(receiver.received.length, 2);
});
