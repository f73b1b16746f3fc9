import assert from 'node:assert/strict';
import { writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { listImages } from '../../src/cli/imageFolder.js';
import { describeSetEvaluation, evaluateLabelSets, type JudgedSet } from '../../src/cli/labelSetEvaluation.js';
import { freshFolder } from '../support/folder.js';

const labels = ['cat', 'dog', 'hen'];
const judged = (truth: readonly string[], said: readonly string[], ...probabilities: readonly number[]): JudgedSet => ({
  truth,
  said,
  predictions: labels.map((label, i) => ({ label, probability: probabilities[i]! })),
});

test('sets of labels are judged by rank, by each label, and as a whole', () => {
  const evaluation = evaluateLabelSets(
    [
      judged(['cat', 'dog'], ['cat', 'dog'], 0.9, 0.8, 0.1),
      judged(['dog'], ['cat'], 0.7, 0.4, 0.2),
      judged([], [], 0.1, 0.6, 0.3),
    ],
    labels,
  );
  const [cat, dog, hen] = evaluation.classes;
  assert.deepEqual([cat!.averagePrecision, cat!.precision, cat!.recall], [1, 0.5, 1]);
  assert.deepEqual([dog!.averagePrecision, dog!.precision, dog!.recall], [(1 + 2 / 3) / 2, 1, 0.5]);
  assert.equal(hen!.averagePrecision, null);
  assert.equal(evaluation.meanAveragePrecision, (1 + (1 + 2 / 3) / 2) / 2);
  assert.equal(evaluation.exactMatch, 2 / 3);
  assert.equal(evaluation.microF1, 4 / 6);
  assert.match(describeSetEvaluation('animals version 1', evaluation), /mean average precision +91\.7 %/);
});

test('a folder of several labels an image is read by its list, or by its class folders', async (t) => {
  const folder = await freshFolder(t);
  for (const name of ['x/1.jpg', 'x/2.jpg']) {
    await mkdir(join(folder, 'x'), { recursive: true });
    await writeFile(join(folder, name), 'image');
  }
  const found = async () =>
    (await listImages(folder, 'multi-label')).map(({ name, label, split }) => [name, label, split]);
  assert.deepEqual(await found(), [
    ['x/1.jpg', 'x', undefined],
    ['x/2.jpg', 'x', undefined],
  ]);
  await writeFile(join(folder, 'labels.csv'), 'filename,labels,split\n1.jpg,hat|shirt,test\n');
  assert.deepEqual(await found(), [['x/1.jpg', 'hat|shirt', 'test']]);
});
