// What tells images of a classifier's classes from all others: fitted, scored, stored, measured.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { AppError } from '../../src/errors.js';
import { noveltyOf, projectUnit, similarityTo } from '../../src/models/novelty.js';
import { readNovelty, writeNovelty } from '../../src/models/noveltyFile.js';
import { areaUnderRoc, checkNovelty } from '../../src/training/evaluation/noveltyCheck.js';
import { fitNovelty, leastImages, mostReferences, type NoveltyTask } from '../../src/training/fit/noveltyFit.js';
import { createRandom } from '../../src/training/random.js';

await setBackend('cpu');

const size = 48;
const classes = 3;

/** Around one of several centres, which are as far from one another as chance makes them. */
function draw(centre: number, random: { next: () => number }): Float32Array {
  const place = createRandom(1000 + centre);
  return Float32Array.from({ length: size }, () => Math.max(0, place.next() - 0.5) + 0.12 * random.next());
}

function task(count: number, seed = 5): NoveltyTask {
  const random = createRandom(seed);
  const labels = Uint32Array.from({ length: count }, (_, i) => i % classes);
  const features = new Float32Array(count * size);
  labels.forEach((label, row) => features.set(draw(label, random), row * size));
  return {
    kind: 'novelty',
    features,
    size,
    labels,
    parts: Uint8Array.from(labels, (_, i) => (i / classes) % 5),
    seed: 1,
  };
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;

describe('novelty', () => {
  for (const count of [30, 300])
    it(`${count} images tell their own classes from others, and from nothing`, () => {
      const model = fitNovelty(task(count))!;
      const random = createRandom(77);
      const own = Array.from({ length: 200 }, (_, i) => noveltyOf(model, draw(i % classes, random)));
      const others = Array.from({ length: 100 }, (_, i) => noveltyOf(model, draw(classes + (i % 5), random)));
      assert.ok(own.filter((novelty) => novelty > 0.99).length <= 200 * 0.05, 'few of its own are unknown');
      assert.ok(others.every((novelty) => novelty > 0.99));
      const middle = median(own);
      assert.ok(middle > 0.25 && middle < 0.75, `${middle}`);
      assert.equal(noveltyOf(model, new Float32Array(size)), 1);
    });

  it('is measured on images of one part alone where a backbone has learnt the others, which it makes too alike', () => {
    const all = task(150);
    const learnt = all.parts.map((part) => Number(part === 4));
    // Each learnt image is the mean of its class.
    const features = all.features.slice();
    learnt.forEach((isUnseen, row) => {
      const mean = draw(all.labels[row]!, { next: () => 0.5 });
      if (isUnseen === 0) features.set(mean, row * size);
    });
    const unknownOf = (parts: Uint8Array, measuredPart?: number): number => {
      const model = fitNovelty({ ...all, features, parts, ...(measuredPart !== undefined && { measuredPart }) })!;
      const random = createRandom(77);
      return Array.from({ length: 200 }, (_, i) => noveltyOf(model, draw(i % classes, random))).filter(
        (novelty) => novelty > 0.9,
      ).length;
    };
    assert.ok(unknownOf(learnt, 1) < 60, `${unknownOf(learnt, 1)}`);
    assert.ok(unknownOf(all.parts) > unknownOf(learnt, 1));
    assert.equal(
      fitNovelty({ ...task(60), parts: task(60).parts.map((part) => Number(part === 4)), measuredPart: 1 }),
      undefined,
    );
  });

  it('does not depend on how bright an embedding is', () => {
    const model = fitNovelty(task(60))!;
    const embedding = draw(0, createRandom(3));
    const larger = embedding.map((value) => value * 7);
    assert.ok(Math.abs(noveltyOf(model, embedding) - noveltyOf(model, larger)) < 1e-6);
  });

  it('needs some images, of more than one part, and uses no more than it can carry', () => {
    assert.equal(fitNovelty(task(leastImages - 1)), undefined);
    assert.equal(fitNovelty({ ...task(60), parts: new Uint8Array(60) }), undefined);
    const large = fitNovelty(task(mostReferences + 500))!;
    assert.equal(large.similarities.length, mostReferences);
  });

  it('gives ever more novelty to what lies farther out, also past its farthest image', () => {
    const model = {
      size: 2,
      neighbours: 1,
      basis: Float32Array.of(1, 0, 0, 1),
      reference: Float32Array.of(1, 0),
      similarities: Float32Array.of(0.8, 0.9, 0.95),
    };
    const at = (angle: number): number => noveltyOf(model, Float32Array.of(Math.cos(angle), Math.sin(angle)));
    const values = [0, 0.3, 0.5, 0.7, 0.9, 1.2, 1.5].map(at);
    assert.deepEqual(
      [...values].sort((a, b) => a - b),
      values,
    );
    assert.equal(values[0], 0.25);
    assert.ok(at(0.7) > 0.75 && at(1.5) > 0.99);
  });
});

describe('similarityTo', () => {
  it('gives the k-th nearest, whatever their order, and leaves rows out', () => {
    const reference = Float32Array.of(1, 0, 0.6, 0.8, 0, 1, 0.8, 0.6);
    const point = Float32Array.of(1, 0);
    const expected = [1, 0.8, 0.6, 0];
    expected.forEach((value, i) => assert.ok(Math.abs(similarityTo(reference, point, i + 1) - value) < 1e-6));
    assert.ok(Math.abs(similarityTo(reference, point, 1, (row) => row === 0) - 0.8) < 1e-6);
    assert.equal(similarityTo(reference, point, 5), -1);
  });

  it('projects to unit length', () => {
    assert.deepEqual(
      [...projectUnit(Float32Array.of(3, 4), Float32Array.of(1, 0, 0, 1))].map((x) => Number(x.toFixed(6))),
      [0.6, 0.8],
    );
  });
});

describe('the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
  after(() => rm(folder, { recursive: true, force: true }));

  it('gives back what was written, and nothing where there is none', async () => {
    assert.equal(await readNovelty(folder, size), undefined);
    const model = fitNovelty(task(60))!;
    await writeNovelty(folder, model);
    const { format, ...read } = (await readNovelty(folder, size)) as typeof model & { format: string };
    assert.equal(format, 'taxon-novelty/1');
    assert.deepEqual(read, model);
  });

  it('is refused when it is damaged, or of another backbone', async () => {
    const isRefused = (error: unknown): boolean => error instanceof AppError && error.code === 'invalid_model';
    await assert.rejects(readNovelty(folder, size + 1), isRefused);
    const path = join(folder, 'novelty.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"reference":"[^"]*"/, '"reference":""'));
    await assert.rejects(readNovelty(folder, size), isRefused);
    await writeFile(path, text.slice(0, 100));
    await assert.rejects(readNovelty(folder, size), isRefused);
  });
});

it('is measured: what is given up, what is caught, and the area under the curve', () => {
  assert.equal(areaUnderRoc([0, 1], [2, 3]), 1);
  assert.equal(areaUnderRoc([0, 2], [1, 2]), 0.625);
  const model = fitNovelty(task(120))!;
  const { features } = task(60, 9);
  const blanks = Array.from({ length: 8 }, (_, i) => draw(classes + i, createRandom(i)));
  const check = checkNovelty(model, features, blanks);
  assert.equal(check.references, 120);
  assert.equal(check.blanksUnknown, 1);
  assert.equal(check.auroc, 1);
  assert.equal(check.falsePositiveRate, 0);
  assert.ok(check.heldOutUnknown < 0.1, `${check.heldOutUnknown}`);
});
