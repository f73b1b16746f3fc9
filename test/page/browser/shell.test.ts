// The frame of the page in a real browser: sign in, sign out, keyboard, phone, dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, startApp } from '../../http/runningApp.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';

test('the frame', { skip: withoutBrowser }, async (t) => {
  const { url } = await startApp();
  const browser = await startBrowser();

  await t.test('a key is asked for once, tried, and forgotten by signing out', async () => {
    const { page, assertClean } = await openPage(browser, url);
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByLabel('Key').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The server does not know this key.').waitFor();
    await page.getByLabel('Key').fill(adminKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Health and keys' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Health and keys' }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Key').waitFor();
    assert.equal(await page.evaluate('sessionStorage.length'), 0);
    assertClean(/status of 401/);
  });

  for (const [name, context] of Object.entries({ desktop, phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
      await page.getByRole('heading', { level: 1 }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assertClean();
    });
});
