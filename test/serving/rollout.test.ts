// What decides about a version that is rolled out: who is drawn, what the conditions say, what the database is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noCounts, type Conditions, type Counts } from '../../src/data/classifiers/rollouts.js';
import { clientOf } from '../../src/http/client.js';
import { judge } from '../../src/serving/rollout/conditions.js';
import { isDrawn } from '../../src/serving/rollout/draw.js';
import { describePlan } from '../../src/serving/rollout/planText.js';
import { Tally } from '../../src/serving/rollout/tally.js';

const plan = (percent: number, keys: readonly string[] = []) => ({ version: 2, percent, keys: [...keys] });
const clients = Array.from({ length: 2000 }, (_, i) => ({ keyId: undefined, stableId: `client ${i}` }));
const never = (): number => assert.fail('nothing is left to chance');

test('as many clients as the percentage says get the canary, and keep it while it grows', () => {
  const drawn = (percent: number): Set<string> =>
    new Set(clients.filter((client) => isDrawn('a', plan(percent), client, never)).map(({ stableId }) => stableId));
  const [tenth, third] = [drawn(10), drawn(30)];
  assert.deepEqual([drawn(0).size, drawn(100).size], [0, clients.length]);
  // Five standard deviations of a binomial: 67.
  assert.ok(Math.abs(tenth.size - 200) < 67, `${tenth.size} of 2000`);
  assert.ok([...tenth].every((client) => third.has(client)));
  const others = clients.filter((client) => isDrawn('a', { ...plan(10), version: 3 }, client, never));
  assert.ok(others.some(({ stableId }) => !tenth.has(stableId)));
});

test('a listed key gets it in any case, and a client without a name by chance', () => {
  const key = { keyId: 'k', stableId: 'k' };
  assert.equal(isDrawn('a', plan(0, ['k']), key, never), true);
  assert.equal(isDrawn('a', plan(0, ['other']), key, never), false);
  const nobody = { keyId: undefined, stableId: undefined };
  assert.deepEqual(
    [0.099, 0.1].map((place) => isDrawn('a', plan(10), nobody, () => place)),
    [true, false],
  );
});

test('a client is told from others by its header within its key, else by the key', () => {
  const stableId = (headers: Record<string, string>): string | undefined => clientOf({ headers }).stableId;
  assert.equal(stableId({}), undefined);
  assert.equal(stableId({ 'x-api-key': 'secret' }), 'secret');
  const ids = [{ 'x-client-id': 'a' }, { 'x-client-id': 'b' }, { 'x-client-id': 'a', 'x-api-key': 'secret' }].map(
    stableId,
  );
  assert.equal(new Set(ids).size, 3);
});

const seen = (counts: Partial<Counts>): Counts => ({ ...noCounts(), ...counts });
const none = { corrections: 0, right: 0 };
const verdict = (conditions: Conditions, counts: Partial<Counts>, corrected = none): string =>
  judge(conditions, seen(counts), corrected).is;

test('a canary is judged after as many requests as was said, by every condition', () => {
  const conditions = { after: 100, maxErrorRate: 0.02, minAgreement: 0.9 };
  const good = { requests: 100, errors: 2, compared: 100, agreed: 90 };
  assert.equal(verdict(conditions, { ...good, requests: 99 }), 'wait');
  assert.equal(verdict(conditions, good), 'promote');
  assert.equal(verdict(conditions, { ...good, agreed: 89 }), 'fail');
  assert.equal(verdict(conditions, { ...good, compared: 0, agreed: 0 }), 'wait');
  assert.equal(verdict({ after: 1, maxUnknownShare: 0.1 }, { requests: 1, judged: 10, unknown: 2 }), 'fail');
  assert.equal(
    verdict({ after: 1, minMeanTopProbability: 0.5 }, { requests: 1, images: 2, topProbability: 1 }),
    'promote',
  );
  assert.equal(verdict({ after: 1 }, { requests: 1 }), 'promote');
});

test('it fails as soon as its errors are more than the requests to come could make up for', () => {
  const conditions = { after: 100, maxErrorRate: 0.02 };
  assert.equal(verdict(conditions, { requests: 2, errors: 2 }), 'wait');
  assert.equal(verdict(conditions, { requests: 3, errors: 3 }), 'fail');
});

test('accuracy on corrected images waits for twenty of them, or as many as was said', () => {
  const conditions = { after: 1, minCorrectedAccuracy: 0.5 };
  assert.equal(verdict(conditions, { requests: 1 }, { corrections: 19, right: 19 }), 'wait');
  assert.equal(verdict(conditions, { requests: 1 }, { corrections: 20, right: 10 }), 'promote');
  assert.equal(verdict({ ...conditions, minCorrections: 2 }, { requests: 1 }, { corrections: 2, right: 0 }), 'fail');
});

test('a plan is put into words, and nothing is said of one that changes nothing', () => {
  const whole = {
    ...plan(10, ['k']),
    shadows: [4, 5],
    conditions: { after: 100, minAgreement: 0.95 },
  };
  assert.equal(
    describePlan(whole, undefined),
    'version 2 answers 10 % of the requests and those of 1 key; versions 4, 5 are scored beside the active one; judged after 100 requests: agreement at least 95 %',
  );
  assert.equal(describePlan(whole, structuredClone(whole)), undefined);
  assert.equal(describePlan({ ...plan(0), shadows: [], conditions: null }, whole), 'version 2 answers no requests yet');
});

test('what could not be written is written the next time, once', async () => {
  const tally = new Tally();
  tally.add(1, { requests: 1, ms: 5 });
  await assert.rejects(tally.flush(async () => Promise.reject(new Error('away'))));
  tally.add(1, { requests: 1, ms: 7 });
  const written: Array<Counts | undefined> = [];
  const write = async (news: ReadonlyMap<number, Counts>): Promise<void> => void written.push(news.get(1));
  await tally.flush(write);
  await tally.flush(write);
  assert.deepEqual(written, [seen({ requests: 2, ms: 12 })]);
});
