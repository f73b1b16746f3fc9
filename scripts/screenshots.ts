// Every view of the page at the width of a desktop and of a phone, and in the dark, into .cache/screenshots: npm run screenshots.
// A server of its own with drawn garments: a dataset, two trainings, corrections that wait. Needs Chromium (BROWSER=/path/to/chrome).
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';
import { pino } from 'pino';
import sharp from 'sharp';
import { createApp } from '../src/app.js';
import { loadConfig } from '../src/config.js';
import { drawGarment, garments } from './drawSamples.js';

const folder = '.cache/screenshots';
const perClass = 24;
const key = 'the-key-of-screenshots';

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-screenshots-'));
const config = loadConfig({ ...process.env, DATA_DIR: dataDir, ADMIN_API_KEY: key, HOST: '127.0.0.1', PORT: '0' });
const app = await createApp(config, pino({ level: 'warn' }));
const url = await app.listen();
const headers = { authorization: `Bearer ${key}` };

async function ask<T>(path: string, init: Omit<RequestInit, 'headers'> = {}, contentType?: string): Promise<T> {
  const sent = { ...headers, ...(contentType !== undefined && { 'content-type': contentType }) };
  const response = await fetch(`${url}${path}`, { ...init, headers: sent });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  return (await response.json()) as T;
}

const formOf = async (label: string, variants: readonly number[]): Promise<FormData> => {
  const form = new FormData();
  for (const variant of variants)
    form.append('image', new Blob([new Uint8Array(await drawGarment(label, variant))]), `${label}-${variant}.jpg`);
  return form;
};

async function train(): Promise<void> {
  const body = JSON.stringify({ dataset: 'garments', model: 'garments', activate: 'always' });
  const { id } = await ask<{ id: string }>('/v1/admin/retrain', { method: 'POST', body }, 'application/json');
  for (;;) {
    const { state } = await ask<{ state: string }>(`/v1/admin/trainings/${id}`);
    if (state === 'succeeded') return;
    if (state === 'failed' || state === 'cancelled') throw new Error(`the training is ${state}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function prepare(): Promise<void> {
  await ask('/v1/admin/datasets/garments', { method: 'PUT' });
  const variants = Array.from({ length: perClass }, (_, i) => i);
  for (const label of garments) {
    const body = await formOf(label, variants);
    await ask(`/v1/admin/datasets/garments/images?label=${label}`, { method: 'POST', body });
  }
  await train();
  // Copies of other sizes are look-alikes.
  for (const [label, width] of [
    ['pants', 300],
    ['pants', 500],
    ['dress', 400],
  ] as const) {
    const form = new FormData();
    const copy = await sharp(await drawGarment(label, 3))
      .resize({ width })
      .jpeg()
      .toBuffer();
    form.append('image', new Blob([new Uint8Array(copy)]), `${label}-3-${width}.jpg`);
    await ask(`/v1/admin/datasets/garments/images?label=${label}`, { method: 'POST', body: form });
  }
  // Wrong labels make something to see in a confusion matrix.
  await ask('/v1/admin/datasets/garments/images?label=shorts', {
    method: 'POST',
    body: await formOf('pants', [31, 32, 33, 34]),
  });
  await train();
  for (const [index, label] of garments.entries()) {
    const body = await formOf(label, [40 + index]);
    body.append('label', garments[(index + 1) % garments.length]!);
    await ask('/v1/feedback?model=garments', { method: 'POST', body }).catch(() => undefined);
  }
}

interface Shot {
  readonly name: string;
  readonly address: string;
  /** What makes the view worth a picture. */
  readonly prepare?: (page: Page) => Promise<unknown>;
}

const shots: readonly Shot[] = [
  {
    name: 'try',
    address: '#/try',
    prepare: async (page) => {
      await page
        .getByRole('button', { name: /t-shirt/i })
        .first()
        .click();
      await page.locator('.bars').first().waitFor();
    },
  },
  { name: 'teach', address: '#/teach' },
  { name: 'datasets', address: '#/datasets' },
  { name: 'dataset', address: '#/datasets/garments' },
  {
    name: 'stacks',
    address: '#/datasets/garments/lookalikes',
    prepare: async (page) => {
      await page.locator('[data-stack]').nth(1).click();
      await page.locator('.is-unfolded img').first().waitFor();
    },
  },
  {
    name: 'doubtful',
    address: '#/datasets/garments',
    prepare: async (page) => {
      await page.getByLabel('Order', { exact: true }).selectOption('doubt');
      await page.locator('#photo-0 img').waitFor();
    },
  },
  { name: 'train', address: '#/train' },
  {
    name: 'training',
    address: '#/train',
    prepare: async (page) => {
      await page.getByRole('link', { name: 'garments from garments' }).first().click();
      await page.locator('.chart').nth(1).waitFor();
      await page.locator('.chart').nth(1).scrollIntoViewIfNeeded();
    },
  },
  { name: 'versions', address: '#/versions' },
  { name: 'version', address: '#/versions/garments/2' },
  { name: 'review', address: '#/review' },
  {
    name: 'review-unsure',
    address: '#/review/unsure/garments',
    prepare: (page) => page.locator('.review-photo img, .review-empty').waitFor(),
  },
  { name: 'health', address: '#/health' },
];

const widths: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 860 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
  dark: { viewport: { width: 1280, height: 860 }, colorScheme: 'dark' },
};

await prepare();
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.BROWSER ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
for (const [width, options] of Object.entries(widths)) {
  const context = await browser.newContext(options);
  await context.addInitScript(`sessionStorage.setItem('taxon-key', ${JSON.stringify(key)})`);
  for (const { name, address, prepare: show } of shots) {
    const page = await context.newPage();
    await page.goto(`${url}/${address}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await show?.(page);
    await page.waitForLoadState('networkidle');
    const path = join(folder, `${name}-${width}.png`);
    await page.screenshot({ path });
    console.log(path);
    await page.close();
  }
}
await browser.close();
await app.close();
await rm(dataDir, { recursive: true, force: true });
