import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { newDirectory, pglite } from '../support/databases.js';

const support = (name: string): string => fileURLToPath(new URL(`../support/${name}.js`, import.meta.url));

test('a write whose flush fails is not acknowledged, and the database opens again for the next', async (t) => {
  const dataDir = await newDirectory(t);
  await pglite.prepare(dataDir);
  const args = ['--import', support('failingFlush'), support('failingFlushProcess'), dataDir];
  const env = { ...process.env, FAILING_FLUSH: join(dataDir, 'failing') };
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  assert.deepEqual(JSON.parse(stdout), {
    before: 'acknowledged',
    meanwhile: 'database_unavailable',
    after: 'acknowledged',
    names: ['before', 'after'],
  });
});
