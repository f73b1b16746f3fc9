// Datasets in a real browser: folders in, photos labelled with mouse and keys, undo, a photo in full size.
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { adminKey, call, startApp } from '../../http/runningApp.js';
import { colourImage, publishTinyModel } from '../../support/tinyModel.js';
import { zipOf } from '../../support/zips.js';
import { assertAccessible, dark, desktop, openPage, phone, startBrowser, withoutBrowser } from '../browser.js';

const perClass = 40;
const timeoutMs = 60_000;
/** A page of the list has 500. */
const manyPhotos = 1_060;

/** No two are equal. */
const dot = async (index: number): Promise<Uint8Array> =>
  new Uint8Array(
    await sharp({ create: { width: 2, height: 2, channels: 3, background: { r: index % 256, g: index >> 8, b: 90 } } })
      .png()
      .toBuffer(),
  );

/** A folder "garden" with the class folders red and green, a text, and a photo that cannot be read. */
async function makeFolder(): Promise<string> {
  const root = join(await mkdtemp(join(tmpdir(), 'taxon-folder-')), 'Garden 1');
  after(() => rm(dirname(root), { recursive: true, force: true }));
  for (const colour of ['red', 'green'] as const) {
    await mkdir(join(root, colour), { recursive: true });
    for (let seed = 0; seed < perClass; seed++)
      await writeFile(join(root, colour, `${String(seed).padStart(3, '0')}.png`), await colourImage(colour, seed));
  }
  await writeFile(join(root, 'red', 'broken.png'), 'no image');
  await writeFile(join(root, 'notes.txt'), 'no image either');
  return root;
}

