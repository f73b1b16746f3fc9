import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from '../../src/recentMap.js';

test('past its limit, the entry that was read and written longest ago goes first', () => {
  const map = new RecentMap<string, number>(2);
  map.set('a', 1);
  map.set('b', 2);
  assert.equal(map.get('a'), 1);
  map.set('c', 3);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3]);
  map.set('a', 4);
  map.set('d', 5);
  assert.deepEqual([map.get('a'), map.get('c'), map.get('d')], [4, undefined, 5]);
  map.delete('d');
  map.set('e', 6);
  assert.deepEqual([map.get('a'), map.get('d'), map.get('e')], [4, undefined, 6]);
});
