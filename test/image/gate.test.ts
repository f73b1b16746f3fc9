import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/errors.js';
import { createGate, type Gate } from '../../src/image/gate.js';
import type { Priority } from '../../src/turns.js';

const patient = new AbortController().signal;

/** Enters and notes it under `name`; the promise gives the way out. */
const noted = async (gate: Gate, entered: string[], name: string, priority: Priority): Promise<() => void> => {
  const leave = await gate.enter(priority, patient);
  entered.push(name);
  return leave;
};

const isOverloaded = (error: unknown): boolean => error instanceof AppError && error.code === 'overloaded';

describe('a gate', () => {
  it('lets in as many as it may, then one for each that leaves, in order of arrival', async () => {
    const gate = createGate(2, 10);
    const entered: string[] = [];
    const leave = await Promise.all([gate.enter('request', patient), gate.enter('request', patient)]);
    const third = noted(gate, entered, 'third', 'request');
    const fourth = noted(gate, entered, 'fourth', 'request');
    await Promise.resolve();
    assert.deepEqual(entered, []);
    leave[0]();
    (await third)();
    await fourth;
    assert.deepEqual(entered, ['third', 'fourth']);
  });

  for (const priority of ['request', 'background'] as const)
    it(`drops a waiting ${priority} that aborts and keeps the place for the next`, async () => {
      const gate = createGate(1, 10);
      const leave = await gate.enter(priority, patient);
      const controller = new AbortController();
      const impatient = gate.enter(priority, controller.signal);
      const next = gate.enter(priority, patient);
      controller.abort(new Error('gone'));
      await assert.rejects(impatient, /gone/);
      leave();
      await next;
    });

  it('refuses one more request than may wait as overloaded', async () => {
    const gate = createGate(1, 1);
    await gate.enter('request', patient);
    const waiting = gate.enter('request', patient);
    await assert.rejects(gate.enter('request', patient), isOverloaded);
    await assert.rejects(Promise.race([waiting, Promise.reject(new Error('still waiting'))]), /still waiting/);
  });

  it('lets background work in only when no request waits, even a request that came later, within a second', async () => {
    const gate = createGate(1, 10);
    const entered: string[] = [];
    const leave = await gate.enter('background', patient);
    const background = noted(gate, entered, 'background', 'background');
    const first = noted(gate, entered, 'first request', 'request');
    const second = noted(gate, entered, 'second request', 'request');
    leave();
    const leaveFirst = await first;
    const third = noted(gate, entered, 'third request', 'request');
    leaveFirst();
    (await second)();
    (await third)();
    await background;
    assert.deepEqual(entered, ['first request', 'second request', 'third request', 'background']);
  });

  it('gives background work one turn a second under requests without end', async () => {
    let nowMs = 0;
    const gate = createGate(1, 10, () => nowMs);
    const entered: string[] = [];
    let leave = await gate.enter('request', patient);
    void noted(gate, entered, 'background 1', 'background').then((leaving) => (leave = leaving));
    void noted(gate, entered, 'background 2', 'background').then((leaving) => (leave = leaving));
    for (let turn = 0; turn < 12; turn++) {
      void noted(gate, entered, 'request', 'request').then((leaving) => (leave = leaving));
      nowMs += 300;
      leave();
      await new Promise(setImmediate);
    }
    const turns = [...entered.keys()].filter((turn) => entered[turn]!.startsWith('background'));
    assert.deepEqual(turns, [3, 7], 'after more than 1,000 ms of waiting, and again as long after the first');
    assert.deepEqual(
      turns.map((turn) => entered[turn]),
      ['background 1', 'background 2'],
    );
  });

  it('neither refuses background work nor counts it among the requests that may wait', async () => {
    const gate = createGate(1, 1);
    const leave = await gate.enter('request', patient);
    const background = Array.from({ length: 5 }, () => gate.enter('background', patient));
    const waiting = gate.enter('request', patient);
    background.push(gate.enter('background', patient));
    await assert.rejects(gate.enter('request', patient), isOverloaded, 'one request waits, which is all that may');
    leave();
    (await waiting)();
    for (const entering of background) (await entering)();
  });
});
