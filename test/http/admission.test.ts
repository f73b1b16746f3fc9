import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createAdmissionHook } from '../../src/http/admission.js';
import { Uploads } from '../../src/http/uploads.js';
import { Admission } from '../../src/serving/admission.js';
import { Costs } from '../../src/serving/costs.js';

const admission = new Admission({ deadlineMs: 10_000, maxRequests: 10, drainPerMs: () => 0.01 });
const admit = createAdmissionHook({
  admission,
  costs: new Costs(1),
  uploads: new Uploads({ maxBytes: 1000, isPressed: () => false }),
  maxBodyBytes: 100,
});

/** A request with a body of 10 bytes, on a connection that may have closed already. */
function arrival(destroyed = false) {
  const raw = Object.assign(new EventEmitter(), { destroyed });
  const request = {
    ip: '127.0.0.1',
    headers: { 'content-type': 'image/jpeg', 'content-length': '10' },
    raw: { socket: { bytesRead: 0 }, complete: false },
  };
  return { raw, request: request as unknown as FastifyRequest, reply: { raw } as unknown as FastifyReply };
}

test('the place of a request is free again when its answer has closed', async () => {
  const { raw, request, reply } = arrival();
  await admit(request, reply);
  assert.equal(admission.promisedMs, 100);
  raw.emit('close');
  assert.equal(admission.promisedMs, 0);
});

test('a client that was gone before its request is let in takes no place', async () => {
  const { request, reply } = arrival(true);
  await assert.rejects(admit(request, reply), { code: 'client_closed' });
  assert.equal(admission.promisedMs, 0);
});
