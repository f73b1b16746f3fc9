// Which address a request counts as coming from, behind proxies and without any.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { FastifyPluginAsync } from 'fastify';
import type { TrustedProxies } from '../../src/config.js';
import { buildServer } from '../../src/http/server.js';
import { silent } from '../support/databases.js';

const tellClient: FastifyPluginAsync = async (app) => {
  app.get('/', async ({ ip, protocol }) => ({ ip, protocol }));
};

/** What a server that trusts `trustedProxies` takes for the client of a request with `headers`, sent from 127.0.0.1. */
async function clientOf(trustedProxies: TrustedProxies, headers: Record<string, string>): Promise<unknown> {
  const server = await buildServer({
    logger: silent,
    corsOrigins: [],
    trustedProxies,
    maxBodyBytes: 1000,
    maxImageBytes: 1000,
    maxImages: 32,
    uploadTimeoutMs: 1000,
    observe: () => undefined,
    routes: [tellClient],
  });
  after(() => server.close());
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  return (await fetch(url, { headers })).json();
}

const forwarded = { 'x-forwarded-for': '203.0.113.9, 198.51.100.7', 'x-forwarded-proto': 'https' };

test('what a client says of itself is ignored where no proxy is trusted, and where the client is not one of them', async () => {
  for (const proxies of ['none', ['10.0.0.0/8']] as const)
    assert.deepEqual(await clientOf(proxies, forwarded), { ip: '127.0.0.1', protocol: 'http' });
});

test('a trusted proxy names the client and how it came; what the client wrote before that does not count', async () => {
  for (const proxies of [1, ['127.0.0.1'], ['loopback'], ['127.0.0.0/8']] as const)
    assert.deepEqual(await clientOf(proxies, forwarded), { ip: '198.51.100.7', protocol: 'https' });
});

test('two proxies in a row name the client before them', async () => {
  for (const proxies of [2, ['loopback', '198.51.100.0/24']] as const)
    assert.deepEqual(await clientOf(proxies, forwarded), { ip: '203.0.113.9', protocol: 'https' });
});
