import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { descendantsOf, memoryMiBOf, parsePss, parseStat } from '../../bench/peers/processTree.js';

describe('what a tree of processes takes', () => {
  test('reads parent and CPU time of a process whose name has spaces and parentheses', () => {
    const text = '42 (a (b) c) S 7 42 42 0 -1 4194560 1 2 3 4 150 50 20 30 20 0 1 0 99';
    assert.deepEqual(parseStat(text), { parent: 7, cpuSeconds: 2.5 });
  });

  test('reads the proportional set size, not its parts', () => {
    const text = '00400000-7fff ---p 00000000 00:00 0 [rollup]\nRss: 9000 kB\nPss:    2048 kB\nPss_Anon:  1024 kB\n';
    assert.equal(parsePss(text), 2);
    assert.throws(() => parsePss('Rss: 1 kB\n'), /Pss/);
  });

  test('finds children and their children, and nobody else', () => {
    const parents = new Map([
      [1, 0],
      [12, 11],
      [10, 1],
      [11, 10],
      [20, 1],
    ]);
    assert.deepEqual(descendantsOf(10, parents), [10, 11, 12]);
  });

  test('counts the memory of a child', { skip: process.platform !== 'linux' && 'needs /proc' }, async () => {
    const before = memoryMiBOf(process.pid);
    const child = spawn(process.execPath, [
      '-e',
      'globalThis.kept = Buffer.alloc(2 ** 27, 1); console.log("ready"); setInterval(() => undefined, 1000)',
    ]);
    try {
      await once(child.stdout, 'data');
      assert.ok(memoryMiBOf(process.pid) - before > 100);
    } finally {
      child.kill();
    }
  });
});
