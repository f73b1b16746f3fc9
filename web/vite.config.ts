// Builds the page into dist/web: plain files that the server sends as they are, compressed ahead of time.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { defineConfig, type Plugin } from 'vite';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const outDir = pathOf('../dist/web');

/** Beside each text file its .br and .gz, as @fastify/static looks for them. */
const compressAhead: Plugin = {
  name: 'compress-ahead',
  apply: 'build',
  async closeBundle() {
    const files = await readdir(outDir, { recursive: true, withFileTypes: true });
    const texts = files.filter((file) => file.isFile() && /\.(html|js|css|svg|json)$/.test(file.name));
    await Promise.all(
      texts.map(async ({ parentPath, name }) => {
        const path = join(parentPath, name);
        const bytes = await readFile(path);
        await writeFile(`${path}.br`, await promisify(brotliCompress)(bytes));
        await writeFile(`${path}.gz`, await promisify(gzip)(bytes));
      }),
    );
  },
};

export default defineConfig({
  root: pathOf('.'),
  base: './',
  plugins: [compressAhead],
  resolve: { alias: { 'taxon-client': pathOf('../clients/typescript/src/browser.ts') } },
  // The policy of the page allows no data: scripts or styles, and an image of its own can be cached.
  build: { outDir, emptyOutDir: true, target: 'es2023', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: {
    // npm run dev:page beside a server on its usual port.
    proxy: Object.fromEntries(['/v1', '/v2', '/health', '/metrics'].map((path) => [path, 'http://127.0.0.1:3000'])),
  },
});
