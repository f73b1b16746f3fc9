// What images look like to a version, counted and compared with those that it was made with.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { AppError } from '../../src/errors.js';
import { bins, readDriftBaseline, writeDriftBaseline, type DriftBaseline } from '../../src/models/driftBaseline.js';
import { binOf, DriftTally, measureEmbedding, readCounts } from '../../src/serving/drift/measures.js';
import {
  compareWith,
  driftedFrom,
  hasDrifted,
  leastImages,
  stabilityIndex,
  steadyBelow,
} from '../../src/serving/drift/stability.js';
import { fitDrift } from '../../src/training/fit/driftFit.js';
import { createRandom } from '../../src/training/random.js';

await setBackend('cpu');

const size = 24;
const classes = 2;

/** Around the centre of its class, moved by `shift` in one direction. */
function draw(label: number, random: { next: () => number }, shift = 0): Float32Array {
  return Float32Array.from(
    { length: size },
    (_, i) => (i % classes === label ? 1 : 0.2) + random.next() + (i === 3 ? shift : 0),
  );
}

function baselineOf(count: number): DriftBaseline | undefined {
  const random = createRandom(1);
  const features = new Float32Array(count * size);
  for (let row = 0; row < count; row++) features.set(draw(row % classes, random), row * size);
  const parts = Uint8Array.from({ length: count }, (_, row) => (row >> 1) % 5);
  const spread = fitDrift({ kind: 'drift', features, size, parts, seed: 1 });
  return spread && { ...spread, id: 'x', size, classes: [count / 2, count / 2] };
}

const baseline = baselineOf(600)!;

function compare(labels: readonly number[], shift = 0) {
  const random = createRandom(99);
  const tally = new DriftTally(baseline);
  for (const label of labels) tally.add(draw(label, random, shift), label);
  return compareWith(baseline, readCounts(baseline, tally.take()));
}
const evenly = Array.from({ length: 400 }, (_, i) => i % classes);

describe('drift', () => {
  it('sees none in images like those of the training', () => {
    const { embeddings, classes: mix } = compare(evenly);
    assert.ok(Math.abs(embeddings!) < 0.05 && mix! < 0.05, JSON.stringify([embeddings, mix]));
  });

  it('sees other images, and another mix of classes', () => {
    assert.ok(compare(evenly, 3).embeddings! > driftedFrom.embeddings);
    assert.ok(compare(evenly, 3).classes! < 0.05);
    assert.ok(compare(evenly.map((_, i) => Number(i % 10 === 0))).classes! > driftedFrom.classes);
  });

  it('says nothing of few images, nor of the classes where few held-out images tell what to expect', () => {
    assert.deepEqual(compare(evenly.slice(0, leastImages - 1)), { embeddings: undefined, classes: undefined });
    const { embeddings, classes: mix } = compareWith(
      { ...baseline, classes: [4, 4] },
      { images: leastImages, measures: baseline.counts, classes: [leastImages / 2, leastImages / 2] },
    );
    assert.ok(embeddings !== undefined);
    assert.equal(mix, undefined);
  });

  it('begins at one figure and ends below a lower one', () => {
    for (const name of ['embeddings', 'classes'] as const) {
      const judged = (index: number, was: boolean): boolean =>
        hasDrifted({ embeddings: 0, classes: undefined, [name]: index }, was);
      const between = (driftedFrom[name] + steadyBelow[name]) / 2;
      assert.deepEqual([judged(between, false), judged(driftedFrom[name], false)], [false, true]);
      assert.deepEqual([judged(between, true), judged(steadyBelow[name] - 0.01, true)], [true, false]);
    }
  });

  it('has an index that is 0 on average where nothing has changed, and grows with the change', () => {
    const random = createRandom(7);
    const drawCounts = (count: number): number[] => {
      const counts = new Array<number>(bins).fill(0);
      for (let i = 0; i < count; i++) counts[random.below(bins)]! += 1;
      return counts;
    };
    const all = Array.from({ length: 300 }, () => stabilityIndex(drawCounts(300), drawCounts(500)));
    assert.ok(Math.abs(all.reduce((sum, index) => sum + index, 0) / all.length) < 0.003);
    // By hand: (0.5 - 0.2) ln 2.5 + (0.5 - 0.8) ln 0.625, with more images than half a one of each bin would show in.
    const known = stabilityIndex([5e8, 5e8], [2e8, 8e8]);
    assert.ok(Math.abs(known - (0.3 * Math.log(2.5) - 0.3 * Math.log(0.625))) < 1e-6);
  });

  it('counts every image once by each measure, whatever its embedding', () => {
    const tally = new DriftTally(baseline);
    for (const embedding of [new Float32Array(size), new Float32Array(size).fill(1e6), new Float32Array(size).fill(-1)])
      tally.add(embedding, classes);
    const taken = tally.take()!;
    const counts = readCounts(baseline, taken);
    assert.equal(counts.images, 3);
    for (let first = 0; first < counts.measures.length; first += bins)
      assert.equal(
        counts.measures.slice(first, first + bins).reduce((sum, count) => sum + count, 0),
        3,
      );
    assert.deepEqual(counts.classes, [0, 0], 'a class that it was taught since is none of its own');
    assert.equal(tally.take(), undefined);
    tally.giveBack(taken);
    assert.deepEqual(tally.take(), taken);
    assert.deepEqual([binOf(-Infinity, baseline.edges, 0), binOf(Infinity, baseline.edges, 0)], [0, bins - 1]);
    const measures = measureEmbedding(new Float32Array([3, 4]), new Float32Array([1, 0]));
    assert.deepEqual(
      [...measures].map((value) => Math.round(value * 100) / 100),
      [0.6, 0.8, 5],
    );
  });

  it('needs enough images to be made', () => {
    assert.equal(baselineOf(160), undefined);
    assert.ok(baselineOf(170));
  });
});

describe('drift.json', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'taxon-drift-file-'));
  after(() => rm(directory, { recursive: true, force: true }));
  const wanted = { embeddingSize: size, classes };

  it('comes back as it was written, and is absent in other versions', async () => {
    assert.equal(await readDriftBaseline(directory, wanted), undefined);
    await writeDriftBaseline(directory, baseline);
    const read = (await readDriftBaseline(directory, wanted))!;
    assert.match(read.id, /^[0-9a-f]{16}$/);
    assert.deepEqual(read, { ...baseline, id: read.id });
  });

  it('is refused where it is damaged, or of another version', async () => {
    const isRefused = (error: unknown): boolean => error instanceof AppError && error.code === 'invalid_model';
    await assert.rejects(readDriftBaseline(directory, { ...wanted, embeddingSize: size + 1 }), isRefused);
    await assert.rejects(readDriftBaseline(directory, { ...wanted, classes: 3 }), isRefused);
    const path = join(directory, 'drift.json');
    const file = JSON.parse(await readFile(path, 'utf8')) as { counts: number[] };
    await writeFile(path, JSON.stringify({ ...file, counts: file.counts.slice(1) }));
    await assert.rejects(readDriftBaseline(directory, wanted), isRefused);
  });
});
