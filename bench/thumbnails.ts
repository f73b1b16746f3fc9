// Does the page scroll through 20,000 thumbnails without a task of more than 50 ms? A stand-in answers in the server's place, so that nothing
// has to be uploaded: its lists have the server's form, its thumbnails are 200 different WebP of 256 pixels.
// Run: npm run build && node dist/bench/thumbnails.js [photos]
import { createServer, type ServerResponse } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import sharp from 'sharp';

const count = Number(process.argv[2] ?? 20_000);
const drawings = 200;
const classes = ['daisy', 'poppy', 'rose', 'tulip'];
const page = fileURLToPath(new URL('../web/', import.meta.url));
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

const labelOf = (id: number): string => classes[id % classes.length]!;

const draw = (seed: number): Promise<Buffer> => {
  const shapes = Array.from({ length: 40 }, (_, at) => {
    const place = (by: number): number => (seed * 37 + at * by) % 256;
    return `<circle cx="${place(53)}" cy="${place(97)}" r="${6 + (at % 30)}" fill="hsl(${(seed * 11 + at * 9) % 360} 60% 50%)"/>`;
  });
  const svg = `<svg width="256" height="256"><rect width="256" height="256" fill="hsl(${seed} 40% 70%)"/>${shapes.join('')}</svg>`;
  return sharp(Buffer.from(svg)).webp().toBuffer();
};

const imageOf = (id: number) => ({
  id,
  sha256: id.toString(16).padStart(64, '0'),
  label: labelOf(id),
  split: 'train',
  splitGiven: false,
  fileNames: [`${labelOf(id)}/${id}.jpg`],
  width: 1024,
  height: 768,
  bytes: 100_000,
  format: 'jpeg',
  createdAt: new Date(0).toISOString(),
  thumbnail: `/v1/admin/datasets/bench/images/${id}/thumbnail`,
});

const none = { count: 0, groups: [] };
const statistics = {
  name: 'bench',
  images: count,
  classes: classes.map((label) => ({ label, train: count / 4, validation: 0, test: 0, total: count / 4 })),
  exactDuplicates: none,
  nearDuplicates: none,
  leaks: none,
  conflictingLabels: none,
  unreadable: { count: 0, files: [] },
};

const thumbnails = await Promise.all(Array.from({ length: drawings }, (_, seed) => draw(seed)));

async function answer(url: URL, response: ServerResponse): Promise<void> {
  const json = (value: unknown): void => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(value));
  };
  const { pathname, searchParams } = url;
  const thumbnail = /\/images\/(\d+)\/thumbnail$/.exec(pathname);
  if (thumbnail) response.setHeader('content-type', 'image/webp').end(thumbnails[Number(thumbnail[1]) % drawings]);
  else if (pathname === '/v1/models') json({ models: [] });
  else if (pathname === '/v1/admin/datasets/bench') json(statistics);
  else if (pathname === '/v1/admin/datasets/bench/images') {
    const after = Number(searchParams.get('after'));
    const last = Math.min(count, after + Number(searchParams.get('limit')));
    const images = Array.from({ length: last - after }, (_, at) => imageOf(after + at + 1));
    json({ images, next: last < count ? last : null, total: after === 0 ? count : null });
  } else if (pathname.startsWith('/v1')) response.writeHead(404).end();
  else {
    const file = pathname === '/' ? 'index.html' : pathname;
    response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
    response.end(await readFile(join(page, file)));
  }
}

const server = createServer((request, response) => {
  answer(new URL(request.url!, 'http://localhost'), response).catch(() => response.writeHead(404).end());
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = server.address() as { port: number };
const browser = await chromium.launch({
  executablePath: process.env.BROWSER ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const tab = await browser.newPage({ viewport: { width: 1280, height: 860 } });
await tab.addInitScript(`
  sessionStorage.setItem('taxon-key', 'bench');
  window.tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'longtask', buffered: true });
`);
await tab.goto(`http://127.0.0.1:${address.port}/#/datasets/bench`);
await tab.locator('#photo-0 img').waitFor();
const atStart = await tab.evaluate<number[]>('tasks.splice(0)');

// With the wheel for a while, then by dragging the bar all the way down and up again, then page by page.
await tab.mouse.move(600, 500);
for (let turn = 0; turn < 150; turn++) await tab.mouse.wheel(0, 400);
const frames = await tab.evaluate<number[]>(`new Promise((resolve) => {
  const grid = document.querySelector('.photo-grid');
  const steps = 240;
  let step = 0;
  let last = performance.now();
  const gaps = [];
  const next = (now) => {
    gaps.push(now - last);
    last = now;
    const way = step <= steps / 2 ? step / (steps / 2) : 2 - step / (steps / 2);
    grid.scrollTop = way * (grid.scrollHeight - grid.clientHeight);
    if (step++ < steps) requestAnimationFrame(next);
    else resolve(gaps.slice(1));
  };
  requestAnimationFrame(next);
})`);
await tab.getByRole('listbox').focus();
for (let press = 0; press < 40; press++) await tab.keyboard.press('PageDown');
await tab.keyboard.press('End');
await tab.locator(`#photo-${count - 1} img`).waitFor();
const tasks = await tab.evaluate<number[]>('tasks');

const rounded = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(', ') || 'none';
const sorted = frames.toSorted((one, other) => one - other);
process.stdout.write(`${count} photos
tasks over 50 ms while the page opened: ${rounded(atStart)}
tasks over 50 ms while scrolling: ${rounded(tasks)}
ms between frames while the bar is dragged: median ${sorted[sorted.length >> 1]!.toFixed(0)}, 95 % ${sorted[Math.floor(sorted.length * 0.95)]!.toFixed(0)}, most ${sorted.at(-1)!.toFixed(0)}
`);
await browser.close();
server.close();
server.closeAllConnections();
