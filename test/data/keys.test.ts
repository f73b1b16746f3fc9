import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiKeys, type Scope } from '../../src/data/keys.js';
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
