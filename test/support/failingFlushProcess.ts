// A process that writes to its embedded database before, while and after flushes fail: node failingFlushProcess.js <dataDir>.
// Prints how each write ended, and which rows are there at last, as JSON.
import { rmSync, writeFileSync } from 'node:fs';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { AppError } from '../../src/errors.js';
import { silent } from './databases.js';

const database = await openDatabase({ dataDir: process.argv[2]!, logger: silent });
const failing = process.env.FAILING_FLUSH!;

const insert = (name: string): Promise<string> =>
  database
    .transaction((tx) => tx.run('INSERT INTO classifiers (name) VALUES ($1)', [name]))
    .then(
      () => 'acknowledged',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );

const before = await insert('before');
writeFileSync(failing, '');
const meanwhile = await insert('meanwhile');
rmSync(failing);
const after = await insert('after');
const rows = await database.rows("SELECT name FROM classifiers WHERE name <> 'meanwhile' ORDER BY name DESC");
process.stdout.write(JSON.stringify({ before, meanwhile, after, names: rows.map(({ name }) => name) }));
await database.close();
