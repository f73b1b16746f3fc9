import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { classActivationMap } from '../../src/serving/explanation/activationMap.js';
import type { Admitted } from '../../src/serving/admission.js';
import { AppError } from '../../src/errors.js';
import { classifyAdmitted } from '../../src/http/classify.js';
import type { Wish } from '../../src/http/explain.js';
import type { BatchItem } from '../../src/serving/batcher.js';
import { Explainer, type ExplainerDeps } from '../../src/serving/explanation/explainer.js';
import type { KnownVersion } from '../../src/serving/loadedVersions.js';
import { inceptionPreprocessing } from '../../src/image/preprocessing.js';
import {
  fewestPasses,
  fewestPlaces,
  greyOut,
  occlusionMap,
  placesInOrder,
  placesPerSide,
} from '../../src/serving/explanation/occlusion.js';

describe('a class-activation map', () => {
  it('says for each cell by how much it raises the logit above the mean of all', () => {
    // Two channels in 2 × 2 cells; class 1 wants the second channel.
    const features = Float32Array.of(1, 0, 1, 0, 1, 0, 0, 4);
    const head = { classes: 3, kernel: Float32Array.of(1, 0, 0, 0, 2, 0), bias: Float32Array.of(0, 0.3, 0) };
    const { rows, columns, values } = classActivationMap(features, head, 1);
    assert.deepEqual([rows, columns, values.indexOf(Math.max(...values))], [2, 2, 3]);
    const logits = [0.75, 2 + 0.3, 0];
    const mean = values.reduce((sum, value) => sum + value, 0) / 4;
    assert.ok(Math.abs(mean - (logits[1]! - (logits[0]! + logits[1]! + logits[2]!) / 3)) < 1e-6);
  });
});

describe('occlusion', () => {
  const input = { width: 70, height: 35, pixels: Buffer.alloc(70 * 35 * 3) };

  it('greys out a place and half of its neighbours, of a copy', () => {
    const patched = greyOut(input, 8);
    const isGrey = (x: number, y: number): boolean => patched[(y * 70 + x) * 3] === 128;
    assert.deepEqual([isGrey(15, 7), isGrey(5, 3), isGrey(24, 12)], [true, true, true]);
    assert.deepEqual([isGrey(4, 7), isGrey(25, 7), isGrey(15, 13)], [false, false, false]);
    assert.ok(input.pixels.every((value) => value === 0));
  });

  it('covers every pixel, and no more than the input', () => {
    const covered = new Uint8Array(input.pixels.length);
    for (let place = 0; place < placesPerSide ** 2; place++)
      greyOut(input, place).forEach((value, i) => value > 0 && (covered[i] = 1));
    assert.ok(covered.every((value) => value === 1));
    assert.equal(greyOut(input, placesPerSide ** 2 - 1).length, input.pixels.length);
  });

  it('says how far the odds of the class fall, also where its probability is 1', () => {
    const whole = Float32Array.of(60, 0, 0);
    const greyed = new Map(placesInOrder.map((place) => [place, Float32Array.of(60, 0, 0)]));
    greyed
      .set(0, Float32Array.of(50, 0, 0))
      .set(1, Float32Array.of(61, 0, 0))
      .set(2, Float32Array.of(60, 20, 0));
    const { values } = occlusionMap(whole, greyed, 0);
    const rounded = Array.from(values.subarray(0, 4), (value) => Math.round(value * 10) / 10);
    assert.deepEqual(rounded, [10, -1, 19.3, 0]);
  });

  it('knows all of a map from the first places, between which the others are', () => {
    assert.deepEqual(placesInOrder.slice(0, fewestPlaces), [8, 10, 12, 22, 24, 26, 36, 38, 40]);
    assert.deepEqual(
      [...placesInOrder].sort((a, b) => a - b),
      Array.from({ length: placesPerSide ** 2 }, (_, i) => i),
    );
    const whole = Float32Array.of(60, 0);
    const greyed = new Map(placesInOrder.slice(0, fewestPlaces).map((place) => [place, whole]));
    greyed.set(8, Float32Array.of(52, 0));
    const { values } = occlusionMap(whole, greyed, 0);
    assert.deepEqual([values[0], values[8], values[9], values[16], values[11]], [8, 8, 4, 2, 0]);
    const before = greyed.get(10)!;
    greyed.set(9, before);
    assert.equal(occlusionMap(whole, greyed, 0).values[9], 0, 'what is known is not guessed');
  });
});

