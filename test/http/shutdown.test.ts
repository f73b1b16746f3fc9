import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { startApp } from './runningApp.js';

const heads: Readonly<Record<string, string>> = {
  nothing: '',
  'half a head': 'POST /v1/classify HTTP/1.1\r\nHost: ta',
  'half a body':
    'POST /v1/classify HTTP/1.1\r\nHost: taxon\r\nContent-Type: image/png\r\nContent-Length: 1000\r\n\r\nhalf',
};

for (const [name, sent] of Object.entries(heads))
  test(`a client that has sent ${name} and says no more does not hold the shutdown up`, async () => {
    const { app, url } = await startApp();
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(sent);
    await (await fetch(`${url}/health/live`)).text();
    const closed = once(socket.resume(), 'close');
    await app.close();
    await closed;
    assert.ok(socket.destroyed);
  });