test('datasets', { skip: withoutBrowser }, async (t) => {
  const modelsDir = await mkdtemp(join(tmpdir(), 'taxon-models-'));
  after(() => rm(modelsDir, { recursive: true, force: true }));
  await publishTinyModel(modelsDir, 'colours', ['red', 'green']);
  const { url } = await startApp({ MODELS_DIR: modelsDir });
  const browser = await startBrowser();
  const folder = await makeFolder();
  const headers = { authorization: `Bearer ${adminKey}` };

  interface Statistics {
    readonly images: number;
    readonly classes: ReadonlyArray<{ readonly label: string; readonly total: number }>;
  }
  const countsOf = async (dataset: string): Promise<Record<string, number>> => {
    const { body } = await call<Statistics>(`${url}/v1/admin/datasets/${dataset}`, { headers });
    return Object.fromEntries(body.classes.map(({ label, total }) => [label, total]));
  };
  /** The server is told after the page has shown it. */
  const assertCounts = async (dataset: string, expected: Record<string, number>): Promise<void> => {
    for (let attempt = 0; attempt < 100; attempt++) {
      if (JSON.stringify(await countsOf(dataset)) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.deepEqual(await countsOf(dataset), expected);
  };
  const open = async (dataset: string, context = desktop) => {
    const opened = await openPage(browser, url, { key: adminKey, context });
    opened.page.setDefaultTimeout(timeoutMs);
    await opened.page.goto(`${url}/#/datasets/${dataset}`);
    await opened.page.locator('#photo-0').waitFor();
    return opened;
  };
  const photoAt = (page: Page, index: number) => page.locator(`#photo-${index}`);
  const stackMark = (page: Page, index: number) => photoAt(page, index).locator('[data-stack]');

  await t.test('a folder of class folders becomes a dataset; files that are no photos are named', async () => {
    const { page, assertClean } = await openPage(browser, url, { key: adminKey });
    page.setDefaultTimeout(timeoutMs);
    await page.getByRole('link', { name: 'Datasets' }).click();
    await page.getByText('drop the folders here').waitFor();
    await assertAccessible(page);
    await page.getByLabel('Choose a folder').setInputFiles(folder);
    await page.getByText('2 classes were found').waitFor();
    await page.getByText('1 other file is no photo').waitFor();
    assert.equal(await page.getByRole('dialog').getByLabel('Name').inputValue(), 'garden-1');
    await page.getByRole('dialog').getByLabel('Name').fill('garden');
    await page.getByRole('button', { name: 'Upload 81 photos' }).click();
    await page.getByText('Uploaded to garden').waitFor();
    await page.getByText('81 of 81 photos · 80 added').waitFor();
    await page.getByText('1 file was not taken').waitFor();
    await page.getByText('broken.png').first().waitFor();
    await page.getByRole('link', { name: 'Unreadable 1' }).waitFor();
    await assertAccessible(page);
    assert.deepEqual(await countsOf('garden'), { green: perClass, red: perClass });
    assertClean();
  });

  await t.test(
    'folders that are dropped on a dataset are added; what was there already is not sent again',
    async () => {
      const { page, assertClean } = await open('garden');
      const more = join(dirname(folder), 'more', 'red');
      await cp(join(folder, 'red'), more, { recursive: true });
      await writeFile(join(more, 'new.png'), await colourImage('red', 900));
      const uploads: string[] = [];
      page.on('request', (request) => request.method() === 'POST' && uploads.push(request.url()));
      await dropFiles(page, [more]);
      await page.getByRole('button', { name: 'Upload 42 photos' }).click();
      await page.getByText('42 of 42 photos · 1 added · 40 were there already').waitFor();
      assert.ok(uploads.length <= 2, uploads.join(' '));
      await assertCounts('garden', { green: perClass, red: perClass + 1 });
      await page.getByRole('listbox', { name: '81 photos' }).waitFor();
      assertClean();
    },
  );

  await t.test('30 photos are chosen with Shift, labelled with one key, and labelled back by undo', async () => {
    const { page, assertClean } = await open('garden/all/any/red');
    await photoAt(page, 2).click();
    await photoAt(page, 31).scrollIntoViewIfNeeded();
    await photoAt(page, 31).click({ modifiers: ['Shift'] });
    await page.getByRole('status').getByText('30 photos chosen').waitFor();
    await page.keyboard.press('1');
    await page.getByText('30 photos labelled green').waitFor();
    await assertCounts('garden', { green: perClass + 30, red: perClass - 29 });
    await page.getByRole('button', { name: 'Undo' }).click();
    await assertCounts('garden', { green: perClass, red: perClass + 1 });
    await page.keyboard.press('1');
    await assertCounts('garden', { green: perClass + 30, red: perClass - 29 });
    await page.keyboard.press('Control+z');
    await assertCounts('garden', { green: perClass, red: perClass + 1 });
    assertClean();
  });

  await t.test('choosing by Ctrl, by a rectangle and by keys; a new class; another part', async () => {
    const { page, assertClean } = await open('garden');
    const chosen = (text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
    await photoAt(page, 0).click();
    await photoAt(page, 3).click({ modifiers: ['Control'] });
    await chosen('2 photos chosen');
    await page.keyboard.press('Shift+ArrowRight');
    await chosen('2 photos chosen');
    await page.keyboard.press('ArrowRight');
    await chosen('1 photo chosen');
    await page.keyboard.press('Space');
    await chosen('No photo chosen');
    await page.keyboard.press('Control+a');
    await chosen('81 photos chosen');
    await page.keyboard.press('Escape');
    const from = (await photoAt(page, 0).boundingBox())!;
    const to = (await photoAt(page, 2).boundingBox())!;
    await page.mouse.move(from.x + 10, from.y + 10);
    await page.mouse.down();
    await page.mouse.move(to.x + 20, to.y + 20, { steps: 4 });
    await page.mouse.up();
    await chosen('3 photos chosen');
    await page.keyboard.press('l');
    await page.getByRole('dialog').getByRole('textbox').fill('weeds');
    await page.keyboard.press('Enter');
    await page.getByText('3 photos labelled weeds').waitFor();
    await page.getByRole('button', { name: '3 weeds' }).waitFor();
    // Some may have been drawn for the test part.
    await page.getByLabel('Move to…').selectOption('Validation');
    await page.getByLabel('Move to…').selectOption('Test');
    await page.getByText('3 photos moved to Test').waitFor();
    // The page says so before the server knows.
    const moved = async (): Promise<number> => {
      const address = `${url}/v1/admin/datasets/garden/images?label=weeds&split=test`;
      return (await call<{ total: number }>(address, { headers })).body.total;
    };
    for (let attempt = 0; attempt < 200 && (await moved()) < 3; attempt++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await page.goto(`${url}/#/datasets/garden/all/test/weeds`);
    await page.getByRole('listbox', { name: '3 photos' }).waitFor();
    await page.goBack();
    await page.getByRole('listbox', { name: '81 photos' }).waitFor();
    assertClean();
  });

  await t.test('a photo is looked at and labelled in full size; the next one follows', async () => {
    const { page, assertClean } = await open('garden/all/any/weeds');
    const before = await countsOf('garden');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Photo 1 of 3' }).waitFor();
    await assertAccessible(page);
    await page.keyboard.press('2');
    await page.getByRole('heading', { name: 'Photo 2 of 3' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('heading', { name: 'Photo 3 of 3' }).waitFor();
    await page.keyboard.press('Escape');
    await assertCounts('garden', { ...before, red: before.red! + 1, weeds: 2 });
    assertClean();
  });

  await t.test('photos are deleted, and brought back by undo', async () => {
    const { page, assertClean } = await open('garden/all/any/weeds');
    const { weeds, ...others } = await countsOf('garden');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('Control+a');
    await page.keyboard.press('Delete');
    await page.getByText('No photo is like that').waitFor();
    await assertCounts('garden', others);
    await page.keyboard.press('Control+z');
    await photoAt(page, 0).waitFor();
    await assertCounts('garden', { ...others, weeds: weeds! });
    await photoAt(page, 0).click();
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await assertCounts('garden', { ...others, weeds: weeds! - 1 });
    assertClean();
  });

  await t.test('contradictions come first, and so does what a classifier doubts', async () => {
    const form = (bytes: Uint8Array) => {
      const body = new FormData();
      body.append('image', new Blob([new Uint8Array(bytes)]), 'twice.png');
      return body;
    };
    for (const label of ['red', 'green'])
      await fetch(`${url}/v1/admin/datasets/garden/images?label=${label}`, {
        method: 'POST',
        headers,
        body: form(await colourImage('red', 500)),
      });
    const { page, assertClean } = await open('garden');
    await page.getByRole('link', { name: 'Several labels 1' }).click();
    await page.getByRole('listbox', { name: '2 photos' }).waitFor();
    await assertAccessible(page);
    await page.getByRole('link', { name: 'Doubted labels' }).click();
    await page.getByText('A classifier says something else').waitFor();
    await page.getByLabel('Only where it disagrees').uncheck();
    await page.getByRole('listbox', { name: /8\d photos/ }).waitFor();
    await page.getByLabel('At least as sure as').selectOption('At least 99 % sure');
    await assertAccessible(page);

    await page.getByRole('link', { name: /^All/ }).click();
    await photoAt(page, 0).waitFor();
    await page.getByLabel('Order', { exact: true }).selectOption('Doubtful ones first');
    await page.getByText(/could not be read and (is|are) not among these/).waitFor();
    await photoAt(page, 1).locator('[data-says="Several labels"]').waitFor();
    const says = (index: number) => photoAt(page, index).locator('.photo-says').getAttribute('data-says');
    assert.equal(await says(0), 'Several labels');
    // The classifier has learnt nothing and is wrong about many; these are wrong the most surely.
    const sure = async (index: number): Promise<number> => Number(/([\d.]+) %\?$/.exec((await says(index))!)![1]);
    assert.ok((await sure(2)) >= (await sure(3)), 'the most doubted label comes first');
    await page.getByRole('listbox', { name: /^8\d photos$/ }).waitFor();
    await assertAccessible(page);
    await page.getByRole('link', { name: 'See why' }).click();
    await page.getByRole('cell', { name: 'broken.png' }).first().waitFor();
    assertClean();
  });

  await t.test(
    'look-alikes lie in stacks: relabelled as one, unfolded by key and click, folded in the whole list',
    async () => {
      await call(`${url}/v1/admin/datasets/twins`, { method: 'PUT', headers });
      // The same pixels in files that differ.
      const entries: Record<string, Uint8Array> = {};
      for (const [seed, copies] of [3, 2, 1, 1].entries())
        for (let copy = 0; copy < copies; copy++)
          entries[`green/${seed}-${copy}.png`] = await sharp(await colourImage('red', seed))
            .png({ compressionLevel: copy * 3 })
            .toBuffer();
      const body = new Uint8Array(await zipOf({ ...entries, 'red/9.png': await colourImage('red', 9) }));
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/zip' }, body };
      assert.equal((await call(`${url}/v1/admin/datasets/twins/archive`, init)).status, 201);

      const { page, assertClean } = await open('twins/lookalikes');
      const grid = (name: string) => page.getByRole('listbox', { name, exact: true });
      const chosen = (text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
      await grid('2 photos').waitFor();
      await page.getByRole('option', { name: /stack of 3$/ }).click();
      await chosen('3 photos chosen');
      await assertAccessible(page);
      await page.keyboard.press('2');
      await page.getByText('3 photos labelled red').waitFor();
      await assertCounts('twins', { green: 4, red: 4 });
      await page.keyboard.press('Control+z');
      await assertCounts('twins', { green: 7, red: 1 });
      await page.keyboard.press('s');
      await grid('4 photos').waitFor();
      await page.getByRole('option', { name: /first of an unfolded stack of 3$/ }).waitFor();
      await photoAt(page, 1).click();
      await chosen('1 photo chosen');
      await page.keyboard.press('2');
      await assertCounts('twins', { green: 6, red: 2 });
      await stackMark(page, 0).click();
      await grid('2 photos').waitFor();
      await stackMark(page, 1).click();
      await grid('3 photos').waitFor();
      await assertAccessible(page);
      await page.getByRole('button', { name: 'Choose all but the first of each' }).click();
      await chosen('3 photos chosen');

      await page.getByRole('link', { name: /^All/ }).click();
      await grid('8 photos').waitFor();
      await page.getByLabel('Stack look-alikes').check();
      await grid('5 photos').waitFor();
      await page.getByRole('listbox').focus();
      await page.keyboard.press('Control+a');
      await chosen('8 photos chosen');
      await page
        .getByRole('option', { name: /stack of 3$/ })
        .locator('.photo-square')
        .dblclick();
      await page.getByRole('dialog').getByText('stack of 3').waitFor();
      await assertAccessible(page);
      assertClean();
    },
  );

  await t.test('more photos than one page of the list: the last one is a key away', async () => {
    const entries: Record<string, Uint8Array> = {};
    for (let index = 0; index < manyPhotos; index++) entries[`dot/${index}.png`] = await dot(index);
    const body = new Uint8Array(await zipOf(entries));
    const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/zip' }, body };
    await call(`${url}/v1/admin/datasets/dots`, { method: 'PUT', headers });
    assert.equal((await call(`${url}/v1/admin/datasets/dots/archive`, init)).status, 201);
    const { page, assertClean } = await open('dots');
    await page.getByRole('listbox').focus();
    await page.keyboard.press('End');
    await page.locator(`#photo-${manyPhotos - 1} img`).waitFor();
    assertClean();
  });

  for (const [name, context] of Object.entries({ phone, dark }))
    await t.test(`nothing serious for axe, and nothing wider than the window: ${name}`, async () => {
      const { page, assertClean } = await open('garden', context);
      await photoAt(page, 1).click();
      await page.getByText('1 photo chosen', { exact: true }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      await page.goto(`${url}/#/datasets/twins/lookalikes`);
      await stackMark(page, 1).click();
      await page.getByRole('listbox', { name: '3 photos' }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      await page.goto(`${url}/#/datasets`);
      await page.getByRole('link', { name: /garden/ }).waitFor();
      await assertAccessible(page);
      assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
      assertClean();
    });
});

/** As from the desktop: real entries, with folders. */
async function dropFiles(page: Page, files: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...files], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: 400, y: 400, data });
}
