import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import type { LeftOutImage } from '../../src/data/trainings/schemas.js';
import { describeLeftOut } from '../../src/training/leftOut.js';
import { newBench } from '../support/datasets.js';
import { onBothDatabases, shareDatabase } from '../support/databases.js';
import { colourImage } from '../support/tinyModel.js';
import { openTrainingBench, type TrainingBench } from '../support/trainingBench.js';

interface LogLine {
  readonly msg: string;
  readonly training?: string;
  readonly stage?: string;
  readonly count?: number;
  readonly images?: readonly LeftOutImage[];
}

/** A logger, and what was logged about images left out. */
function recordLog(): { logger: pino.Logger; logged: () => LogLine[] } {
  const lines: LogLine[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) });
  return { logger, logged: () => lines.filter(({ msg }) => msg.includes('left out')) };
}

/** The first image of `colour`: its id and its hash. */
async function firstImage({ database }: TrainingBench, colour: string): Promise<{ id: number; sha256: string }> {
  const schema = z.object({ id: z.int(), sha256: z.string() });
  const [row] = await database.query(
    schema,
    'SELECT id, sha256 FROM dataset_images WHERE label = $1 ORDER BY id LIMIT 1',
    [colour],
  );
  return row!;
}

const breakFile = ({ dataDir }: TrainingBench, sha256: string): Promise<void> =>
  writeFile(join(dataDir, 'images', sha256.slice(0, 2), sha256.slice(2, 4), sha256), 'no image any more');

describe('a training', () => {
  it('says which images it left out, from which file and why, in its record, its figures and the log', async (t) => {
    const { logger, logged } = recordLog();
    const bench = await openTrainingBench(t, { logger });
    await bench.addColours(8);
    const { id, sha256 } = await firstImage(bench, 'green');
    await breakFile(bench, sha256);
    const training = await bench.train({ activate: 'manual' });
    assert.equal(training.error, null);
    const { reason, ...which } = training.leftOut.images[0]!;
    assert.deepEqual(which, { imageId: id, image: sha256, label: 'green', fileName: 'green.png', stage: 'embeddings' });
    assert.match(reason, /Accepted formats are .*; this is a file of unknown type/);
    assert.deepEqual(training.leftOut, { count: 1, images: [{ ...which, reason }] });
    assert.deepEqual(training.metrics!['brokenImages'], training.leftOut.images);
    const { broken, train, validation, heldOut } = training.metrics!['images'] as Record<string, number>;
    assert.deepEqual([broken, broken! + train! + validation! + heldOut!], [1, 24]);
    assert.deepEqual(
      logged().map(({ training: of, stage, count, images }) => ({ of, stage, count, images })),
      [{ of: training.id, stage: 'embeddings', count: 1, images: training.leftOut.images }],
    );
  });
});

await onBothDatabases('the images that a training left out', (kind) => {
  const fresh = shareDatabase(kind);

  it('are described one by one: under each label, with the first file name or none', async (t) => {
    const database = await fresh();
    const bench = await newBench(t, database);
    const bytes = await colourImage('red', 1);
    const named = await bench.add({ bytes, label: 'red', fileName: 'a.png' });
    await bench.add({ bytes, label: 'red', fileName: 'b.png' });
    const unnamed = await bench.add({ bytes, label: 'crimson' });
    const other = await bench.add({ bytes: await colourImage('blue', 1), label: 'blue', fileName: 'c.png' });
    const items = [named, unnamed, other].map(({ id, sha256, label, split }) => ({
      imageId: id,
      sha256,
      label,
      split,
      groupKey: sha256,
    }));
    const broken = [{ image: named.sha256, reason: 'It is damaged.' }];
    const common = { image: named.sha256, stage: 'embeddings' as const, reason: 'It is damaged.' };
    assert.deepEqual(await describeLeftOut(database, items, broken, 'embeddings'), [
      { ...common, imageId: named.id, label: 'red', fileName: 'a.png' },
      { ...common, imageId: unnamed.id, label: 'crimson', fileName: null },
    ]);
    assert.deepEqual(await describeLeftOut(database, items, [], 'embeddings'), []);
  });
});
