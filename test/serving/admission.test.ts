import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/errors.js';
import { Admission, agedShare, type Admitted } from '../../src/serving/admission.js';

/** One unit of cost takes 100 ms, the deadline is 10 s: 40 units may be promised to those who hold something, 60 in all. */
function openAdmission({ drainPerMs = (): number => 0.01, maxRequests = 1000 } = {}) {
  const clock = { ms: 0 };
  const admission = new Admission({ deadlineMs: 10_000, maxRequests, drainPerMs, now: () => clock.ms });
  const tryAdmit = (caller: string, cost = 1): Admitted | undefined => {
    try {
      return admission.admit(caller, cost);
    } catch (error) {
      assert.equal((error as AppError).code, 'overloaded');
      return undefined;
    }
  };
  /** As many as are let in, one after another. */
  const fill = (caller: string): Admitted[] => {
    const all: Admitted[] = [];
    for (let one = tryAdmit(caller); one !== undefined; one = tryAdmit(caller)) all.push(one);
    return all;
  };
  return { admission, clock, tryAdmit, fill };
}

describe('admission', () => {
  it('promises one caller two thirds of what can be done in two fifths of the deadline', () => {
    const { admission, fill } = openAdmission();
    assert.equal(fill('one').length, 26);
    assert.equal(admission.promisedMs, 2600);
  });

  it('has room left for a second caller, however much the first asks for', () => {
    const { fill } = openAdmission();
    fill('greedy');
    assert.ok(fill('modest').length >= 8);
  });

  it('never promises more than what is in time if all of it goes before one that has aged', () => {
    const { admission, tryAdmit } = openAdmission();
    for (let i = 0; i < 1000; i++) tryAdmit(`caller ${i}`);
    assert.ok(admission.promisedMs <= 10_000 * (1 - agedShare), String(admission.promisedMs));
  });

  it('promises less when the machine becomes slower', () => {
    let drain = 0.01;
    const { fill } = openAdmission({ drainPerMs: () => drain });
    drain = 0.002;
    assert.equal(fill('one').length, 5);
  });

  it('says after how many seconds the promised work is done', () => {
    const { admission, fill } = openAdmission();
    fill('one');
    assert.throws(
      () => admission.admit('one', 1),
      (error) => error instanceof AppError && error.retryAfterS === 3,
    );
  });

  it('lets a request in that is alone, whatever it costs', () => {
    const { tryAdmit } = openAdmission();
    assert.ok(tryAdmit('one', 1000));
    assert.equal(tryAdmit('other'), undefined);
  });

  it('refuses a request whose body turns out to cost more than there is room for', () => {
    const { admission, tryAdmit } = openAdmission();
    tryAdmit('one', 15);
    const batch = tryAdmit('one', 1)!;
    assert.throws(() => batch.revise(32), { code: 'overloaded' });
    batch.leave();
    assert.equal(admission.promisedMs, 1500);
  });

  it('has its room back once requests leave, each once', () => {
    const { admission, fill } = openAdmission();
    for (const admitted of fill('one')) {
      admitted.leave();
      admitted.leave();
    }
    assert.equal(admission.promisedMs, 0);
    assert.equal(fill('one').length, 26);
  });

  it('bounds the number of requests beside their time', () => {
    const { fill } = openAdmission({ maxRequests: 9 });
    assert.equal(fill('one').length, 6);
    assert.equal(fill('other').length, 2);
    assert.equal(fill('third').length, 1);
    assert.equal(fill('fourth').length, 0);
  });

  it('is pressed for five seconds after a refusal', () => {
    const { admission, clock, fill } = openAdmission();
    assert.equal(admission.isPressed, false);
    fill('one');
    clock.ms = 4999;
    assert.equal(admission.isPressed, true);
    clock.ms = 5000;
    assert.equal(admission.isPressed, false);
    assert.equal(admission.refused, 1);
  });
});
