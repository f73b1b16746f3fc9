// Several labels a photo in a real browser: labelled by keys, trained on, tried, and the figures of what came of it.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { adminKey, call, formOf, startApp } from '../../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../../support/tinyModel.js';
import { assertAccessible, desktop, openPage, startBrowser, withoutBrowser } from '../browser.js';

const colours: readonly ColourName[] = ['red', 'green', 'yellow'];

test('several labels a photo', { skip: withoutBrowser }, async (t) => {
  const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
  after(() => rm(modelsDir, { recursive: true, force: true }));
  await publishTinyModel(modelsDir, 'base', ['a', 'b']);
  const { url } = await startApp({ MODELS_DIR: modelsDir });
  const browser = await startBrowser();
  const headers = { authorization: `Bearer ${adminKey}` };
  const json = { ...headers, 'content-type': 'application/json' };
  const { page, assertClean } = await openPage(browser, url, { key: adminKey, context: desktop });

  await t.test('a dataset is made for them, and keys add and take them', async () => {
    await page.goto(`${url}/#/datasets`);
    await page.getByLabel('Name').fill('scenes');
    await page.getByLabel('A photo may have several labels').check();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByText('several labels a photo').waitFor();
    for (const colour of colours)
      for (let i = 0; i < 8; i++) {
        const form = formOf('image', [[`${colour}-${i}.png`, await colourImage(colour, i)]]);
        const label = encodeURIComponent(colour === 'yellow' ? '|' : `${colour}|warm`);
        await call(`${url}/v1/admin/datasets/scenes/images?label=${label}`, { method: 'POST', headers, body: form });
      }
    await page.reload();
    await page.locator('#photo-0').click();
    assert.equal(await page.locator('#photo-0 .photo-caption').innerText(), 'red, warm');
    assert.equal(await page.locator('#photo-23 .photo-caption').innerText(), 'no label');
    const key = (await page.getByRole('button', { name: /^\d warm$/ }).textContent())!.trim()[0]!;
    await page.keyboard.press(key);
    await page.locator('#photo-0 .photo-caption', { hasText: /^red$/ }).waitFor();
    await page.keyboard.press(key);
    await page.locator('#photo-0 .photo-caption', { hasText: 'red, warm' }).waitFor();
    await page.locator('#photo-0').dblclick();
    await page
      .getByRole('button', { name: /^\d red$/, pressed: true })
      .first()
      .waitFor();
    await assertAccessible(page);
  });

  await t.test('what was trained on it shows its figures and says all labels', async () => {
    const asked = await call<{ id: string }>(`${url}/v1/admin/retrain`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ dataset: 'scenes', model: 'scenes', backbone: 'base' }),
    });
    assert.equal(asked.status, 202, JSON.stringify(asked.body));
    await page.goto(`${url}/#/train/${asked.body.id}`);
    await page.getByText('mean average precision').first().waitFor({ timeout: 120_000 });
    await assertAccessible(page);
    await page.goto(`${url}/#/versions/scenes/1`);
    await page.getByRole('columnheader', { name: 'Average precision' }).waitFor();
    await assertAccessible(page);
    await page.goto(`${url}/#/versions/scenes`);
    await page.getByText(/mAP/).first().waitFor();

    await page.goto(`${url}/#/try/scenes`);
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({ name: 'new.png', mimeType: 'image/png', buffer: await colourImage('red', 500) });
    await page.getByText('do not add up to 100').waitFor();
    if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
    await assertAccessible(page);
  });
  assertClean();
});
