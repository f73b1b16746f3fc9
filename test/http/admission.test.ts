import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAdmissionHook } from '../../src/http/admission.js';
import { Exchange } from '../../src/http/exchange.js';
import { Uploads } from '../../src/http/uploads.js';
import { Admission } from '../../src/serving/admission.js';
import { Costs } from '../../src/serving/costs.js';

const admission = new Admission({ deadlineMs: 10_000, maxRequests: 10, drainPerMs: () => 0.01 });
const admit = createAdmissionHook({
  admission,
  costs: new Costs(1),
  uploads: new Uploads({ maxBytes: 1000, isPressed: () => false, onRefusal: () => undefined }),
  maxBodyBytes: 100,
});

/** A request with a body of 10 bytes. */
function arrival(query = {}) {
  const exchange = new Exchange();
  const request = {
    ip: '127.0.0.1',
    query,
    headers: { 'content-type': 'image/jpeg', 'content-length': '10' },
    raw: { socket: { bytesRead: 0 }, complete: false },
    exchange,
  } as unknown as FastifyRequest;
  return { exchange, request, reply: {} as FastifyReply };
}

test('the place of a request is free again when its exchange is over', async () => {
  const { exchange, request, reply } = arrival();
  await admit(request, reply);
  assert.equal(admission.promisedMs, 100);
  exchange.end();
  exchange.end();
  assert.equal(admission.promisedMs, 0);
});

test('a client that was gone before its request is let in takes no place', async () => {
  const { exchange, request, reply } = arrival();
  exchange.end();
  await assert.rejects(admit(request, reply), { code: 'client_closed' });
  assert.equal(admission.promisedMs, 0);
});

test('a client that leaves before its images are read takes nothing', async () => {
  const { exchange, request, reply } = arrival();
  await admit(request, reply);
  exchange.end();
  assert.throws(() => request.admitted.revise(20), { code: 'client_closed' });
  assert.equal(admission.promisedMs, 0);
});

test('what explanations cost is not expected of requests without one', async () => {
  const expected = async (query = {}): Promise<number> => {
    const { exchange, request, reply } = arrival(query);
    await admit(request, reply);
    const ms = admission.promisedMs;
    exchange.end();
    return ms;
  };
  const before = [await expected(), await expected({ explain: 'heatmap' })];
  const { exchange, request, reply } = arrival({ explain: 'heatmap' });
  await admit(request, reply);
  request.admitted.revise(30);
  exchange.end();
  assert.equal(await expected(), before[0]);
  assert.ok((await expected({ explain: 'heatmap' })) > before[1]!);
});
