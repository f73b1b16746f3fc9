import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findListed, readLabelList } from '../../src/data/datasets/labelList.js';

const read = (text: string) => Object.fromEntries(readLabelList(Buffer.from(text)));

describe('a list of labels', () => {
  it('may have them in one column, whatever is between', () => {
    assert.deepEqual(read('filename,labels\n1.jpg,hat|shirt\n2.jpg,"shirt, hat"\n3.jpg,hat;hat\n4.jpg,\n5.jpg\n'), {
      '1.jpg': { label: 'hat|shirt' },
      '2.jpg': { label: 'hat|shirt' },
      '3.jpg': { label: 'hat' },
      '4.jpg': { label: '|' },
      '5.jpg': { label: '|' },
    });
  });

  it('keeps blanks in labels, except in a column of tags', () => {
    assert.deepEqual(read('image,labels\n1.jpg,long sleeve\n'), { '1.jpg': { label: 'long sleeve' } });
    assert.deepEqual(read('image_name,tags\ntrain_1,haze primary\n'), { train_1: { label: 'haze|primary' } });
  });

  it('may have a column for each class, and one for the split', () => {
    assert.deepEqual(
      read('\ufefffilename,split,hat,shirt\r\n1.jpg,train,1,0\r\n2.jpg,val,1.0,True\r\n3.jpg,,0,-1\r\n'),
      {
        '1.jpg': { label: 'hat', split: 'train' },
        '2.jpg': { label: 'hat|shirt', split: 'validation' },
        '3.jpg': { label: '|' },
      },
    );
  });

  for (const [what, text, expected] of [
    ['a value that is neither yes nor no', 'filename,hat\n1.jpg,1\n2.jpg,perhaps\n', /line 3: expected 0 or 1 .*"hat"/],
    ['an unknown split', 'filename,labels,split\n1.jpg,hat,holdout\n', /line 2: expected train, validation or test/],
    ['no labels at all', 'filename\n1.jpg\n', /line 1: expected a first line/],
    ['quotes that never end', 'filename,labels\n"1.jpg,hat\n', /cannot be read/],
  ] as const)
    it(`is refused for ${what}, with the line`, () => {
      assert.throws(() => read(text), { code: 'invalid_archive', detail: expected });
    });

  it('finds images by path, by name, or by name without its ending', () => {
    const list = readLabelList(Buffer.from('filename,labels\na/1.jpg,x\n1.jpg,y\nscan_2,z\n'));
    const labelOf = (path: string) => findListed(list, path)?.label;
    assert.deepEqual(['a/1.jpg', 'b/1.jpg', 'b/scan_2.tif', '3.jpg'].map(labelOf), ['x', 'y', 'z', undefined]);
  });
});
