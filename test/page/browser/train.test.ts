// Train in a real browser: choose, start, watch the curve move, put the new version to use; cancel; refusals; phone and dark.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey } from '../../http/runningApp.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';
import { startColourServer } from './trainedColours.js';

/** Keeps in `seen` how many epochs the first chart had, each time that it changed, and what notifications said. */
const watchCurve = `
  globalThis.seen = [];
  new MutationObserver(() => {
    const points = document.querySelector('.chart')?.dataset.points;
    if (points !== undefined && points !== seen.at(-1)) seen.push(points);
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['data-points'] });`;

test('training in the page', { skip: withoutBrowser }, async (t) => {
  const server = await startColourServer();
  const browser = await startBrowser();
  const { url } = server;

  await t.test('to the end: the curve moves, it is announced, and the new version is put to use', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.context().grantPermissions(['notifications'], { origin: url });
    await page.evaluate(`globalThis.told = []; globalThis.Notification = class {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor(title, { body }) { told.push(body); }
    }`);
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByLabel('Name of the classifier').fill('colours');
    await page.getByText('Exists: this makes a new version of it. Version 1 answers now.').waitFor();
    await page.getByLabel('Let me decide').check();
    await page.getByText('More settings', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('1000');
    await page.getByLabel('Patience', { exact: true }).fill('1000');
    await page.evaluate(watchCurve);
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByRole('heading', { name: 'colours from paints' }).waitFor();
    await page.getByText('Running').waitFor();
    await page.getByRole('heading', { name: 'Result' }).waitFor({ timeout: 120_000 });

    const seen = await page.evaluate<number[]>('seen.map(Number)');
    assert.ok(seen.length >= 3, `the curve had ${seen.join(', ')} points`);
    assert.equal(seen.at(-1), 1000, 'every epoch is shown in the end');
    assert.deepEqual(await page.evaluate('told'), ['colours from paints: trained.']);
    await page.getByText('The curves as a table').click();
    assert.equal(await page.locator('.epochs').first().locator('tbody tr').count(), 1000);
    const accuracy = page.locator('.chart').filter({ hasText: 'Photos that it gets right' });
    await accuracy
      .getByText(/After epoch 1000: [\d.]+ % of the training photos, [\d.]+ % of the validation photos/)
      .waitFor();
    assert.equal(await accuracy.locator('.u-legend .u-series').count(), 3, 'epoch, training and validation');
    const cells = await page.locator('.epochs').first().locator('tbody tr').last().locator('td').allInnerTexts();
    assert.match(cells[3]!, /^[\d.]+ %$/);
    assert.match(await page.locator('.result').innerText(), /of test photos right/);
    await page.getByText('Version 2 is saved, but version 1 still answers.').waitFor();
    await page.getByRole('button', { name: 'Use this version' }).click();
    await page.getByText('Version 2 answers now.').first().waitFor();
    await page.getByRole('link', { name: 'See the new version' }).click();
    await page.getByRole('heading', { name: 'colours, version 2' }).waitFor();
    assertClean();
  });

  await t.test('the address of a past training shows it whole, and the list has it', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByRole('link', { name: 'colours from paints' }).click();
    await page.reload();
    await page.getByRole('heading', { name: 'Result' }).waitFor();
    await page.locator('.chart[data-points="1000"]').first().waitFor();
    await page.getByRole('combobox', { name: 'Show setting' }).selectOption('1');
    await page.getByText('After epoch 1000').first().waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'New training' }).waitFor();
    assertClean();
  });

  await t.test('a running one is cancelled', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.goto(`${url}/#/train/new/paints/slow`);
    await page.getByText('A new classifier.').waitFor();
    await page.getByText('More settings', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('200');
    await page.getByLabel('Patience', { exact: true }).fill('200');
    await page.getByRole('combobox', { name: 'Hidden layers' }).selectOption('128');
    await page.getByLabel('Settings to try', { exact: true }).fill('200');
    await page.getByRole('button', { name: 'Start training' }).click();
    // Two hundred settings: what it says of itself, and what an earlier training took for the stages to come.
    await page.getByText(/^About (\d+ h |\d+ min ).* left$/).waitFor({ timeout: 180_000 });
    await assertAccessible(page);
    await page.getByRole('button', { name: 'Cancel the training' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the training' }).click();
    await page.getByText('The training was cancelled. Nothing was changed.').waitFor();
    await page.getByRole('link', { name: 'Change the settings' }).click();
    assert.equal(await page.getByLabel('Name of the classifier').inputValue(), 'slow');
    assertClean();
  });

  await t.test('a search is shown fit by fit, and afterwards', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await page.goto(`${url}/#/train/new/paints/searched`);
    await page.getByText('A new classifier.').waitFor();
    await page.getByText('More settings', { exact: true }).click();
    await page.getByLabel('Epochs', { exact: true }).fill('3');
    await page.getByLabel('Settings to try', { exact: true }).fill('6');
    await page.getByRole('button', { name: 'Start training' }).click();
    const rows = page.getByRole('region', { name: 'The search' }).locator('tbody tr');
    await rows.first().waitFor({ timeout: 120_000 });
    await page.getByRole('heading', { name: 'Result' }).waitFor({ timeout: 240_000 });
    assert.equal(await rows.count(), 9, 'what was asked for, six settings, and two of them to the end');
    assert.equal(await rows.getByText('best', { exact: true }).count(), 1);
    assert.equal(await page.locator('.search-history .chart').getAttribute('data-points'), '9');
    await assertAccessible(page);
    await page.reload();
    await page.getByText(/After 9 fits/).waitFor();
    assertClean();
  });

  await t.test('a failure and a refusal are told in words', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    await fetch(`${url}/v1/admin/datasets/empty`, { method: 'PUT', headers: { authorization: `Bearer ${adminKey}` } });
    await page.goto(`${url}/#/train/new/empty`);
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByText(/no usable image\. Upload/).waitFor();
    await page.goto(`${url}/#/train/8e03978e-40d5-43dd-bc93-6894a57f9324`);
    await page.getByText('That did not work').waitFor();
    assertClean(/status of (422|404)/);
  });

  for (const [name, context] of Object.entries({ desktop, phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await openPage(browser, url, { key: adminKey, context });
      const assertFits = async (): Promise<void> => {
        await assertAccessible(page);
        assert.ok(await page.evaluate('document.documentElement.scrollWidth <= screen.width'));
      };
      await page.goto(`${url}/#/train`);
      await page.getByText('More settings', { exact: true }).click();
      await page.getByRole('link', { name: 'colours from paints' }).waitFor();
      await assertFits();
      await page.getByRole('link', { name: 'colours from paints' }).click();
      await page.getByRole('heading', { name: 'Result' }).waitFor();
      await page.locator('.chart').first().waitFor();
      await page.getByText('The curves as a table').click();
      await assertFits();
      assertClean();
    });
});
