// The page says below a photo who made it, and links to where it is from.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, call, startApp } from '../../http/runningApp.js';
import { colourImage } from '../../support/tinyModel.js';
import { assertAccessible, dark, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';

test('a photo in full size says who made it', { skip: withoutBrowser }, async () => {
  const { url } = await startApp();
  const browser = await startBrowser();
  const headers = { authorization: `Bearer ${adminKey}` };
  await call(`${url}/v1/admin/datasets/roses`, { method: 'PUT', headers });
  const form = new FormData();
  const attribution = {
    title: 'Rose',
    author: 'Anna',
    license: 'CC BY 4.0',
    licenseUrl: 'https://creativecommons.org/licenses/by/4.0/',
    sourceUrl: 'https://example.org/rose',
    provider: 'openverse',
  };
  const photos = [JSON.stringify(attribution), JSON.stringify({ author: 'Ben' }), ''];
  for (const [index, text] of photos.entries()) {
    form.append('attribution', text);
    form.append('image', new Blob([new Uint8Array(await colourImage('red', index))]), `${index}.png`);
    await call(`${url}/v1/admin/datasets/roses/images?label=rose`, { method: 'POST', headers, body: form });
    form.delete('attribution');
    form.delete('image');
  }
  for (const context of [phone, dark]) {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
    await page.goto(`${url}/#/datasets/roses`);
    await page.locator('#photo-0').dblclick();
    const line = page.locator('.attribution');
    await line.getByRole('link', { name: 'Rose' }).waitFor();
    assert.equal(await line.textContent(), 'Rose by Anna, CC BY 4.0, found with openverse');
    assert.equal(await line.getByRole('link', { name: 'Rose' }).getAttribute('href'), attribution.sourceUrl);
    assert.equal(await line.getByRole('link', { name: 'CC BY 4.0' }).getAttribute('href'), attribution.licenseUrl);
    await assertAccessible(page);
    if (process.env.SCREENSHOTS !== undefined)
      await page.screenshot({ path: `${process.env.SCREENSHOTS}/${context === phone ? 'phone' : 'dark'}.png` });
    await page.keyboard.press('ArrowRight');
    await page.getByText('Untitled photo by Ben').waitFor();
    assert.equal(await line.getByRole('link').count(), 0);
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'Photo 3 of 3' }).waitFor();
    assert.equal(await line.count(), 0);
    assertClean();
  }
});
