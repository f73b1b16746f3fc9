import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IdempotentRequests, type Begun, type Claim } from '../../src/data/idempotentRequests.js';
import type { Database } from '../../src/data/database/database.js';
import { TrainingQueue } from '../../src/data/trainings/trainingQueue.js';
import { Trainings } from '../../src/data/trainings/trainings.js';
import { onBothDatabases, shareDatabase, silent } from '../support/databases.js';

const asked = { caller: 'a', key: 'k', fingerprint: 'f' };
const answer = { status: 202, headers: { location: '/here' }, body: '{"id":1}' };

function claimOf(begun: Begun): Claim {
  assert.equal(begun.state, 'claimed');
  return (begun as { claim: Claim }).claim;
}

await onBothDatabases('requests with a key', (kind) => {
  const open = shareDatabase(kind);
  const openRequests = async (): Promise<{ database: Database; requests: IdempotentRequests }> => {
    const database = await open();
    return { database, requests: await IdempotentRequests.open(database, silent) };
  };
  const count = async (database: Database): Promise<number> =>
    (await database.rows('SELECT FROM idempotent_requests')).length;

  test('are carried out once, and then answered as the first time', async () => {
    const { requests } = await openRequests();
    const claim = claimOf(await requests.begin(asked));
    assert.deepEqual(await requests.begin(asked), { state: 'running' });
    await requests.keep(claim, 'f', answer);
    assert.deepEqual(await requests.begin(asked), { state: 'answered', fingerprint: 'f', answer });
    claimOf(await requests.begin({ ...asked, caller: 'b' }));
    claimOf(await requests.begin({ ...asked, key: 'other' }));
  });

  test('that come at the same time are claimed by one', async () => {
    const { requests } = await openRequests();
    const begun = await Promise.all(Array.from({ length: 8 }, () => requests.begin(asked)));
    assert.equal(begun.filter(({ state }) => state === 'claimed').length, 1);
  });

  test('that changed nothing may come again, with whatever body', async () => {
    const { requests } = await openRequests();
    await requests.forget(claimOf(await requests.begin(asked)));
    const claim = claimOf(await requests.begin({ ...asked, fingerprint: 'other' }));
    await requests.keep(claim, 'other', answer);
    await requests.forget(claim);
    assert.equal((await requests.begin(asked)).state, 'answered', 'an answer stays');
  });

  test('whose process died are carried out again under the same id, and not for another body', async () => {
    const { requests } = await openRequests();
    const first = claimOf(await requests.begin(asked));
    await requests.leave(first);
    assert.deepEqual(await requests.begin({ ...asked, fingerprint: 'other' }), { state: 'reused' });
    const second = claimOf(await requests.begin(asked));
    assert.equal(second.requestId, first.requestId);
    await requests.keep(first, 'f', { ...answer, body: 'late' });
    assert.deepEqual(await requests.begin(asked), { state: 'running' }, 'whoever lost its claim writes nothing');
    await requests.keep(second, 'f', answer);
    assert.deepEqual(await requests.begin(asked), { state: 'answered', fingerprint: 'f', answer });
  });

  test('that were running when an embedded database was closed are free at its next start', async () => {
    const { database, requests } = await openRequests();
    claimOf(await requests.begin(asked));
    await IdempotentRequests.open(database, silent);
    assert.equal((await requests.begin(asked)).state, database.kind === 'embedded' ? 'claimed' : 'running');
  });

  test('are remembered for a day', async () => {
    const { database, requests } = await openRequests();
    await requests.keep(claimOf(await requests.begin(asked)), 'f', answer);
    await database.run("UPDATE idempotent_requests SET created_at = now() - interval '23 hours 59 minutes'");
    assert.equal(await requests.removeOld(), 0);
    assert.equal((await requests.begin(asked)).state, 'answered');
    await database.run("UPDATE idempotent_requests SET created_at = now() - interval '24 hours 1 minute'");
    const again = claimOf(await requests.begin(asked));
    await requests.keep(again, 'f', answer);
    await database.run("UPDATE idempotent_requests SET created_at = now() - interval '24 hours 1 minute'");
    assert.equal(await requests.removeOld(), 1);
  });

  test('of one caller are bounded in number and bytes, the newest stay, and those of others as well', async () => {
    const { database, requests } = await openRequests();
    const fill = (caller: string, rows: number, bytes: number) =>
      database.run(
        `INSERT INTO idempotent_requests (caller, key, request_id, claim, claimed_until, status, body, body_bytes, created_at)
         SELECT $1, n, gen_random_uuid(), gen_random_uuid(), now(), 200, '', $3, now() - make_interval(secs => n)
         FROM generate_series(1, $2::int) AS n`,
        [caller, rows, bytes],
      );
    await fill('many', 10_005, 1);
    await fill('large', 70, 2 ** 20);
    await fill('few', 3, 1);
    assert.equal(await requests.removeOld(), 5 + 6);
    assert.equal(await count(database), 10_000 + 64 + 3);
    assert.equal(
      (await database.rows("SELECT FROM idempotent_requests WHERE caller = 'many' AND key = '1'")).length,
      1,
    );
  });

  test('a training that is submitted twice under one id is one training', async () => {
    const { database } = await openRequests();
    const queue = new TrainingQueue({ database, logger: silent });
    const id = '11111111-1111-4111-8111-111111111111';
    const training = { id, classifier: 'c', dataset: 'd', request: {}, seed: 1 };
    assert.deepEqual(await queue.submit(training), await queue.submit(training));
    assert.equal((await new Trainings(database).events(id, 0, 10)).length, 1);
  });
});
