// How long a scripted user takes to label photos, with mouse and keys. LABELLED_PHOTOS=200 node --test dist/test/page/browser/labelling.test.js
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminKey, call, formOf, startApp } from '../../http/runningApp.js';
import { colourImage, type ColourName } from '../../support/tinyModel.js';
import { desktop, openPage, startBrowser, withoutBrowser } from '../browser.js';

const photoCount = Number(process.env.LABELLED_PHOTOS ?? 24);
/** Somebody has to look at a photo before they say what it is. */
const lookMs = Number(process.env.LOOK_MS ?? 0);
const colours: readonly ColourName[] = ['red', 'green', 'blue', 'yellow'];
const colourOf = (index: number): ColourName => colours[(index * 7 + Math.floor(index / 5)) % colours.length]!;

test(`${photoCount} photos get their classes`, { skip: withoutBrowser }, async (t) => {
  const { url } = await startApp();
  const browser = await startBrowser();
  const headers = { authorization: `Bearer ${adminKey}` };
  await call(`${url}/v1/admin/datasets/heap`, { method: 'PUT', headers });
  for (let index = 0; index < photoCount; index++) {
    const form = formOf('image', [[`${index}.png`, await colourImage(colourOf(index), index)]]);
    await call(`${url}/v1/admin/datasets/heap/images?label=unsorted`, { method: 'POST', headers, body: form });
  }

  const { page, assertClean } = await openPage(browser, url, { key: adminKey, context: desktop });
  const look = (): Promise<void> => page.waitForTimeout(lookMs);
  await page.goto(`${url}/#/datasets/heap`);
  await page.locator('#photo-0').waitFor();
  const start = performance.now();

  // The first of each class names it; from then on it has a number.
  const keyOf = new Map<ColourName, string>();
  const named = new Set<number>();
  for (const colour of colours) {
    const index = Array.from({ length: photoCount }, (_, at) => at).find((at) => colourOf(at) === colour)!;
    await look();
    await page.locator(`#photo-${index}`).click();
    await page.keyboard.press('l');
    await page.keyboard.type(colour);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: new RegExp(`^\\d ${colour}$`) }).waitFor();
    const text = await page.getByRole('button', { name: new RegExp(`^\\d ${colour}$`) }).textContent();
    keyOf.set(colour, text!.trim()[0]!);
    named.add(index);
  }

  // The first half in the grid: a click and a key each.
  const half = Math.floor(photoCount / 2);
  for (let index = 0; index < half; index++) {
    if (named.has(index)) continue;
    await look();
    await page.locator(`#photo-${index}`).scrollIntoViewIfNeeded();
    await page.locator(`#photo-${index}`).click();
    await page.keyboard.press(keyOf.get(colourOf(index))!);
  }
  // The other half in full size: a key each.
  await page.locator(`#photo-${half}`).dblclick();
  for (let index = half; index < photoCount; index++) {
    await page.getByRole('heading', { name: `Photo ${index + 1} of ${photoCount}` }).waitFor();
    await look();
    await page.keyboard.press(keyOf.get(colourOf(index))!);
  }
  const seconds = (performance.now() - start) / 1_000;
  t.diagnostic(
    `${photoCount} photos in ${seconds.toFixed(1)} s, of which ${((photoCount * lookMs) / 1_000).toFixed(0)} s of looking`,
  );

  interface Listed {
    readonly images: ReadonlyArray<{ readonly label: string; readonly fileNames: readonly string[] }>;
  }
  const wrong = async (): Promise<readonly string[]> => {
    const { body } = await call<Listed>(`${url}/v1/admin/datasets/heap/images?limit=1000`, { headers });
    assert.equal(body.images.length, photoCount);
    return body.images
      .filter(({ label, fileNames }) => label !== colourOf(Number.parseInt(fileNames[0]!, 10)))
      .map(({ label, fileNames }) => `${fileNames[0]}: ${label}`);
  };
  for (let attempt = 0; attempt < 200 && (await wrong()).length > 0; attempt++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(await wrong(), []);
  assertClean();
});
