// Versions in a real browser: the confusion matrix and a mistaken photo, two versions compared, activate, roll back, aliases, delete.
import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { test } from 'node:test';
import { adminKey } from '../../http/runningApp.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';
import { colourImage } from '../../support/tinyModel.js';
import { startColourServer } from './trainedColours.js';

/** A busy machine takes long to load the trainer, which looks at the images. */
const patienceMs = 120_000;

test('versions in the page', { skip: withoutBrowser }, async (t) => {
  const { url, train } = await startColourServer();
  await train();
  await train({ preset: 'keras' });
  const browser = await startBrowser();
  const open = (address: string) => async (): ReturnType<typeof openPage> => {
    const watched = await openPage(browser, url, { key: adminKey });
    watched.page.setDefaultTimeout(patienceMs);
    await watched.page.goto(`${url}/#/${address}`);
    return watched;
  };

  await t.test('a cell of the confusion matrix opens the mistaken photos, by keyboard too', async () => {
    const { page, assertClean } = await open('versions/colours/2')();
    const cell = page.getByRole('button', { name: 'green taken for red: 4 photos' }).first();
    await cell.click();
    const dialog = page.getByRole('dialog', { name: 'green taken for red: 4 photos' });
    await dialog.locator('img').nth(3).waitFor();
    assert.equal(await dialog.getByRole('button', { name: /^Open the photo/ }).count(), 4);
    assert.match(page.url(), /cell\/green\/red$/);
    await dialog
      .getByRole('button', { name: /^Open the photo/ })
      .first()
      .click();
    const photo = page.getByRole('dialog', { name: 'green taken for red', exact: true });
    await photo.getByAltText('Photo labelled green').waitFor();
    await photo.getByText(/red-10\d\.png/).waitFor();
    await page.keyboard.press('Escape');
    await photo.waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.waitForURL(/colours\/2$/);

    await page.locator('.confusion button').first().focus();
    assert.match(await page.evaluate<string>('document.activeElement.ariaLabel'), /^blue recognised/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await dialog.locator('img').first().waitFor();
    await page.goBack();
    await dialog.waitFor({ state: 'detached' });
    assertClean();
  });

  await t.test('what a version calls unknown is set, and a label is none of the classes', async () => {
    const { page, assertClean } = await open('versions/colours/2')();
    const card = page.locator('section', { hasText: 'Photos of none of the classes' }).last();
    await card.getByRole('row', { name: /Drawn, of nothing \(18\)/ }).waitFor();
    await card.getByLabel('Unknown above').fill('0.9');
    await card.getByRole('button', { name: 'Set', exact: true }).click();
    await page.getByText('Photos of a novelty above 0.9 are unknown now.').waitFor();
    await assertAccessible(page);
    await card.getByRole('button', { name: 'As at first' }).click();
    await page.getByText('Photos of a novelty above 0.99 are unknown now.').waitFor();

    await page.goto(`${url}/#/datasets/paints`);
    await page.getByLabel('Class', { exact: true }).selectOption('blue');
    await page.getByLabel('These are none of the classes').click();
    await page.getByText('2 classes · 60 photos of none of them').waitFor();
    await assertAccessible(page);
    await page.getByLabel('These are none of the classes').click();
    await page.getByText('blue is a class like the others.').waitFor();
    assertClean();
  });

  await t.test('two versions are compared on the same photos', async () => {
    const { page, assertClean } = await open('versions/colours')();
    await page.getByLabel('Compare version 1').check();
    await page.getByLabel('Compare version 2').check();
    await page.getByRole('button', { name: 'Compare 1 and 2' }).click();
    await page.getByText('Version 2 is better').waitFor();
    const parts = await page.locator('.part-names').innerText();
    const [both, onlyFirst, onlySecond, none] = [...parts.matchAll(/: (\d+)/g)].map(([, count]) => Number(count));
    assert.equal(both! + onlyFirst! + onlySecond! + none!, 3 * 9 + 4);
    assert.ok(onlySecond! > onlyFirst!);
    assert.match(await page.locator('table').innerText(), /red\s+9\s/);
    await page.getByRole('combobox', { name: 'First version' }).selectOption('3');
    await page.getByRole('heading', { name: 'version 3 against version 2' }).waitFor();
    await page.getByText('No clear winner').waitFor();
    assertClean();
  });

  await t.test('a version is tried on a share of the requests, and what it has shown is seen', async () => {
    const { page, assertClean } = await open('versions/colours')();
    const card = page.getByRole('region', { name: 'Try a version on some requests' });
    await card.getByRole('combobox', { name: 'Version' }).selectOption('2');
    await card.getByRole('slider').fill('100');
    await card.getByRole('button', { name: 'Start' }).click();
    await card.getByText('Version 2 answers 100 % of the requests.').waitFor();
    for (let i = 0; i < 4; i++) {
      const body = new Uint8Array(await colourImage('blue', 200 + i));
      const headers = { 'content-type': 'image/png' };
      assert.equal((await fetch(`${url}/v1/classify`, { method: 'POST', headers, body })).status, 200);
    }
    await card.getByRole('row', { name: /^Version 2 tried 4 0\.0 %/ }).waitFor();
    for (const context of [desktop, phone, dark]) {
      const seen = await openPage(browser, url, { key: adminKey, context });
      await seen.page.goto(`${url}/#/versions/colours`);
      await seen.page.getByText('Version 2 answers 100 % of the requests.').waitFor();
      await assertAccessible(seen.page);
      assert.ok(await seen.page.evaluate('document.documentElement.scrollWidth <= screen.width'));
      seen.assertClean();
    }
    await card.getByRole('slider').fill('20');
    await card.getByRole('button', { name: 'Change the share' }).click();
    await card.getByText('Version 2 answers 20 % of the requests.').waitFor();
    await card.getByRole('button', { name: 'End it' }).click();
    await card.getByText('How the last one went: Version 2, ended').click();
    await card.getByText('ended by request').first().waitFor();
    assertClean();
  });

  await t.test('activate, roll back, other names, delete, default', async () => {
    const { page, assertClean } = await open('versions/colours/3')();
    await page.getByRole('button', { name: 'Use this version' }).click();
    await page.locator('.page-head').getByText('answers now').waitFor();
    await page.getByLabel('New name, such as stable').fill('stable');
    await page.getByRole('button', { name: 'Give this name' }).click();
    await page.getByRole('button', { name: 'Take away the name stable' }).waitFor();
    await page.getByRole('link', { name: '← colours' }).click();
    await page.getByText('Version 3 answers', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Roll back' }).click();
    await page.getByText('Version 1 answers', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Version 3' }).click();
    await page.getByRole('button', { name: 'Take away the name stable' }).click();
    await page.getByText('None.', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'Version 2' }).waitFor();
    assert.equal(await page.getByRole('link', { name: 'Version 3' }).count(), 0);
    assertClean();
  });

  await t.test('a version without figures is measured on a dataset', async () => {
    const { page, assertClean } = await open('versions/colours/1')();
    await page.getByText('It came without figures.').waitFor();
    await page.getByRole('button', { name: 'Measure', exact: true }).click();
    await page.getByText('of 31 photos right').waitFor();
    await page.locator('.mix-ups button').first().click();
    await page.getByRole('dialog').locator('img').first().waitFor();
    assertClean();
  });

  await t.test('a version is taken along as a file, and its model card is read', async () => {
    const { page, assertClean } = await open('versions/colours/2')();
    const coming = page.waitForEvent('download', { timeout: 120_000 });
    await page.getByRole('button', { name: 'ONNX' }).click();
    const file = await coming;
    assert.equal(file.suggestedFilename(), 'colours-2.onnx');
    assert.ok((await stat(await file.path())).size > 1000);
    await page.getByRole('button', { name: 'Model card' }).click();
    await page.getByRole('dialog').getByText('# colours, version 2').waitFor();
    assertClean();
  });

  for (const [name, context] of Object.entries({ desktop, phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
      page.setDefaultTimeout(patienceMs);
      const assertFits = async (): Promise<void> => {
        await assertAccessible(page);
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= screen.width'), page.url());
      };
      await page.goto(`${url}/#/versions`);
      await page.getByRole('link', { name: 'colours' }).waitFor();
      await assertFits();
      await page.goto(`${url}/#/versions/colours`);
      await page.getByRole('link', { name: 'Version 2' }).waitFor();
      await assertFits();
      await page.goto(`${url}/#/versions/colours/2/cell/green/red`);
      await page.getByRole('dialog').locator('img').first().waitFor();
      await assertFits();
      await page.goto(`${url}/#/versions/colours/2`);
      await page.getByText('Everything that is recorded').click();
      await page.getByText('The diagram as a table').click();
      await assertFits();
      await page.goto(`${url}/#/versions/colours/compare/1/2`);
      await page.getByText('Version 2 is better').waitFor();
      await assertFits();
      assertClean();
    });
});
