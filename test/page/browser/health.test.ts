// Keys on the page, and the link that signs in once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawJpeg } from '../../support/drawnImages.js';
import { adminKey, startApp } from '../../http/runningApp.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';

test('health and keys', { skip: withoutBrowser }, async (t) => {
  const { url, app } = await startApp();
  const browser = await startBrowser();
  const classify = async (target: string): Promise<void> => {
    const body = new Uint8Array(await drawJpeg(3));
    const answer = await fetch(target, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body });
    assert.equal(answer.status, 200);
  };
  const statusOf = async (key: string): Promise<number> =>
    (await fetch(`${url}/v1/admin/keys`, { headers: { authorization: `Bearer ${key}` } })).status;

  await t.test('a link signs in, once', async () => {
    const link = `${url}/#sign-in=${app.issueSignIn()}`;
    const { page, assertClean } = await openPage(browser, url);
    await page.goto(link);
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
    assert.equal(new URL(page.url()).hash, '');
    const other = await openPage(browser, url);
    await other.page.goto(link);
    await other.page.getByText('The sign-in link did not work').waitFor();
    assert.equal(await other.page.getByRole('button', { name: 'Sign out' }).count(), 0);
    assertClean();
    other.assertClean(/status of 401/);
  });

  await t.test('what was answered is counted within seconds', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByText('Nobody has asked anything').waitFor();
    await classify(`${url}/v1/classify`);
    await page.getByRole('cell', { name: 'classifying' }).waitFor();
    await page.getByText('1 in the last').waitFor();
    assertClean();
  });

  await t.test('each classifier says whether it still sees photos like those of its training', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.goto(`${url}/#/health`);
    await page.getByRole('heading', { name: 'Are the photos still the same?' }).waitFor();
    await page.getByText('clothing 1:').waitFor();
    assertClean();
  });

  await t.test('a key is made, shown once, used and revoked', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByLabel('Name').fill('till-3');
    await page.getByRole('combobox', { name: /^May/ }).selectOption({ label: 'do everything, keys too' });
    await page.getByRole('button', { name: 'Make a key' }).click();
    const dialog = page.getByRole('dialog', { name: 'Your new key, shown this once' });
    const key = await dialog.locator('code').innerText();
    assert.equal(await statusOf(key), 200);
    await dialog.getByRole('button', { name: 'Copy' }).click();
    await dialog.getByRole('button', { name: 'Copied' }).waitFor();
    assert.equal(await page.evaluate('navigator.clipboard.readText()'), key);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    assert.equal((await page.content()).includes(key), false);
    await page.getByRole('button', { name: 'Revoke till-3' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('“till-3” is revoked.').waitFor();
    assert.equal(await statusOf(key), 401);
    assertClean();
  });

  for (const [name, context] of Object.entries({ desktop, phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
      await page.goto(`${url}/#/health`);
      await page.getByRole('cell', { name: 'admin' }).first().waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assertClean();
    });
});
