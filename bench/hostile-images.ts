// Decodes every file of a folder tree (default ../shared/data/hostile), one after another, and prints what became of each
// and how much memory stayed. Run: node dist/bench/hostile-images.js [folder] [--all]
import { readFile, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AppError } from '../src/errors.js';
import { createImageDecoder } from '../src/image/decoder.js';
import { inceptionPreprocessing } from '../src/image/preprocessing.js';

const limits = { maxBytes: 10 * 2 ** 20, maxPixels: 64e6, timeoutMs: 10_000 };
const expectedCodes = new Set(['image_too_large', 'unsupported_image', 'undecodable_image', 'image_timeout']);

interface Outcome {
  readonly file: string;
  readonly code: string;
  readonly detail: string;
  readonly ms: number;
}

const folder = process.argv[2]?.startsWith('--') === false ? process.argv[2] : '../shared/data/hostile';
const decoder = createImageDecoder({ limits, concurrency: 2 });
const rssMib = (): number => process.memoryUsage.rss() / 2 ** 20;

const listFiles = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

const decodeFile = async (path: string): Promise<Outcome> => {
  const bytes = await readFile(path);
  const start = performance.now();
  const settled = (code: string, detail: string): Outcome => ({
    file: relative(folder, path),
    code,
    detail,
    ms: performance.now() - start,
  });
  try {
    const { width, height, pixels } = await decoder.decode(bytes, inceptionPreprocessing);
    if (pixels.length !== 299 * 299 * 3) return settled('wrong-length', `${pixels.length}`);
    return settled('decoded', `${width} × ${height}`);
  } catch (error) {
    if (error instanceof AppError) return settled(error.code, error.detail);
    return settled('unexpected', error instanceof Error ? error.message : String(error));
  }
};

const printCounts = (outcomes: readonly Outcome[]): void => {
  for (const code of [...new Set(outcomes.map((outcome) => outcome.code))].sort()) {
    const some = outcomes.filter((outcome) => outcome.code === code);
    const slowest = some.reduce((a, b) => (a.ms > b.ms ? a : b));
    console.log(
      `${code.padEnd(20)} ${String(some.length).padStart(4)}   slowest ${slowest.ms.toFixed(0)} ms (${slowest.file})`,
    );
  }
};

const files = await listFiles();
await decodeFile(files.find((file) => file.endsWith('.jpg'))!); // warm-up
const before = rssMib();
const outcomes: Outcome[] = [];
for (const file of files) outcomes.push(await decodeFile(file));
await decoder.close();
globalThis.gc?.();
const growth = rssMib() - before;
if (process.argv.includes('--all'))
  for (const { file, code, ms, detail } of outcomes)
    console.log(`${file.padEnd(60)} ${code.padEnd(18)} ${ms.toFixed(0).padStart(6)} ms  ${detail}`);
printCounts(outcomes);
console.log(`RSS ${before.toFixed(0)} MiB, then ${growth.toFixed(0)} MiB more`);
const wrong = outcomes.filter(({ code }) => code !== 'decoded' && !expectedCodes.has(code));
for (const { file, code, detail } of wrong) console.error(`${file}: ${code} ${detail}`);
process.exitCode = wrong.length === 0 && growth < 200 ? 0 : 1;
