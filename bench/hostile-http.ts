// Sends every file of a folder tree (default ../shared/data/hostile) to a real server, several at a time, as a form and as a raw body,
// and fails when one is answered with an undocumented 5xx, the server restarts, a good image is refused afterwards, or memory stays.
// Run: node dist/bench/hostile-http.js [folder]
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf, errorCodes } from '../src/errors.js';
import { allocatorSettings } from '../src/processSettings.js';
import { startServer } from './process.js';

const inFlight = 8;
const rounds = 3;
const maxGrowthMib = 200;
/** Worker threads and freed pages go back to the system a while after the last image. */
const settleMs = 8_000;
const documented = new Set<string>(
  errorCodes.filter((code) => code !== 'internal').map((code) => `${statusOf(code)} ${code}`),
);

interface Reply {
  readonly file: string;
  /** "200 answered", or status and code of the problem. */
  readonly outcome: string;
  readonly ms: number;
}

const folder = process.argv[2] ?? '../shared/data/hostile';
const goodImage = await readFile('test/fixtures/images/scene.jpg');

const listFiles = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
};

const formOf = (bytes: Uint8Array<ArrayBuffer>, name: string): FormData => {
  const form = new FormData();
  form.append('image', new Blob([bytes]), name);
  return form;
};

const outcomeOf = async (response: Response): Promise<string> => {
  const { code } = (await response.json()) as { code?: string };
  return `${response.status} ${code ?? 'answered'}`;
};

/** Posts one file; odd rounds as a raw body, even ones as a form. */
const sendFile = async (url: string, path: string, round: number): Promise<Reply> => {
  const bytes = new Uint8Array(await readFile(path));
  const raw = { body: bytes, headers: { 'content-type': 'image/jpeg' } };
  const start = performance.now();
  const response = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    ...(round % 2 === 1 ? raw : { body: formOf(bytes, basename(path)) }),
  });
  return { file: relative(folder, path), outcome: await outcomeOf(response), ms: performance.now() - start };
};

const sendAll = async (url: string, files: readonly string[], round: number): Promise<Reply[]> => {
  const replies: Reply[] = [];
  const queue = files.values();
  const worker = async (): Promise<void> => {
    for (const file of queue) replies.push(await sendFile(url, file, round));
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return replies;
};

const printCounts = (replies: readonly Reply[]): void => {
  for (const outcome of [...new Set(replies.map((reply) => reply.outcome))].sort()) {
    const some = replies.filter((reply) => reply.outcome === outcome);
    const slowest = some.reduce((a, b) => (a.ms > b.ms ? a : b));
    console.log(
      `${outcome.padEnd(26)} ${String(some.length).padStart(5)}   slowest ${slowest.ms.toFixed(0)} ms (${slowest.file})`,
    );
  }
};

const classifyGood = async (url: string): Promise<string> =>
  outcomeOf(
    await fetch(`${url}/v1/classify`, { method: 'POST', body: goodImage, headers: { 'content-type': 'image/jpeg' } }),
  );

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-hostile-'));
const server = await startServer('dist/src/main.js', [], {
  PORT: '0',
  HOST: '127.0.0.1',
  DATA_DIR: dataDir,
  CACHE_DIR: 'dist/bench-cache',
  ...allocatorSettings,
});
const faults: string[] = [];
try {
  const files = await listFiles();
  for (let i = 0; i < 50; i += 1) await classifyGood(server.url);
  const before = await server.rssMiB();
  const replies: Reply[] = [];
  for (let round = 0; round < rounds; round += 1) {
    replies.push(...(await sendAll(server.url, files, round)));
    console.log(`round ${round + 1}: RSS ${(await server.rssMiB()).toFixed(0)} MiB`);
  }
  await sleep(settleMs);
  const growth = (await server.rssMiB()) - before;
  printCounts(replies);
  console.log(`${replies.length} files sent; RSS ${before.toFixed(0)} MiB, then ${growth.toFixed(0)} MiB more`);

  for (const { file, outcome } of replies)
    if (outcome !== '200 answered' && !documented.has(outcome)) faults.push(`${file}: ${outcome}`);
  if (growth >= maxGrowthMib)
    faults.push(`memory grew by ${growth.toFixed(0)} MiB, at most ${maxGrowthMib} are allowed`);
  const after = await classifyGood(server.url);
  if (after !== '200 answered') faults.push(`a good image afterwards: ${after}`);
} finally {
  const code = server.child.exitCode ?? (await server.stop());
  if (code !== 0) faults.push(`the server ended with ${code}`);
  await rm(dataDir, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
process.exitCode = faults.length === 0 ? 0 : 1;
