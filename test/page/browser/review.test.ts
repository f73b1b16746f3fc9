// Review in a real browser: corrections that wait are decided with one key each.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { adminKey, call, startApp } from '../../http/runningApp.js';
import { colourImage, publishTinyModel, type ColourName } from '../../support/tinyModel.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';

const timeoutMs = 20_000;

test('review', { skip: withoutBrowser }, async (t) => {
  const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
  after(() => rm(modelsDir, { recursive: true, force: true }));
  await publishTinyModel(modelsDir, 'colours', ['red', 'green']);
  const { url } = await startApp({ MODELS_DIR: modelsDir });
  const browser = await startBrowser();
  const headers = { authorization: `Bearer ${adminKey}` };

  const submit = async (colour: ColourName, label: string, seed: number): Promise<void> => {
    const form = new FormData();
    form.append('image', new Blob([new Uint8Array(await colourImage(colour, seed))]), 'photo.png');
    form.append('label', label);
    assert.equal((await fetch(`${url}/v1/feedback`, { method: 'POST', body: form })).status, 201);
  };
  const countOf = async (state: string): Promise<number> => {
    const { body } = await call<{ feedback: unknown[] }>(`${url}/v1/admin/feedback?state=${state}`, { headers });
    return body.feedback.length;
  };
  const labelsOf = async (dataset: string): Promise<readonly string[]> => {
    const { body } = await call<{ images: ReadonlyArray<{ label: string }> }>(
      `${url}/v1/admin/datasets/${dataset}/images`,
      { headers },
    );
    return body.images.map(({ label }) => label).sort();
  };
  const open = async (context = desktop) => {
    const opened = await openPage(browser, url, { key: adminKey, context });
    opened.page.setDefaultTimeout(timeoutMs);
    await opened.page.getByRole('link', { name: 'Review' }).click();
    await opened.page.getByRole('heading', { name: 'Review', exact: true }).waitFor();
    return opened;
  };

  await t.test('without corrections it says where they come from, without a dataset where to make one', async () => {
    const { page, assertClean } = await open();
    await page.getByText('Nothing waits for review').waitFor();
    await assertAccessible(page);
    await submit('red', 'red', 1);
    await page.getByRole('link', { name: 'Look at the photos' }).click();
    await page.getByText('There are no labelled photos yet').waitFor();
    await assertAccessible(page);
    await page.goBack();
    await page.reload();
    await page.getByRole('link', { name: 'Make one in Datasets' }).click();
    await page.getByRole('heading', { name: 'Datasets' }).waitFor();
    assertClean();
  });

  await t.test('accepted, relabelled and thrown away by keys; undone; carried out when the view is left', async () => {
    for (const [name, colour] of [
      ['other', undefined],
      ['colours', 'green'],
    ] as const) {
      await call(`${url}/v1/admin/datasets/${name}`, { method: 'PUT', headers });
      if (colour === undefined) continue;
      const form = new FormData();
      form.append('image', new Blob([new Uint8Array(await colourImage(colour, 700))]), 'first.png');
      await fetch(`${url}/v1/admin/datasets/${name}/images?label=${colour}`, { method: 'POST', headers, body: form });
    }
    for (const seed of [2, 3, 4, 5]) await submit('red', 'red', seed);

    const { page, assertClean } = await open();
    await page.getByText('0 of 5 decided').waitFor();
    assert.equal(await page.getByLabel('Accepted photos go to').inputValue(), 'colours');
    await page.getByRole('heading', { name: 'red', exact: true }).waitFor();
    await page.getByText('colours says now').waitFor();
    await assertAccessible(page);
    await page.keyboard.press('a');
    await page.getByText('1 of 5 decided').waitFor();
    const image = page.locator('img.server-image');
    const thrownAway = await image.getAttribute('src');
    await page.keyboard.press('x');
    await page.getByText('2 of 5 decided').waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText('1 of 5 decided').waitFor();
    assert.equal(await image.getAttribute('src'), thrownAway);
    assert.equal(await countOf('rejected'), 0);
    await page.keyboard.press('1');
    await page.keyboard.press('l');
    await page.getByRole('dialog').getByRole('textbox').fill('crimson');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Yes, red' }).click();
    await page.getByRole('button', { name: 'Throw away' }).click();
    await page.getByText('All done: 5 photos decided').waitFor();
    await page.getByRole('link', { name: 'Datasets' }).click();
    for (let attempt = 0; attempt < 100 && (await countOf('new')) > 0; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(await labelsOf('colours'), ['crimson', 'green', 'green', 'red', 'red']);
    assert.deepEqual([await countOf('accepted'), await countOf('rejected'), await countOf('new')], [4, 1, 0]);
    assertClean();
  });

  await t.test('photos that were kept of requests: turned on in Versions, looked at like corrections', async () => {
    const { page, assertClean } = await open();
    await page.getByRole('link', { name: 'Kept from requests' }).click();
    await page.getByText('Nothing waits for review').waitFor();
    await assertAccessible(page);
    await page.goto(`${url}/#/versions/colours`);
    await page.getByText('Nothing is kept.').waitFor();
    await page.getByLabel('Share of the photos').selectOption('100 %');
    await page.getByLabel('Also of requests without a key').check();
    await page.getByRole('button', { name: 'Start keeping' }).click();
    await page.getByText('100 % of the photos are kept. 0 photos').waitFor();
    for (const seed of [31, 32, 33]) {
      const form = new FormData();
      form.append('image', new Blob([new Uint8Array(await colourImage('red', seed))]), 'photo.png');
      assert.equal((await fetch(`${url}/v1/classify`, { method: 'POST', body: form })).status, 200);
    }
    const waiting = async (): Promise<number> =>
      (await call<{ captures: unknown[] }>(`${url}/v1/admin/captures`, { headers })).body.captures.length;
    for (let attempt = 0; attempt < 400 && (await waiting()) < 3; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await page.reload();
    await page.getByText('3 photos').waitFor();
    await assertAccessible(page);
    await page.getByRole('link', { name: 'Review them' }).click();
    await page.getByText('0 of 3 decided').waitFor();
    await page.getByText(/Version 1, \d+ % sure/).waitFor();
    await page.getByText('colours says now').waitFor();
    await assertAccessible(page);
    await page.keyboard.press('l');
    await page.getByRole('dialog').getByRole('textbox').fill('scarlet');
    await page.keyboard.press('Enter');
    await page.getByText('1 of 3 decided').waitFor();
    await page.keyboard.press('x');
    await page.getByText('2 of 3 decided').waitFor();
    await page.getByRole('link', { name: 'Corrections' }).click();
    for (let attempt = 0; attempt < 400 && (await waiting()) > 1; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(await waiting(), 1);
    assert.ok((await labelsOf('colours')).includes('scarlet'));
    await page.goto(`${url}/#/versions/colours`);
    await page.getByRole('button', { name: 'Stop and forget' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stop and forget' }).click();
    await page.getByText('Nothing is kept. 0 photos').waitFor();
    assert.equal(await waiting(), 0);
    assertClean();
  });

  await t.test(
    'photos that a classifier doubts: kept, relabelled and removed by one key each, undone, not asked twice',
    async () => {
      await call(`${url}/v1/admin/datasets/doubts`, { method: 'PUT', headers });
      // The classifier knows red and green only, and has learnt nothing: it doubts some of each.
      for (const label of ['red', 'green'] as const)
        for (const seed of [10, 11, 12, 13]) {
          const form = new FormData();
          form.append('image', new Blob([new Uint8Array(await colourImage(label, seed))]), `${label}-${seed}.png`);
          await fetch(`${url}/v1/admin/datasets/doubts/images?label=${label}`, { method: 'POST', headers, body: form });
        }
      const { page, assertClean } = await open();
      await page.getByRole('link', { name: 'Unsure photos' }).click();
      await page.getByLabel('Photos of').selectOption('doubts');
      await page.getByText(/^0 of \d decided$/).waitFor();
      await assertAccessible(page);
      const all = Number(/of (\d)/.exec(await page.getByText(/^0 of \d decided$/).innerText())![1]);
      assert.ok(all >= 4, `${all} photos are doubted`);
      const decided = (count: number) => page.getByText(`${count} of ${all} decided`).waitFor();
      const label = (): Promise<string> => page.locator('.review-side h2').innerText();

      const first = await label();
      await page.keyboard.press('a');
      await decided(1);
      const second = await label();
      await page.keyboard.press('x');
      await decided(2);
      await page.keyboard.press('Control+z');
      await decided(1);
      assert.equal(await label(), second);
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('l');
      await page.getByRole('dialog').getByRole('textbox').fill('crimson');
      await page.keyboard.press('Enter');
      await decided(2);
      await page.getByRole('button', { name: 'Remove' }).click();
      await decided(3);
      const settled = async (expected: (labels: readonly string[]) => boolean): Promise<void> => {
        for (let attempt = 0; attempt < 200 && !expected(await labelsOf('doubts')); attempt++)
          await new Promise((resolve) => setTimeout(resolve, 50));
        assert.ok(expected(await labelsOf('doubts')), (await labelsOf('doubts')).join());
      };
      await settled((labels) => labels.length === 7 && labels.filter((one) => one === 'crimson').length === 1);
      await page.keyboard.press('Control+z');
      await page.keyboard.press('Control+z');
      await decided(1);
      await settled((labels) => labels.length === 8 && !labels.includes('crimson'));

      await page.reload();
      await page.getByText(`0 of ${all - 1} decided`).waitFor();
      assert.ok(['red', 'green'].includes(first));
      for (let left = all - 1; left > 0; left--) await page.keyboard.press('a');
      await page.getByText(`All done: ${all - 1} photos decided`).waitFor();
      await assertAccessible(page);
      await page.reload();
      await page.getByText('Nothing is unsure').waitFor();
      assertClean();
    },
  );

  for (const [name, context] of Object.entries({ phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      await submit('green', 'a rather long name of a class', name.length);
      const { page, assertClean } = await open(context);
      await page.getByRole('button', { name: /Yes,/ }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      await page.goto(`${url}/#/review/unsure/doubts`);
      await page.getByRole('button', { name: /Keep/ }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assertClean();
    });
});
