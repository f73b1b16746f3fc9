// A fresh folder for one test, removed when the test ends.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

export async function freshFolder(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
