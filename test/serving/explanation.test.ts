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
import { greyOut, occlusionMap, placesPerSide } from '../../src/serving/explanation/occlusion.js';

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
    const greyed = [Float32Array.of(50, 0, 0), Float32Array.of(61, 0, 0), Float32Array.of(60, 20, 0)];
    const { values } = occlusionMap(whole, greyed, 0);
    const rounded = Array.from(values, (value) => Math.round(value * 10) / 10);
    assert.deepEqual(rounded, [10, -1, 19.3]);
  });
});

describe('an explainer', () => {
  const version = {
    headId: 'head',
    backboneId: 'backbone',
    manifest: { name: 'a', version: 1, preprocessing: { ...inceptionPreprocessing, width: 14, height: 14 } },
  } as KnownVersion & { backboneId: string };
  const submitted: BatchItem[] = [];
  const entered: Array<[caller: string, cost: number]> = [];
  let inLine = 0;
  let mostInLine = 0;
  const explainer = new Explainer({
    registry: { acquire: async () => ({ version, release: () => undefined }) },
    batcher: {
      submit: async (item: BatchItem) => {
        submitted.push(item);
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
  const waiting = { caller: 'somebody', signal: new AbortController().signal };

  it('costs as many passes as it makes', () => {
    assert.equal(explainer.costOf(bytes, 'cam'), 1.5);
    assert.equal(explainer.costOf(bytes, 'occlusion'), 1.5 + placesPerSide ** 2);
  });

  it('greys out places below requests in priority, one image at a time, for what they cost', async () => {
    const question = { image: bytes, label: 0 };
    const maps = await Promise.all([1, 2].map(() => explainer.explain(question, version, 'occlusion', waiting)));
    assert.equal(maps[0]!.values.indexOf(Math.max(...maps[0]!.values)), 0);
    assert.equal(submitted.length, 2 * (placesPerSide ** 2 + 1));
    assert.ok(submitted.every(({ priority }) => priority === 'background'));
    assert.deepEqual(entered, Array(2).fill(['somebody', 1.5 + placesPerSide ** 2]));
    assert.equal(mostInLine, 1);
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
    assert.deepEqual(revised, [3 + 2 * (1.5 + placesPerSide ** 2)]);
  });
});
