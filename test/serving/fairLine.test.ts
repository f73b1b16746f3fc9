import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FairLine } from '../../src/serving/fairLine.js';

/** A line with a clock that stands, and a record of who went in. */
function openLine(places = 1, agedAfterMs = 1000) {
  const clock = { ms: 0 };
  const line = new FairLine({ places, agedAfterMs, unitMs: () => 10, now: () => clock.ms });
  const entered: string[] = [];
  const leaves: Array<() => void> = [];
  const none = new AbortController().signal;
  const enter = (caller: string, cost = 1, signal: AbortSignal = none): Promise<void> =>
    line.enter(caller, cost, signal).then((leave) => {
      entered.push(caller);
      leaves.push(leave);
    });
  /** The one that has been in work longest leaves; resolves when the next has entered. */
  const finishOne = async (): Promise<void> => {
    leaves.shift()!();
    await new Promise(setImmediate);
  };
  return { line, clock, entered, enter, finishOne };
}

const idle = (): Promise<void> => new Promise(setImmediate);

describe('the line', () => {
  it('lets as many in as it has places, and the rest wait', async () => {
    const { line, entered, enter } = openLine(2);
    for (const caller of ['a', 'b', 'c']) void enter(caller);
    await idle();
    assert.deepEqual(entered, ['a', 'b']);
    assert.equal(line.length, 1);
  });

  it('serves a caller that comes late between those of one who came first with many', async () => {
    const { entered, enter, finishOne } = openLine();
    for (let i = 0; i < 6; i++) void enter('greedy');
    for (let i = 0; i < 2; i++) void enter('modest');
    await idle();
    for (let i = 0; i < 7; i++) await finishOne();
    assert.deepEqual(entered, ['greedy', 'greedy', 'modest', 'greedy', 'modest', 'greedy', 'greedy', 'greedy']);
  });

  it('gives callers the same time, not the same number of images', async () => {
    const { entered, enter, finishOne } = openLine();
    void enter('first');
    for (let i = 0; i < 3; i++) void enter('dear', 3);
    for (let i = 0; i < 6; i++) void enter('cheap', 1);
    await idle();
    for (let i = 0; i < 8; i++) await finishOne();
    const cheapBefore = (count: number): number =>
      entered.slice(0, entered.indexOf('dear', entered.indexOf('dear') + count - 1)).filter((one) => one === 'cheap')
        .length;
    assert.equal(cheapBefore(1), 2, entered.join(' '));
  });

  it('lets one that has waited long go before all younger ones, whoever sent it', async () => {
    const { clock, entered, enter, finishOne } = openLine(1, 1000);
    for (let i = 0; i < 4; i++) void enter('greedy');
    await idle();
    clock.ms = 1000;
    void enter('modest');
    await idle();
    for (let i = 0; i < 4; i++) await finishOne();
    assert.deepEqual(entered, ['greedy', 'greedy', 'greedy', 'greedy', 'modest']);
  });

  it('lets go of one that gives up, with its reason and at no cost to the others', async () => {
    const { line, entered, enter, finishOne } = openLine();
    const controller = new AbortController();
    void enter('a');
    const gaveUp = enter('b', 1, controller.signal);
    void enter('c');
    await idle();
    controller.abort(new Error('gone'));
    await assert.rejects(gaveUp, /gone/);
    assert.equal(line.length, 1);
    await finishOne();
    assert.deepEqual(entered, ['a', 'c']);
    await assert.rejects(enter('d', 1, controller.signal), /gone/);
  });

  it('gives a caller no turn sooner for images that it gives up', async () => {
    const { entered, enter, finishOne } = openLine();
    void enter('first');
    for (let i = 0; i < 4; i++) {
      void enter('cheat');
      const controller = new AbortController();
      enter('cheat', 1, controller.signal).catch(() => undefined);
      await idle();
      controller.abort(new Error('gone'));
      void enter('honest');
    }
    await idle();
    for (let i = 0; i < 8; i++) await finishOne();
    assert.ok(entered.slice(0, 5).filter((one) => one === 'honest').length >= 2, entered.join(' '));
  });

  it('counts of work that was given up the time that it took', async () => {
    const clock = { ms: 0 };
    const line = new FairLine({ places: 1, agedAfterMs: 1000, unitMs: () => 10, now: () => clock.ms });
    const none = new AbortController().signal;
    for (let i = 0; i < 100; i++) {
      const leave = await line.enter('a', 100, none);
      const next = line.enter('a', 100, none);
      clock.ms += 10;
      leave(false);
      const leaveNext = await next;
      clock.ms += 10;
      leaveNext(false);
    }
    assert.ok(Math.abs(line.drainPerMs - 1 / 10) < 0.01, String(line.drainPerMs));
  });

  it('measures how fast it is worked off while some wait, and forgets a bad time when none does', async () => {
    const { line, clock, enter, finishOne } = openLine();
    assert.equal(line.drainPerMs, 1 / 10);
    for (let i = 0; i < 101; i++) void enter('a');
    await idle();
    for (let i = 0; i < 100; i++) {
      clock.ms += 100;
      await finishOne();
    }
    assert.ok(Math.abs(line.drainPerMs - 1 / 100) < 0.002, String(line.drainPerMs));
    await finishOne();
    for (let i = 0; i < 2000; i++) {
      void enter('a');
      await idle();
      await finishOne();
    }
    assert.ok(Math.abs(line.drainPerMs - 1 / 10) < 0.005, String(line.drainPerMs));
  });
});
