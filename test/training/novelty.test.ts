// What tells images of a classifier's classes from all others: fitted, scored, stored, measured.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { AppError } from '../../src/errors.js';
import { noveltyOf, projectUnit, similarityTo, leastImages } from '../../src/models/novelty.js';
import { readNovelty, writeNovelty } from '../../src/models/noveltyFile.js';
import { areaUnderRoc, checkNovelty } from '../../src/training/evaluation/noveltyCheck.js';
import { chooseNovelty, leastNegatives } from '../../src/training/fit/noveltyChoice.js';
import { fitNovelty, mostReferences, type NoveltyTask } from '../../src/training/fit/noveltyFit.js';
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
    features,
    size,
    labels,
    parts: Uint8Array.from(labels, (_, i) => (i / classes) % 5),
    seed: 1,
  };
}

const joined = (rows: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(rows.length * size);
  rows.forEach((row, i) => all.set(row, i * size));
  return all;
};

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
  const check = checkNovelty(model, features, [{ kind: 'drawn', features: joined(blanks) }]);
  assert.equal(check.references, 120);
  assert.equal(check.blanksUnknown, 1);
  assert.equal(check.auroc, 1);
  assert.equal(check.falsePositiveRate, 0);
  assert.ok(check.heldOutUnknown < 0.1, `${check.heldOutUnknown}`);
});

describe('the choice of a measure', () => {
  const random = createRandom(31);
  const drawMany = (centre: number, count: number): Float32Array =>
    joined(Array.from({ length: count }, () => draw(centre, random)));
  const blanks = {
    kind: 'drawn',
    features: joined(Array.from({ length: 6 }, (_, i) => draw(40 + i, random))),
  } as const;

  it('falls on nearest neighbours where nothing is better, and says what else was tried', () => {
    const { model, tried } = chooseNovelty({ ...task(60), kind: 'novelty', negatives: [blanks] })!;
    assert.deepEqual(
      tried.map(({ measure, withNegatives }) => [measure, withNegatives]),
      [
        ['nearest-neighbours', false],
        ['mahalanobis', false],
      ],
    );
    assert.equal(model.mahalanobis, undefined);
    assert.deepEqual(model, fitNovelty(task(60)));
  });

  it('falls on Mahalanobis’ distance where images of a class vary much in ways that say nothing', () => {
    const vary = (row: Float32Array, by: { next: () => number }): Float32Array =>
      row.map((value, i) => value + (i < 10 ? 2 * by.next() : 0));
    const apart = createRandom(8);
    const given = task(300);
    const features = joined([...given.labels].map((label) => vary(draw(label, apart), apart)));
    // Of no class in what says something: in the middle between two.
    const middle = (i: number): Float32Array => {
      const [one, other] = [draw(i % classes, apart), draw((i + 1) % classes, apart)];
      return vary(
        one.map((value, j) => (value + other[j]!) / 2),
        apart,
      );
    };
    const strangers = joined(Array.from({ length: 60 }, (_, i) => middle(i)));
    const negatives = [{ kind: 'otherDatasets', features: strangers }] as const;
    const { model, tried } = chooseNovelty({ ...given, features, kind: 'novelty', negatives })!;
    assert.ok(tried[1]!.auroc > tried[0]!.auroc + 0.005, JSON.stringify(tried));
    assert.ok(model.mahalanobis);
    const unseen = createRandom(9);
    const unknown = Array.from({ length: 200 }, (_, i) => noveltyOf(model, vary(draw(i % classes, unseen), unseen)));
    assert.ok(unknown.filter((novelty) => novelty > 0.99).length <= 12);
  });

  /** Lies where the nearest neighbours suspect little: nearly an image of class 0. */
  const near = (from: { next: () => number }): Float32Array =>
    draw(0, from).map((value, i) => value + (i % 6 === 0 ? 0.09 : 0));

  it('learns from uploaded negatives what lies between the classes, and calls hardly more of its own images unknown', async () => {
    const strangers = joined(Array.from({ length: 40 }, () => near(random)));
    const given = {
      ...task(240),
      kind: 'novelty',
      negatives: [blanks, { kind: 'uploaded', features: strangers }],
    } as const;
    const { model, tried } = chooseNovelty(given)!;
    assert.deepEqual([tried.length, tried[2]!.withNegatives], [3, true]);
    assert.ok(model.negatives);
    const later = createRandom(5);
    const unknownOf = (by: typeof model, drawOne: (i: number) => Float32Array): number =>
      Array.from({ length: 200 }, (_, i) => noveltyOf(by, drawOne(i))).filter((novelty) => novelty > 0.99).length;
    const before = unknownOf({ ...model, negatives: undefined }, () => near(later));
    const gained = unknownOf(model, () => near(later));
    assert.ok(gained > before + 50, `${before} of 200 before, ${gained} after`);
    const own = unknownOf(model, (i) => draw(i % classes, later));
    assert.ok(own <= 12, `${own} of its own 200`);

    const folder = await mkdtemp(join(tmpdir(), 'taxon-test-'));
    after(() => rm(folder, { recursive: true, force: true }));
    await writeNovelty(folder, model);
    const { format, ...read } = (await readNovelty(folder, size)) as typeof model & { format: string };
    assert.equal(format, 'taxon-novelty/2');
    assert.deepEqual(read, model);

    const tooFew = { kind: 'uploaded', features: drawMany(9, leastNegatives - 1) } as const;
    assert.equal(chooseNovelty({ ...given, negatives: [blanks, tooFew] })!.model.negatives, undefined);
  });

  it('takes one of near duplicates: what is left out of them is known from the others', () => {
    const strangers = { kind: 'uploaded', features: joined(Array.from({ length: 20 }, () => near(random))) } as const;
    const given = { ...task(60), kind: 'novelty', negatives: [blanks, strangers] } as const;
    const groups = Uint32Array.from({ length: 60 }, (_, i) => i >> 1);
    const { model } = chooseNovelty({ ...given, groups })!;
    assert.equal(model.negatives?.similarities.length, 30);
  });
});
