import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyLoad, percentile } from '../../src/cli/bench/load.js';
import { markdownTable, mergeRows, readMarkdownTable, readSection, replaceSection } from '../../bench/markdown.js';
import { choosePeers } from '../../bench/peers/catalogue.js';
import { compare } from '../../bench/peers/measure.js';

describe('the figures of a bench', () => {
  test('a percentile is the value below which that share lies, in any order', () => {
    const values = Array.from({ length: 100 }, (_, i) => (i * 37) % 100);
    assert.deepEqual(
      [0, 0.5, 0.95, 0.99, 1].map((share) => percentile(values, share)),
      [0, 50, 95, 99, 99],
    );
    assert.equal(percentile([], 0.5), 0);
  });

  test('a load sends each index once, and counts failures apart', async () => {
    const sent: number[] = [];
    const send = async (index: number): Promise<boolean> => (sent.push(index), index % 4 !== 0);
    const { requests, failures, perSecond } = await applyLoad(send, 10, 3);
    assert.deepEqual([requests, failures, sent.toSorted((a, b) => a - b)], [10, 3, [...Array(10).keys()]]);
    assert.ok(perSecond > 0);
    assert.equal((await applyLoad(async () => false, 5, 1)).perSecond, 0);
  });

  test('a table keeps the cells that were not measured again, and says which never were', () => {
    const known = [
      { set: 'one', size: '5', slow: '70', fast: '60' },
      { set: 'two', size: '5', slow: '', fast: '50' },
    ];
    const text = `before\n<!-- t -->\n\n${markdownTable(known)}\n\n<!-- /t -->\nafter`;
    const read = readMarkdownTable(readSection(text, 't'));
    assert.deepEqual(read, known);
    const measured = [
      { set: 'one', size: 5, fast: '61', slow: '' },
      { set: 'three', size: 5, fast: '40' },
    ];
    assert.deepEqual(mergeRows(read, measured, ['set', 'size'], ['set', 'size', 'fast', 'slow'], 'not run'), [
      { set: 'one', size: 5, fast: '61', slow: '70' },
      { set: 'two', size: '5', fast: '50', slow: 'not run' },
      { set: 'three', size: 5, fast: '40', slow: 'not run' },
    ]);
    assert.deepEqual(readMarkdownTable('no table'), []);
  });

  test('a table has the columns of its first row', () => {
    assert.equal(
      markdownTable([
        { a: 1, b: 'x' },
        { b: 'y', a: 2 },
      ]),
      '| a | b |\n| --- | --- |\n| 1 | x |\n| 2 | y |',
    );
  });

  test('a section is replaced as often as one likes, and must be there once', () => {
    const text = 'before\n<!-- t -->\nold\n<!-- /t -->\nafter\n';
    const once = replaceSection(text, 't', 'new $1');
    assert.equal(once, 'before\n<!-- t -->\nnew $1\n<!-- /t -->\nafter\n');
    assert.equal(replaceSection(once, 't', 'new $1'), once);
    assert.throws(() => replaceSection('nothing', 't', ''), /once each/);
    assert.throws(() => replaceSection(text + text, 't', ''), /once each/);
  });

  test('a name chooses one peer or all that start with it; an unknown one is an error', () => {
    const names = (only?: string[]) => choosePeers(only).map(({ name }) => name);
    assert.deepEqual(names(['naive', 'taxon-onnx-fp32']), ['taxon-onnx-fp32', 'naive']);
    assert.ok(names(['fastapi-openvino']).length === 3 && !names().includes('fastapi-pytorch'));
    assert.throws(() => choosePeers(['nobody']), /there are .*naive/);
  });

  test('answers agree by their first class; the difference is that of the classes both name', () => {
    const answer = (a: number, b: number) => [
      { label: 'a', probability: a },
      { label: 'b', probability: b },
    ];
    const [agreement, difference] = compare(
      [answer(0.9, 0.1), answer(0.6, 0.4).reverse()],
      [answer(0.8, 0.2), answer(0.6, 0.4)],
    );
    assert.equal(agreement, 0.5);
    assert.ok(Math.abs(difference - 0.1) < 1e-12);
  });
});
