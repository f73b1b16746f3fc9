// A real Chromium for tests of the page: Debian's, through Playwright; every tab is watched for errors and for requests elsewhere.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', process.env.BROWSER ?? ''].find(existsSync);

/** For test's `skip`: the reason where there is no browser. */
export const withoutBrowser: string | false =
  executablePath === undefined ? 'SKIPPED: no Chromium; install the package chromium' : false;

/** Chromium with two cameras and a microphone that draw test images, and no sandbox, which a container's root cannot have. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: executablePath!,
    args: ['--no-sandbox', '--use-fake-device-for-media-stream=device-count=2', '--use-fake-ui-for-media-stream'],
  });
  after(() => browser.close());
  return browser;
}

export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 } };
export const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
export const dark: BrowserContextOptions = { ...desktop, colorScheme: 'dark' };

export interface WatchedPage {
  readonly page: Page;
  /** Fails when the tab has written an error to its console, thrown, or asked another host. Refusals that a test provokes are given by `allowed`. */
  readonly assertClean: (allowed?: RegExp) => void;
}

/** A tab of its own storage at `url`, signed in with `key` if given. */
export async function openPage(
  browser: Browser,
  url: string,
  { key, context: contextOptions = desktop }: { key?: string; context?: BrowserContextOptions } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    permissions: ['camera', 'clipboard-read', 'clipboard-write'],
    ...contextOptions,
  });
  // A machine that is busy with other tests too takes its time.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const found: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') found.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => found.push(`thrown: ${error.message}`));
  page.on('request', (request) => {
    const target = new URL(request.url());
    if (!['blob:', 'data:'].includes(target.protocol) && target.origin !== new URL(url).origin)
      found.push(`request: ${request.url()}`);
  });
  if (key !== undefined) await context.addInitScript(`sessionStorage.setItem('taxon-key', ${JSON.stringify(key)})`);
  await page.goto(`${url}/`);
  return {
    page,
    assertClean: (allowed) =>
      assert.deepEqual(
        found.filter((line) => !allowed?.test(line)),
        [],
      ),
  };
}

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeResults {
  readonly violations: ReadonlyArray<{
    id: string;
    impact: string | null;
    help: string;
    nodes: ReadonlyArray<{ html: string }>;
  }>;
}

/** Fails with what axe finds serious or critical on the page as it is now. */
export async function assertAccessible(page: Page): Promise<void> {
  // Not as a script of the page, whose policy forbids it: the debugger evaluates it.
  await page.evaluate(await readFile(axePath, 'utf8'));
  const { violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(
    serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  );
}
