import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Call, CallAdmission, type CallAdmissionDeps } from '../../src/grpc/callAdmission.js';
import { Admission } from '../../src/serving/admission.js';
import { Costs } from '../../src/serving/costs.js';

const inference = { scope: 'classify', isInference: true } as const;
const query = { scope: 'classify', isInference: false } as const;

function createAdmission(options: Partial<CallAdmissionDeps> = {}): CallAdmission {
  return new CallAdmission({
    keys: { verify: async () => undefined },
    countDaily: () => undefined,
    requestsPerMinute: 0,
    isKeyRequired: false,
    admission: new Admission({ deadlineMs: 1000, maxRequests: 3, drainPerMs: () => 1 }),
    costs: new Costs(1),
    maxMessageBytes: 100,
    maxInflightBytes: 200,
    ...options,
  });
}
const callFrom = (ip: string, rules: Call['rules'] = inference): Call => new Call(rules, { ip, headers: {} });

/** Whether `work` is done when everything that can run has run. */
async function isSettled(work: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  work.then(note, note);
  await new Promise(setImmediate);
  return settled;
}

describe('messages that arrive', () => {
  it('are as many as fit into the memory; the next waits until one is there', async () => {
    const admission = createAdmission();
    const [first, second, third] = [callFrom('10.0.0.1'), callFrom('10.0.0.2'), callFrom('10.0.0.3')];
    await admission.letIn(first);
    await admission.letIn(second);
    const waiting = admission.letIn(third);
    assert.equal(await isSettled(waiting), false);
    assert.ok(await isSettled(admission.letIn(callFrom('10.0.0.4', query))), 'queries have places of their own');
    admission.arrived(first, 10);
    await waiting;
  });

  it('give their places back when their calls end', async () => {
    const admission = createAdmission({ maxInflightBytes: 100 });
    const [first, second] = [callFrom('10.0.0.1'), callFrom('10.0.0.2')];
    await admission.letIn(first);
    const waiting = admission.letIn(second);
    first.exchange.end();
    await waiting;
  });

  it('are not waited for by a call that has ended', async () => {
    const admission = createAdmission({ maxInflightBytes: 100 });
    await admission.letIn(callFrom('10.0.0.1'));
    const second = callFrom('10.0.0.2');
    const waiting = admission.letIn(second);
    await new Promise(setImmediate);
    second.exchange.end();
    await assert.rejects(waiting, { code: 'client_closed' });
  });

  it('are refused when all that are held are too much, until one is over', async () => {
    const admission = createAdmission();
    const calls = [callFrom('10.0.0.1'), callFrom('10.0.0.2'), callFrom('10.0.0.3')];
    for (const call of calls.slice(0, 2)) {
      await admission.letIn(call);
      admission.arrived(call, 100);
    }
    await admission.letIn(calls[2]!);
    assert.throws(() => admission.arrived(calls[2]!, 1), { code: 'overloaded' });
    calls[0]!.exchange.end();
    admission.arrived(calls[2]!, 1);
  });
});

describe('a call', () => {
  it('is refused past the number of requests that are let in, and its end lets in the next', async () => {
    const admission = createAdmission({ maxInflightBytes: 1000 });
    const calls = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((ip) => callFrom(ip));
    for (const call of calls) await admission.letIn(call);
    await assert.rejects(admission.letIn(callFrom('10.0.0.4')), { code: 'overloaded' });
    calls[0]!.exchange.end();
    await admission.letIn(callFrom('10.0.0.4'));
  });

  it('is counted for the minute of its address', async () => {
    const admission = createAdmission({ requestsPerMinute: 2 });
    for (let count = 0; count < 2; count++) {
      const call = callFrom('10.0.0.1', query);
      await admission.letIn(call);
      call.exchange.end();
    }
    await assert.rejects(admission.letIn(callFrom('10.0.0.1', query)), { code: 'rate_limited' });
    await admission.letIn(callFrom('10.0.0.1', { scope: 'open', isInference: false }));
  });

  it('needs a key where one is asked for', async () => {
    const admission = createAdmission({ isKeyRequired: true });
    await assert.rejects(admission.letIn(callFrom('10.0.0.1')), { code: 'unauthorized' });
  });
});
