// A classifier is set to train itself again in a real browser: turned on, changed, looked at, turned off.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, call } from '../../http/runningApp.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';
import { startColourServer } from './trainedColours.js';

test('training by itself in the page', { skip: withoutBrowser }, async () => {
  const { url } = await startColourServer();
  const browser = await startBrowser();
  const { page, assertClean } = await openPage(browser, url, { key: adminKey });
  page.setDefaultTimeout(120_000);
  await page.goto(`${url}/#/versions/colours`);
  const card = page.getByRole('region', { name: 'Train by itself' });
  const settings = async (): Promise<Readonly<Record<string, unknown>> | null> =>
    (
      await call<{ settings: Record<string, unknown> | null }>(`${url}/v1/models/colours/auto-retrain`, {
        headers: { 'x-api-key': adminKey },
      })
    ).body.settings;
  const looksWell = async (text: string): Promise<void> => {
    for (const context of [desktop, phone, dark]) {
      const seen = await openPage(browser, url, { key: adminKey, context });
      seen.page.setDefaultTimeout(120_000);
      await seen.page.goto(`${url}/#/versions/colours`);
      await seen.page.getByText(text).first().waitFor();
      await assertAccessible(seen.page);
      assert.ok(await seen.page.evaluate('document.documentElement.scrollWidth <= screen.width'));
      if (process.env['SCREENSHOTS'] !== undefined)
        await seen.page.screenshot({
          path: `${process.env['SCREENSHOTS']}-${text.slice(0, 4)}-${[desktop, phone, dark].indexOf(context)}.png`,
          fullPage: true,
        });
      seen.assertClean();
    }
  };

  await card.getByRole('button', { name: 'Turn it on' }).waitFor();
  await looksWell('Turn it on');
  await card.getByRole('spinbutton', { name: 'Changed photos' }).fill('500');
  await card.getByRole('checkbox', { name: 'every day, if any has changed' }).check();
  await card.getByLabel('Time of day').fill('04:30');
  await card.getByRole('button', { name: 'Turn it on' }).click();
  await card.getByText('On: it learns from paints.').waitFor();
  await card.getByText(/^184 of 500 photos have changed since the last training\. Next time: .*4:30/).waitFor();
  await card.getByText('Set up', { exact: true }).waitFor();
  const asked = (await settings())!;
  assert.deepEqual([asked['afterCorrections'], asked['activate']], [500, 'if-better']);
  assert.equal((asked['schedule'] as { cron: string }).cron, '30 4 * * *');
  await looksWell('On: it learns from paints.');

  await card.getByText('Settings', { exact: true }).click();
  await card.getByRole('checkbox', { name: 'every day, if any has changed' }).uncheck();
  await card.getByRole('radio', { name: 'waits for me' }).check();
  await card.getByRole('button', { name: 'Change it' }).click();
  await page.getByText('It trains itself from now on.').first().waitFor();
  await card.getByText(/^184 of 500 photos have changed since the last training\.$/).waitFor();
  const changed = (await settings())!;
  assert.deepEqual([changed['schedule'], changed['activate']], [undefined, 'never']);
  await card.getByRole('button', { name: 'Turn it off' }).click();
  await card.getByRole('button', { name: 'Turn it on' }).waitFor();
  assert.equal(await settings(), null);
  assertClean();
});
