import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VerifiedKey } from '../../src/data/keys/keyVerifier.js';
import { AppError } from '../../src/errors.js';
import { KeyGuesses } from '../../src/http/keyGuesses.js';

const valid: VerifiedKey = {
  id: 'id',
  scopes: new Set(['admin']),
  requestsPerMinute: null,
  requestsPerDay: null,
  capture: false,
  requestsToday: 0,
  dayEndsAt: Infinity,
};
const [here, elsewhere] = ['192.0.2.1', '192.0.2.2'];

/** Keys that start with `right` are valid until they are revoked; `asked` lists what the database was asked for. */
function setUp({ limit = 3, pause = async (): Promise<void> => undefined } = {}) {
  const asked: string[] = [];
  const clock = { now: 0 };
  const revoked = new Set<string>();
  const verify = async (key: string): Promise<VerifiedKey | undefined> => {
    asked.push(key);
    await pause();
    return key.startsWith('right') && !revoked.has(key) ? valid : undefined;
  };
  return { guesses: new KeyGuesses({ verify, limit, now: () => clock.now }), asked, clock, revoked };
}

const refused = (retryAfterS?: number) => (error: unknown) =>
  error instanceof AppError &&
  error.code === 'rate_limited' &&
  (retryAfterS === undefined || error.retryAfterS === retryAfterS);

async function guess(guesses: KeyGuesses, address: string, count = 3): Promise<void> {
  for (let i = 0; i < count; i++) assert.equal(await guesses.verify(`wrong-${i}`, address), undefined);
}

test('an address that guessed too often is refused for the rest of the minute, without a question to the database', async () => {
  const { guesses, asked, clock } = setUp();
  await guess(guesses, here);
  clock.now = 10_000;
  await assert.rejects(guesses.verify('wrong-3', here), refused(50));
  await assert.rejects(guesses.verify('right', here), refused(50), 'and a guess that is right is not told apart');
  assert.equal(asked.length, 3);
  assert.equal(await guesses.verify('right', elsewhere), valid, 'other addresses are not concerned');
  clock.now = 60_000;
  assert.equal(await guesses.verify('right', here), valid);
});

test('a key that was valid from an address still passes there, and from there alone', async () => {
  const { guesses, revoked } = setUp();
  await guesses.verify('right', here);
  await guess(guesses, here);
  await guess(guesses, elsewhere);
  assert.equal(await guesses.verify('right', here), valid);
  await assert.rejects(guesses.verify('right', elsewhere), refused());
  revoked.add('right');
  assert.equal(await guesses.verify('right', here), undefined, 'its end is not overlooked');
});

test('the same wrong key again and again is one guess and one question', async () => {
  const { guesses, asked } = setUp();
  for (let i = 0; i < 100; i++) assert.equal(await guesses.verify('old', here), undefined);
  assert.equal(await guesses.verify('right', here), valid);
  assert.deepEqual(asked, ['old', 'right']);
});

test('guesses at the same time gain nothing', async () => {
  const { guesses, asked } = setUp({ pause: () => new Promise((resolve) => setImmediate(resolve)) });
  const answers = await Promise.allSettled(Array.from({ length: 500 }, (_, i) => guesses.verify(`wrong-${i}`, here)));
  assert.equal(asked.length, 3);
  assert.equal(answers.filter(({ status }) => status === 'rejected').length, 497);
});

test('many clients behind one address start at the same time, each with its key', async () => {
  const { guesses, asked } = setUp({ pause: () => new Promise((resolve) => setImmediate(resolve)) });
  const keys = Array.from({ length: 300 }, (_, i) => `right-${i % 30}`);
  assert.deepEqual(new Set(await Promise.all(keys.map((key) => guesses.verify(key, here)))), new Set([valid]));
  assert.equal(asked.filter((key) => key === 'right-0').length, 1, 'each is asked for once at a time');
});

test('a database that is away is not a wrong key, and nobody waits in line for it', async () => {
  let asked = 0;
  const verify = async (): Promise<VerifiedKey | undefined> => {
    asked++;
    await new Promise((resolve) => setImmediate(resolve));
    throw new AppError('database_unavailable', 'away');
  };
  const guesses = new KeyGuesses({ verify, limit: 3 });
  for (let round = 1; round <= 2; round++) {
    const answers = await Promise.allSettled(Array.from({ length: 50 }, (_, i) => guesses.verify(`key-${i}`, here)));
    assert.ok(
      answers.every((one) => one.status === 'rejected' && (one.reason as AppError).code === 'database_unavailable'),
    );
    assert.equal(asked, 3 * round);
  }
});

test('without a limit nobody is refused', async () => {
  const { guesses } = setUp({ limit: 0 });
  await guess(guesses, here, 1000);
});
