// The view Teach in a real browser: from two names and a few photos to a live answer, and on to a version in service.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { adminKey, call, startApp } from '../../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../../support/tinyModel.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';
import { dropFiles, type DroppedFile } from '../droppedFiles.js';

const photosOf = (colour: ColourName, count: number): Promise<DroppedFile[]> =>
  Promise.all(
    Array.from({ length: count }, async (_, i) => ({ name: `${i}.png`, bytes: await colourImage(colour, i) })),
  );

const selectorOf = (label: string): string => `section[aria-label="${label}"]`;

async function beginTeaching(page: Page, name: string, labels: readonly string[]): Promise<void> {
  await page.getByRole('link', { name: 'Teach' }).click();
  await page.getByLabel('What shall the classifier be called?').fill(name);
  await page.getByRole('button', { name: 'Begin' }).click();
  for (const label of labels) {
    await page.getByLabel('Name of a class').fill(label);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: label }).waitFor();
  }
}

test('Teach', { skip: withoutBrowser }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'taxon-teach-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const modelsDir = join(folder, 'models');
  await publishTinyModel(modelsDir, 'sketch', ['this', 'that']);
  const { url } = await startApp({ MODELS_DIR: modelsDir });
  const browser = await startBrowser();
  const model = async (name: string): Promise<{ activeVersion: number; versions: number[] }> =>
    (await call<{ activeVersion: number; versions: number[] }>(`${url}/v1/models/${name}`)).body;

  await t.test(
    'two classes are taught from dropped photos and a folder, answered live, trained for real, put into service',
    async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey });
      await beginTeaching(page, 'My colours', ['red', 'blue']);
      assert.match(page.url(), /#\/teach\/my-colours$/);
      await page.getByText('It learns from the first photo on').waitFor();
      await dropFiles(page, selectorOf('red'), await photosOf('red', 8));
      await page.locator(selectorOf('red')).getByText('8 photos').waitFor();

      const blues = join(folder, 'blue things');
      await mkdir(blues);
      for (const { name, bytes } of await photosOf('blue', 8)) await writeFile(join(blues, name), bytes);
      await writeFile(join(blues, 'notes.txt'), 'no image');
      await writeFile(join(blues, '.DS_Store'), 'hidden');
      await page.getByLabel('Folder: blue').setInputFiles(blues);
      await page.locator(selectorOf('blue')).getByText('8 photos').waitFor();
      await page.getByText('1 file was not added').click();
      await page.getByText(/^notes\.txt: /).waitFor();

      await page.getByText('It answers from 16 photos, 16 of them new').waitFor();
      const live = page.locator('section', { has: page.getByRole('heading', { name: '3. See what it says' }) });
      for (const colour of ['red', 'blue'] as const) {
        await live
          .getByLabel('Choose a photo')
          .setInputFiles({ name: `${colour}-new.png`, mimeType: 'image/png', buffer: await colourImage(colour, 99) });
        await live.getByRole('img', { name: `${colour}-new.png` }).waitFor();
        await live.getByRole('status').filter({ hasText: colour }).waitFor();
      }
      // Nothing was trained for that.
      assert.equal(await model('my-colours').then(({ versions }) => versions), undefined);

      await page.getByRole('button', { name: 'Train for real' }).click();
      await page.getByText(/Right on \d+ % of \d+ photos/).waitFor();
      await page.getByText('Version 1 is in service.').waitFor();
      assert.equal((await model('my-colours')).activeVersion, 1);
      await assertAccessible(page);
      await page.getByRole('link', { name: 'Open it in Try' }).click();
      await page.getByLabel('Choose a photo').setInputFiles(join(blues, '1.png'));
      assert.equal(await page.locator('.best strong').innerText(), 'blue');
      await page.getByRole('button', { name: 'Why?' }).click();
      await page.getByRole('img', { name: 'Similar photo of blue' }).first().waitFor();
      await page.getByText('100 % alike').first().waitFor();
      await page.getByRole('img', { name: 'Heat map of what speaks for blue' }).waitFor();
      assertClean();
    },
  );

  await t.test(
    'after a training new photos answer at once, a removed one is gone, and a second training is put into service',
    async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey });
      await page.goto(`${url}/#/teach/my-colours`);
      await page.getByText('It answers from 16 photos, all of them trained').waitFor();
      await dropFiles(page, selectorOf('red'), [{ name: 'more.png', bytes: await colourImage('red', 50) }]);
      await page.getByText('It answers from 17 photos, 1 of them new').waitFor();
      await page
        .locator(selectorOf('red'))
        .getByRole('button', { name: /^Remove photo/ })
        .first()
        .click();
      await page.locator(selectorOf('red')).getByText('8 photos').waitFor();
      await page.getByText('It answers from 16 photos').waitFor();
      assert.deepEqual((await model('my-colours')).versions, [1]);
      await page.getByRole('button', { name: 'Train for real' }).click();
      await page.getByRole('button', { name: 'Put version 2 into service' }).click();
      await page.getByText('Version 2 is in service.').waitFor();
      assert.equal((await model('my-colours')).activeVersion, 2);
      assertClean();
    },
  );

  await t.test('the camera gives several photos while its button is held, and then the live answer', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey, context: phone });
    await beginTeaching(page, 'with-camera', ['seen', 'red']);
    await page.getByRole('button', { name: 'Camera: seen' }).click();
    const shutter = page.getByRole('button', { name: 'Hold to shoot' });
    await shutter.waitFor();
    await assertAccessible(page);
    await shutter.hover();
    await page.mouse.down();
    await page.waitForTimeout(1500);
    await page.mouse.up();
    const seen = page.locator(selectorOf('seen'));
    await seen.getByText(/^[3-9] photos$/).waitFor();
    const before = Number.parseInt(await seen.getByRole('status').first().innerText(), 10);
    await shutter.focus();
    await page.keyboard.press('Space', { delay: 20 });
    await seen.getByText(`${before + 1} photos`).waitFor();
    await dropFiles(page, selectorOf('red'), await photosOf('red', 6));
    await page.getByText('It answers from').waitFor();
    await page.getByRole('button', { name: 'Watch through the camera' }).click();
    await page.locator('.live-answer strong').filter({ hasText: 'seen' }).waitFor();
    assert.equal(await page.locator('video').count(), 1);
    assertClean();
  });

  for (const [name, context] of Object.entries({ desktop, phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
      await page.getByRole('link', { name: 'Teach' }).click();
      await page.getByRole('link', { name: 'my-colours' }).waitFor();
      await assertAccessible(page);
      await page.getByRole('link', { name: 'my-colours' }).click();
      await page.getByText('It answers from').waitFor();
      await page
        .getByRole('img', { name: /^Photo \d+ of red$/ })
        .first()
        .waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assertClean();
    });
});
