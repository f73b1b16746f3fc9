import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiKeys } from '../../src/data/keys.js';
import { AppError } from '../../src/errors.js';
import type { Database } from '../../src/data/database/database.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';

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
    const scopes = async (...of: ('classify' | 'train' | 'admin')[]): Promise<string[]> =>
      [...(await keys.scopesOf((await keys.create({ name: 'k', scopes: of })).key))!].sort();
    assert.deepEqual(await scopes('classify'), ['classify']);
    assert.deepEqual(await scopes('train'), ['classify', 'train']);
    assert.deepEqual(await scopes('admin'), ['admin', 'classify', 'train']);
    assert.equal(await keys.scopesOf('taxon_unknown'), undefined);
  });

  test('end at once in every replica', async () => {
    const database = await newDatabase();
    const [here, there] = [await ApiKeys.open({ database }), await ApiKeys.open({ database })];
    await here.ensureAdmin();
    const { id, key } = await here.create({ name: 'k', scopes: ['train'] });
    assert.ok(await there.scopesOf(key));
    const told = new Promise<void>((resolve) => void database.listen('taxon_keys', () => resolve()));
    await here.remove(id);
    await told;
    assert.equal(await here.scopesOf(key), undefined);
    assert.equal(await there.scopesOf(key), undefined);
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
    assert.ok((await keys.scopesOf(made!))?.has('admin'));
    assert.equal(await keys.ensureAdmin(), undefined);
    assert.equal(await keys.ensureAdmin('from-the-environment-1'), undefined);
    await keys.ensureAdmin('from-the-environment-2');
    assert.equal(await keys.scopesOf('from-the-environment-1'), undefined);
    assert.ok((await keys.scopesOf('from-the-environment-2'))?.has('admin'));
  });

  test('that were valid are trusted for ten minutes while the database is away', async () => {
    const database = await newDatabase();
    let away = false;
    const failing: Pick<Database, 'query'> = {
      query: (...statement) =>
        away ? Promise.reject(new AppError('database_unavailable', 'away')) : database.query(...statement),
    };
    let now = 0;
    const keys = await ApiKeys.open({
      database: Object.assign(Object.create(database) as Database, failing, {
        listen: async () => async () => undefined,
      }),
      now: () => now,
    });
    const { key } = await keys.create({ name: 'k', scopes: ['classify'] });
    assert.ok(await keys.scopesOf(key));
    away = true;
    now = 9 * 60_000;
    assert.ok(await keys.scopesOf(key));
    now = 11 * 60_000;
    await assert.rejects(keys.scopesOf(key), { code: 'database_unavailable' });
  });
});