describe('an explainer', () => {
  const version = {
    headId: 'head',
    backboneId: 'backbone',
    manifest: { name: 'a', version: 1, preprocessing: { ...inceptionPreprocessing, width: 14, height: 14 } },
  } as KnownVersion & { backboneId: string };
  const submitted: BatchItem[] = [];
  /** Whether requests leave nothing for background work. */
  let isBusy = false;
  const entered: Array<[caller: string, cost: number]> = [];
  let inLine = 0;
  let mostInLine = 0;
  const explainer = new Explainer({
    registry: { acquire: async () => ({ version, release: () => undefined }) },
    batcher: {
      submit: async (item: BatchItem) => {
        submitted.push(item);
        if (isBusy && item.priority === 'background')
          return new Promise((_resolve, reject) =>
            item.signal!.addEventListener('abort', () => reject(item.signal!.reason as Error)),
          );
        const blacks = item.pixels.subarray(0, 3).every((value) => value === 0) ? 1 : 0;
        return { logits: new Map([['head', Float32Array.of(blacks, 0)]]) };
      },
    },
    decoder: { decode: async () => ({ pixels: new Uint8Array(14 * 14 * 3) }) },
    line: {
      enter: async (caller: string, cost: number) => {
        entered.push([caller, cost]);
        mostInLine = Math.max(mostInLine, ++inLine);
        return () => inLine--;
      },
    },
    costs: { ofImage: () => 1.5 },
    maxBatchSize: 4,
  } as unknown as ExplainerDeps);
  const bytes = new Uint8Array(1);
  const waiting = { caller: 'somebody', signal: new AbortController().signal, enoughMs: 60_000 };

  it('costs as many passes as it makes at least', () => {
    assert.equal(explainer.costOf(bytes, 'cam'), 1.5);
    assert.equal(explainer.costOf(bytes, 'occlusion'), 1.5 + fewestPlaces);
  });

  it('greys out what makes a map as a request and the rest below requests, one image at a time', async () => {
    const question = { image: bytes, label: 0 };
    const made = await Promise.all([1, 2].map(() => explainer.explain(question, version, 'occlusion', waiting)));
    const [{ map, isCoarse }] = made as [(typeof made)[0], (typeof made)[0]];
    assert.deepEqual([map.values.indexOf(Math.max(...map.values)), isCoarse], [0, false]);
    assert.equal(submitted.length, 2 * (placesPerSide ** 2 + 1));
    assert.deepEqual(
      submitted.slice(0, placesPerSide ** 2 + 1).map(({ priority }) => priority),
      [
        ...Array<string>(fewestPasses).fill('request'),
        ...Array<string>(placesPerSide ** 2 - fewestPlaces).fill('background'),
      ],
    );
    assert.deepEqual(entered, Array(2).fill(['somebody', 1.5 + fewestPlaces]));
    assert.equal(mostInLine, 1);
  });

  it('gives the coarse map when requests leave no time for more', async () => {
    isBusy = true;
    const question = { image: bytes, label: 0 };
    for (const enoughMs of [-1, 5]) {
      const hurried = { ...waiting, enoughMs };
      const { map, isCoarse } = await explainer.explain(question, version, 'occlusion', hurried);
      assert.deepEqual([isCoarse, map.values.length], [true, placesPerSide ** 2]);
      assert.ok(map.values.every(Number.isFinite));
    }
    isBusy = false;
    assert.equal(inLine, 0);
  });

  it('ends with the request', async () => {
    const reason = new AppError('client_closed', 'gone');
    const gone = { ...waiting, signal: AbortSignal.abort(reason) };
    await assert.rejects(explainer.explain({ image: bytes, label: 0 }, version, 'occlusion', gone), reason);
    assert.equal(inLine, 0);
  });

  it('is admitted with the cost of the classification and of every explanation', async () => {
    const revised: number[] = [];
    const admitted: Pick<Admitted, 'revise' | 'caller'> = { caller: 'x', revise: (cost) => void revised.push(cost) };
    const refused = new AppError('overloaded', 'enough');
    const service = { costOf: () => 3, classify: () => Promise.reject(refused) };
    const request = { admitted, exchange: { onceOver: () => () => undefined } };
    const wish = { explainer, method: 'occlusion' } as unknown as Wish;
    const images = [bytes, new AppError('image_too_large', ''), bytes];
    const deps = { service, timeoutMs: 1000 } as never;
    await assert.rejects(classifyAdmitted(deps, request as never, images, [], wish), refused);
    assert.deepEqual(revised, [3 + 2 * (1.5 + fewestPlaces)]);
  });
});
