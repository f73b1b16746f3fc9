import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Costs } from '../../src/serving/costs.js';
import { readImage } from '../support/fixtureImages.js';

describe('costs', () => {
  it('of a small image are one pass of the engine', async () => {
    assert.equal(new Costs(2).ofImage(await readImage('scene.png')), 1);
  });

  it('of an HEIC are what its decoding takes beside the engine, before and after one was measured', async () => {
    const costs = new Costs(2);
    costs.observeInference(60, 1);
    const heic = Buffer.concat([await readImage('display-p3.heic'), Buffer.alloc(2_000_000)]);
    assert.ok(costs.ofImage(heic) > 5);
    for (let i = 0; i < 50; i++) costs.observeDecode(heic, 2400);
    assert.ok(Math.abs(costs.ofImage(heic) - 2400 / 2 / 60) < 0.1);
    assert.equal(costs.ofImage(await readImage('scene.png')), 1, 'other formats have measurements of their own');
  });

  it('of a request follow what such requests have cost: their type and their size', () => {
    const costs = new Costs(2);
    assert.equal(costs.ofRequest('multipart/form-data', 1_000_000), 1);
    for (let i = 0; i < 50; i++) costs.observeRequest('multipart/form-data', 1_000_000, 32);
    assert.ok(Math.abs(costs.ofRequest('multipart/form-data', 900_000) - 32) < 0.1);
    assert.equal(costs.ofRequest('multipart/form-data', 60_000), 1);
    assert.equal(costs.ofRequest('image/jpeg', 1_000_000), 1);
  });

  it('are in passes whose time follows the engine', () => {
    const costs = new Costs(2);
    costs.observeInference(50, 1);
    assert.equal(costs.passMs, 50);
    for (let i = 0; i < 200; i++) costs.observeInference(80, 4);
    assert.ok(Math.abs(costs.passMs - 20) < 0.1);
  });
});
