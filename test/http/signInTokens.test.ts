import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SignInTokens, tokenMinutes } from '../../src/http/signInTokens.js';

const done = async (): Promise<string> => 'done';

test('a token is of use once, and no other is', async () => {
  const tokens = new SignInTokens();
  assert.equal(await tokens.redeem('guess', done), undefined, 'before there is one');
  const token = tokens.issue();
  assert.equal(await tokens.redeem(`${token}x`, done), undefined);
  assert.equal(await tokens.redeem(token, done), 'done');
  assert.equal(await tokens.redeem(token, done), undefined);
});

test('a token ends by itself, and with the next one', async () => {
  let now = 0;
  const tokens = new SignInTokens(() => now);
  const late = tokens.issue();
  now = tokenMinutes * 60_000;
  assert.equal(await tokens.redeem(late, done), undefined);
  const first = tokens.issue();
  const second = tokens.issue();
  assert.equal(await tokens.redeem(first, done), undefined);
  now += tokenMinutes * 60_000 - 1;
  assert.equal(await tokens.redeem(second, done), 'done');
});

test('a token whose work fails may be tried again, one at a time', async () => {
  const tokens = new SignInTokens();
  const token = tokens.issue();
  const failing = tokens.redeem(token, async () => {
    throw new Error('the database is away');
  });
  assert.equal(await tokens.redeem(token, done), undefined, 'while the first is at work');
  await assert.rejects(failing, /away/);
  assert.equal(await tokens.redeem(token, done), 'done');
});
