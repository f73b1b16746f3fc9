import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/errors.js';
import { createGate } from '../../src/image/gate.js';

const patient = new AbortController().signal;

describe('a gate', () => {
  it('lets in as many as it may, then one for each that leaves, in order of arrival', async () => {
    const gate = createGate(2, 10);
    const entered: number[] = [];
    const leave = await Promise.all([gate.enter(patient), gate.enter(patient)]);
    const third = gate.enter(patient).then((go) => (entered.push(3), go));
    const fourth = gate.enter(patient).then((go) => (entered.push(4), go));
    await Promise.resolve();
    assert.deepEqual(entered, []);
    leave[0]();
    (await third)();
    await fourth;
    assert.deepEqual(entered, [3, 4]);
  });

  it('drops a waiter that aborts and keeps the place for the next', async () => {
    const gate = createGate(1, 10);
    const leave = await gate.enter(patient);
    const controller = new AbortController();
    const impatient = gate.enter(controller.signal);
    const next = gate.enter(patient);
    controller.abort(new Error('gone'));
    await assert.rejects(impatient, /gone/);
    leave();
    await next;
  });

  it('refuses one more than may wait as overloaded', async () => {
    const gate = createGate(1, 1);
    await gate.enter(patient);
    const waiting = gate.enter(patient);
    await assert.rejects(gate.enter(patient), (error) => error instanceof AppError && error.code === 'overloaded');
    await assert.rejects(Promise.race([waiting, Promise.reject(new Error('still waiting'))]), /still waiting/);
  });
});
