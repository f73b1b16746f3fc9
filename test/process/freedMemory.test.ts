import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
const otherLibrary = header.glibcVersionRuntime === undefined && 'SKIPPED: this C library keeps no freed memory';

/** Every fiftieth of many small pieces stays, so that no free memory lies at the end. */
const script = (url: string): string => `
  const { giveBackFreedMemory } = await import(${JSON.stringify(url)});
  let pieces = Array.from({ length: 3000 }, () => Buffer.alloc(64 * 1024, 1));
  const kept = pieces.filter((_, i) => i % 50 === 0);
  pieces = undefined;
  gc();
  await new Promise((resolve) => setTimeout(resolve, 100));
  gc();
  const before = process.memoryUsage.rss();
  await giveBackFreedMemory();
  console.log(JSON.stringify({ gone: before - process.memoryUsage.rss(), kept: kept.length }));`;

it('memory that was freed between what is in use goes back to the system', { skip: otherLibrary }, async () => {
  const url = new URL('../../src/freedMemory.js', import.meta.url).href;
  const flags = ['--expose-gc', '--input-type=module', '--eval', script(url)];
  const env = { ...process.env, MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_ARENA_MAX: '2' };
  const { stdout } = await promisify(execFile)(process.execPath, flags, { env });
  const { gone } = JSON.parse(stdout) as { gone: number };
  assert.ok(gone > 64 * 2 ** 20, `${gone} bytes went back`);
});
