import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeModelCard } from '../../src/http/modelCard.js';
import { manifestSchema } from '../../src/models/manifest.js';
import { inceptionPreprocessing } from '../../src/image/preprocessing.js';

const manifest = manifestSchema.parse({
  format: 'taxon-model/1',
  name: 'fruit',
  version: 3,
  layout: 'head',
  labels: ['apple', 'a|b <i>'],
  preprocessing: inceptionPreprocessing,
  backbone: { id: 'a'.repeat(64), architecture: 'InceptionV3', embeddingSize: 2048 },
  files: { 'model.json': { sha256: 'b'.repeat(64), bytes: 12 } },
  license: 'CC0-1.0',
});

test('a version that was not measured has a card that says so, and whose table no name breaks', () => {
  const card = writeModelCard(manifest, undefined);
  assert.match(card, /^# fruit, version 3\n\nTells 2 classes apart: apple, a\\\|b \\<i\\>\. License: CC0-1\.0\.\n/);
  assert.match(card, /None are known/);
  assert.doesNotMatch(card, /By class|Confidence/);
  assert.ok(card.includes(`| model.json | 12 | \`${'b'.repeat(64)}\` |`));
});

test('figures have their intervals, and the origin its times', () => {
  const metrics = {
    accuracy: 0.75,
    accuracyInterval: { low: 0.3, high: 0.95 },
    images: 4,
    evaluatedOn: 'test',
    classes: [
      { label: 'apple', precision: 1, recall: 0.5, f1: 2 / 3, support: 2 },
      { label: 'a|b <i>', precision: 2 / 3, recall: 1, f1: 0.8, support: 2 },
    ],
    confusion: [
      [1, 1],
      [0, 2],
    ],
  };
  const provenance = { dataset: 'old', note: '`quoted`', hyperparameters: { text: 'a `` b' } };
  const at = new Date('2026-01-02T03:04:05Z');
  const training = { dataset: 'fruit-2026', createdAt: at, startedAt: null, finishedAt: at };
  const card = writeModelCard({ ...manifest, metrics, provenance }, training);
  assert.match(card, /Of 4 images of the test split/);
  assert.ok(card.includes('| Accuracy | 75.0 % (30.0 to 95.0 %) |'));
  assert.match(card, /\| apple \| 100\.0 % \(\d+\.\d to 100\.0 %\) \| 50\.0 % \(.* %\) \| 0\.67 \| 2 \|/);
  assert.ok(card.includes('| a\\|b \\<i\\> | 0 | 2 |'));
  assert.ok(card.includes('- dataset: fruit-2026\n'));
  assert.ok(card.includes('- note: \\`quoted\\`\n'));
  assert.ok(card.includes('- hyperparameters: ```{"text":"a `` b"}```\n'));
  assert.ok(card.includes('- finished: 2026-01-02T03:04:05.000Z'));
  assert.doesNotMatch(card, /started/);
});
