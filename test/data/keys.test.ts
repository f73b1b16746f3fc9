import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiKeys } from '../../src/data/keys/apiKeys.js';
import type { Scope } from '../../src/data/keys/schemas.js';
import { AppError } from '../../src/errors.js';
import type { Database } from '../../src/data/database/database.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';

/** `database` with some of its methods replaced. */
const overlay = (database: Database, replaced: Partial<Database>): Database =>
  new Proxy(database, {
    get: (target, name) => {
      if (name in replaced) return Reflect.get(replaced, name) as unknown;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });

/** `database`, whose statements outside of transactions are noted in `statements`. */
const countStatements = (database: Database, statements: string[]): Database =>
  overlay(database, {
    query: (schema, sql, ...values) => {
      statements.push(sql);
      return database.query(schema, sql, ...values);
    },
    run: (sql, ...values) => {
      statements.push(sql);
      return database.run(sql, ...values);
    },
    rows: (sql, ...values) => {
      statements.push(sql);
      return database.rows(sql, ...values);
    },
  });

await onBothDatabases('API keys', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('are shown once and kept as hashes', async () => {
    const database = await newDatabase();
    const keys = await ApiKeys.open({ database });
    const { key, prefix } = await keys.create({ name: 'till', scopes: ['classify'] });
    assert.match(key, /^taxon_[\w-]{43}$/);
    assert.ok(key.startsWith(prefix));
    assert.ok(!JSON.stringify(await database.rows('SELECT * FROM api_keys')).includes(key.slice(prefix.length)));
    assert.deepEqual(
      (await keys.list()).map(({ name, scopes }) => ({ name, scopes })),
      [{ name: 'till', scopes: ['classify'] }],
    );
  });

  test('carry the scopes that theirs include, and unknown ones carry none', async () => {
    const keys = await ApiKeys.open({ database: await newDatabase() });
    const scopes = async (...of: Scope[]): Promise<string[]> =>
      [...(await keys.verify((await keys.create({ name: 'k', scopes: of })).key))!.scopes].sort();
    assert.deepEqual(await scopes('classify'), ['classify']);
    assert.deepEqual(await scopes('train'), ['classify', 'train']);
    assert.deepEqual(await scopes('admin'), ['admin', 'classify', 'metrics', 'train']);
    assert.deepEqual(await scopes('metrics'), ['metrics']);
    assert.equal(await keys.verify('taxon_unknown'), undefined);
  });

  test('are revoked at once in every replica', async () => {
    const database = await newDatabase();
    const [here, there] = [await ApiKeys.open({ database }), await ApiKeys.open({ database })];
    await here.ensureAdmin();
    const { id, key } = await here.create({ name: 'k', scopes: ['train'] });
    assert.ok(await there.verify(key));
    const announced = new Promise<void>((resolve) => void database.listen('taxon_keys', () => resolve()));
    await here.remove(id);
    await announced;
    assert.equal(await here.verify(key), undefined);
    assert.equal(await there.verify(key), undefined);
    await assert.rejects(here.remove(id), { code: 'unknown_key' });
  });

  test('always leave one with scope admin', async () => {
    const keys = await ApiKeys.open({ database: await newDatabase() });
    await keys.ensureAdmin();
    const [only] = await keys.list();
    await assert.rejects(keys.remove(only!.id), { code: 'conflict' });
    await keys.create({ name: 'other', scopes: ['admin'] });
    await keys.remove(only!.id);
  });

  test('have a first one, made once or taken from the environment', async () => {
    const keys = await ApiKeys.open({ database: await newDatabase() });
    const made = await keys.ensureAdmin();
    assert.ok((await keys.verify(made!))?.scopes.has('admin'));
    assert.equal(await keys.ensureAdmin(), undefined);
    assert.equal(await keys.ensureAdmin('from-the-environment-1'), undefined);
    await keys.ensureAdmin('from-the-environment-2');
    assert.equal(await keys.verify('from-the-environment-1'), undefined);
    assert.ok((await keys.verify('from-the-environment-2'))?.scopes.has('admin'));
  });

  test('note their use once a minute, and unknown ones write nothing', async () => {
    const database = await newDatabase();
    const statements: string[] = [];
    let now = 0;
    const keys = await ApiKeys.open({ database: countStatements(database, statements), now: () => now });
    const { id, key } = await keys.create({ name: 'k', scopes: ['classify'] });
    const statementsOf = async (use: () => Promise<unknown>): Promise<string[]> => {
      statements.length = 0;
      await use();
      return statements.map((sql) => /^\w+/.exec(sql)![0]);
    };
    assert.deepEqual(await statementsOf(() => keys.verify('taxon_unknown')), ['SELECT']);
    await database.run("UPDATE api_keys SET last_used_at = now() - interval '1 hour'");
    assert.deepEqual(await statementsOf(() => keys.verify(key)), ['SELECT', 'UPDATE']);
    assert.deepEqual(await statementsOf(() => keys.verify(key)), [], 'remembered');
    // A minute later by this process's clock; the database, whose clock decides, has noted a use since.
    now = 60_000;
    await database.run("UPDATE api_keys SET last_used_at = now() + interval '1 hour'");
    assert.deepEqual(await statementsOf(() => keys.verify(key)), ['SELECT']);
    assert.deepEqual(
      (await keys.list()).map((one) => [one.id, one.lastUsedAt === null]),
      [[id, false]],
    );
  });

  test('that have expired are unknown, also to a process that knew them', async () => {
    const database = await newDatabase();
    let now = 0;
    let away = false;
    const failing = overlay(database, {
      query: (...statement) =>
        away ? Promise.reject(new AppError('database_unavailable', 'away')) : database.query(...statement),
    });
    const keys = await ApiKeys.open({ database: failing, now: () => now });
    const inHalfAMinute = new Date(Date.now() + 30_000).toISOString();
    const { id, key } = await keys.create({ name: 'k', scopes: ['classify'], expiresAt: inHalfAMinute });
    assert.ok(await keys.verify(key));
    away = true;
    now = 25_000;
    assert.ok(await keys.verify(key), 'remembered');
    now = 31_000;
    await assert.rejects(keys.verify(key), { code: 'database_unavailable' });
    away = false;
    await database.run("UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = $1", [id]);
    assert.equal(await keys.verify(key), undefined);
  });

  test('that have expired do not count as the last one with scope admin', async () => {
    const database = await newDatabase();
    const keys = await ApiKeys.open({ database });
    const first = await keys.ensureAdmin('from-the-environment-3');
    assert.equal(first, undefined);
    const [only] = await keys.list();
    await keys.create({ name: 'old', scopes: ['admin'], expiresAt: '2001-01-01T00:00:00Z' });
    await assert.rejects(keys.remove(only!.id), { code: 'conflict' });
    await assert.rejects(keys.change(only!.id, { expiresAt: '2001-01-01T00:00:00Z' }), { code: 'conflict' });
    await database.run("UPDATE api_keys SET expires_at = now() - interval '1 second'");
    assert.ok(await keys.ensureAdmin(), 'a start makes another one');
    await keys.ensureAdmin('from-the-environment-3');
    assert.ok(await keys.verify('from-the-environment-3'), 'and one from the environment does not end');
  });

  test('count their requests of a day in all replicas, and write them once a minute', async () => {
    const database = await newDatabase();
    const statements: string[] = [];
    let now = 0;
    const open = () => ApiKeys.open({ database: countStatements(database, statements), now: () => now });
    const [here, there] = [await open(), await open()];
    const { key } = await here.create({ name: 'k', scopes: ['classify'], requestsPerDay: 100 });
    const useOf = async (keys: ApiKeys, count: number): Promise<void> => {
      for (let i = 0; i < count; i++) keys.count((await keys.verify(key))!);
    };
    const requestsToday = async (): Promise<number> => (await here.list())[0]!.requestsToday;
    statements.length = 0;
    await useOf(here, 50);
    await useOf(there, 40);
    const written = statements.filter((sql) => sql.startsWith('UPDATE')).length;
    assert.ok(written <= 2, `the first use in each is noted, none of the ${90 - 2} others: ${written}`);
    now = 60_000;
    await useOf(here, 5);
    await useOf(there, 5);
    assert.equal(await requestsToday(), 90);
    const exceeded = (error: unknown): boolean => error instanceof AppError && error.code === 'quota_exceeded';
    now = 120_000;
    await here.verify(key);
    await there.verify(key);
    await assert.rejects(useOf(there, 1), exceeded);
    assert.equal(await requestsToday(), 100);
    await database.run('UPDATE api_keys SET counted_day = counted_day - 1');
    now = 180_000;
    await useOf(there, 7);
    await there.close();
    assert.equal(await requestsToday(), 7, 'a new day; and what a process has counted is written when it ends');
  });

  test('reach the database as hashes alone, known or not', async () => {
    const database = await newDatabase();
    const sent: string[] = [];
    const listening = overlay(database, {
      query: (schema, sql, values) => {
        sent.push(JSON.stringify([sql, values]));
        return database.query(schema, sql, values);
      },
    });
    const keys = await ApiKeys.open({ database: listening });
    const { key } = await keys.create({ name: 'k', scopes: ['classify'] });
    const secret = key.slice(20);
    const guess = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
    assert.ok(await keys.verify(key));
    assert.equal(await keys.verify(guess), undefined);
    const lookups = sent.filter((statement) => statement.includes('WHERE hash'));
    assert.equal(lookups.length, 2);
    assert.ok(!sent.some((statement) => statement.includes(secret) || statement.includes(guess.slice(20))));
    // Nothing of how near a guess was is left in what is compared.
    const hashes = lookups.map((statement) => /[0-9a-f]{64}/.exec(statement)![0]);
    const same = Array.from(hashes[0]!).filter((digit, i) => digit === hashes[1]![i]).length;
    assert.ok(same < 24, `${same} of 64 digits`);
  });

  test('that are revoked while they are looked up are not remembered', async () => {
    const database = await newDatabase();
    let onQuery = async (): Promise<void> => undefined;
    const slow = overlay(database, {
      query: async (...statement) => {
        const rows = await database.query(...statement);
        await onQuery();
        return rows;
      },
    });
    const keys = await ApiKeys.open({ database: slow });
    await keys.ensureAdmin();
    const { id, key } = await keys.create({ name: 'k', scopes: ['classify'] });
    onQuery = async () => {
      onQuery = async () => undefined;
      await keys.remove(id);
    };
    await keys.verify(key);
    assert.equal(await keys.verify(key), undefined);
  });

  test('that were valid are trusted for ten minutes while the database is away', async () => {
    const database = await newDatabase();
    let away = false;
    const failing = overlay(database, {
      query: (...statement) =>
        away ? Promise.reject(new AppError('database_unavailable', 'away')) : database.query(...statement),
      listen: async () => async () => undefined,
    });
    let now = 0;
    const keys = await ApiKeys.open({ database: failing, now: () => now });
    const { key } = await keys.create({ name: 'k', scopes: ['classify'] });
    assert.ok(await keys.verify(key));
    away = true;
    now = 9 * 60_000;
    assert.ok(await keys.verify(key));
    now = 11 * 60_000;
    await assert.rejects(keys.verify(key), { code: 'database_unavailable' });
  });
});
