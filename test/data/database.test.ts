import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Database } from '../../src/data/database/database.js';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { newDirectory, onBothDatabases, pglite, shareDatabase, silent } from '../support/databases.js';

const number = z.object({ n: z.number() });

async function count(database: Database): Promise<number> {
  const [row] = await database.query(number, 'SELECT count(*) AS n FROM classifiers');
  return row!.n;
}

await onBothDatabases('A database', (kind) => {
  const newDatabase = shareDatabase(kind);

  test('parses rows and counts changes', async () => {
    const database = await newDatabase();
    const changed = await database.run('INSERT INTO classifiers (name) SELECT unnest($1::text[])', [['a', 'b"c']]);
    assert.equal(changed, 2);
    assert.deepEqual(
      await database.query(z.object({ name: z.string() }), 'SELECT name FROM classifiers ORDER BY name'),
      [{ name: 'a' }, { name: 'b"c' }],
    );
    await assert.rejects(database.query(number, "SELECT 'x' AS n"), z.ZodError);
  });

  test('gives counts, bits, times and JSON in the same types', async () => {
    const database = await newDatabase();
    const [row] = await database.rows(
      `SELECT count(*) AS c, B'101' AS b, 1.5::float8 AS f, $1::jsonb AS j, now() AS t`,
      [JSON.stringify([1])],
    );
    assert.ok(row!.t instanceof Date);
    assert.deepEqual({ ...row, t: null }, { c: 1, b: '101', f: 1.5, j: [1], t: null });
  });

  test('refuses to be opened by a release that does not know its tables', async (t) => {
    const dataDir = await newDirectory(t);
    const options = { dataDir, logger: silent, ...(await kind.prepare(dataDir)) };
    const newer = await openDatabase(options);
    const newest = z.object({ version: z.int() });
    const [{ version }] = (await newer.query(
      newest,
      'SELECT max(version)::int AS version FROM schema_version',
      [],
    )) as [z.infer<typeof newest>];
    await newer.run("INSERT INTO schema_version (version, name) VALUES ($1, 'of a newer release')", [version + 1]);
    await newer.close();
    await assert.rejects(openDatabase(options), {
      code: 'conflict',
      message: new RegExp(`newer release of Taxon \\(schema ${version + 1}; this one knows ${version}\\)`),
    });
  });

  test('commits a transaction whose work resolves and rolls back one whose work rejects', async () => {
    const database = await newDatabase();
    await database.transaction((tx) => tx.run("INSERT INTO classifiers (name) VALUES ('kept')"));
    await assert.rejects(
      database.transaction(async (tx) => {
        await tx.run("INSERT INTO classifiers (name) VALUES ('lost')");
        throw new Error('no');
      }),
      /^Error: no$/,
    );
    assert.equal(await count(database), 1);
  });

  test('keeps working after a failed statement, in a transaction or a script', async () => {
    const database = await newDatabase();
    await assert.rejects(database.run('SELECT 1/0'), { code: '22012' });
    await assert.rejects(database.rows('BEGIN; SELECT 1/0; COMMIT'), { code: '22012' });
    await assert.rejects(
      database.transaction((tx) => tx.run('SELECT 1/0')),
      { code: '22012' },
    );
    assert.equal(await count(database), 0);
  });

  test('runs transactions and statements side by side', async () => {
    const database = await newDatabase();
    const names = Array.from({ length: 30 }, (_, index) => `c${index}`);
    await Promise.all(
      names.map((name) => database.transaction((tx) => tx.run('INSERT INTO classifiers (name) VALUES ($1)', [name]))),
    );
    assert.equal(await count(database), 30);
  });

  test('delivers notifications until the listener leaves', async () => {
    const database = await newDatabase();
    const arrivals = new EventTarget();
    const heard: (string | undefined)[] = [];
    const unlisten = await database.listen('channel', (payload) => {
      heard.push(payload);
      arrivals.dispatchEvent(new Event('arrived'));
    });
    const arrived = once(arrivals, 'arrived');
    await database.notify('channel', 'one');
    await arrived;
    await unlisten();
    await database.notify('channel', 'two');
    await database.listen('channel', (payload) => {
      heard.push(`again ${payload}`);
      arrivals.dispatchEvent(new Event('arrived'));
    });
    const arrivedAgain = once(arrivals, 'arrived');
    await database.notify('channel', 'three');
    await arrivedAgain;
    assert.deepEqual(heard, ['one', 'again three']);
  });

  test('opens an up-to-date schema again with its rows', async (t) => {
    const dataDir = await newDirectory(t);
    const options = { dataDir, logger: silent, ...(await kind.prepare(dataDir)) };
    const first = await openDatabase(options);
    await first.run("INSERT INTO classifiers (name) VALUES ('kept')");
    await first.close();
    const second = await openDatabase(options);
    t.after(() => second.close());
    assert.equal(await count(second), 1);
  });

  test('refuses statements once it is closed', async (t) => {
    const dataDir = await newDirectory(t);
    const database = await openDatabase({ dataDir, logger: silent, ...(await kind.prepare(dataDir)) });
    await database.close();
    await database.close();
    await assert.rejects(database.run('SELECT 1'));
  });
});

/** Opens the embedded database of `dataDir` in a process of its own; gives 'opened', or the code of the error. */
async function openElsewhere(dataDir: string): Promise<string> {
  const program = fileURLToPath(new URL('../support/openProcess.js', import.meta.url));
  return (await promisify(execFile)(process.execPath, [program, dataDir])).stdout;
}

test('An embedded database is refused to a second process, and to this one twice', async (t) => {
  const dataDir = await newDirectory(t);
  await pglite.prepare(dataDir);
  const database = await openDatabase({ dataDir, logger: silent });
  assert.equal(await openElsewhere(dataDir), 'conflict');
  await assert.rejects(openDatabase({ dataDir, logger: silent }), { code: 'conflict' });
  await database.close();
  assert.equal(await openElsewhere(dataDir), 'opened');
});

test('a result of 200,000 rows fits into the bounded heap of the thread of an embedded database', async (t) => {
  const dataDir = await newDirectory(t);
  const database = await openDatabase({ dataDir, logger: silent, ...(await pglite.prepare(dataDir)) });
  t.after(() => database.close());
  const rows = await database.rows('SELECT i, md5(i::text) AS hash FROM generate_series(1, $1::int) AS i', [200_000]);
  assert.equal(rows.length, 200_000);
  assert.deepEqual(rows.at(-1), { i: 200_000, hash: createHash('md5').update('200000').digest('hex') });
});

test('the log of an embedded database does not grow while it is open', async (t) => {
  const dataDir = await newDirectory(t);
  await pglite.prepare(dataDir);
  const database = await openDatabase({ dataDir, logger: silent });
  t.after(() => database.close());
  const megabytes = async (): Promise<number> => {
    const sql = 'SELECT ((pg_current_wal_insert_lsn() - redo_lsn) / 1e6)::float8 AS n FROM pg_control_checkpoint()';
    return (await database.query(number, sql))[0]!.n;
  };
  // Every switch gives up the rest of a segment of 16 MB.
  for (let segment = 0; segment < 8; segment++)
    await database.rows(`INSERT INTO classifiers (name) VALUES ('${segment}'); SELECT pg_switch_wal()`);
  const grown = await megabytes();
  assert.ok(grown > 100, `${grown} MB`);
  for (let statement = 0; statement < 300; statement++) await database.run('SELECT 1');
  const left = await megabytes();
  assert.ok(left < 20, `${left} MB`);
});
