// Sends damaged images, forms, JSON, archives and heads of requests to a real server for some time, and fails when one is answered
// against the documentation, not answered at all, or the server or its engine is started again.
// Run: node dist/bench/fuzz.js [seconds] [seed] [folder]; a failure prints the seed and the number of its case.
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { createRandom, type Random } from '../src/training/random.js';
import { exchange, post, send, type Reply } from '../test/support/faults/client.js';
import { Tally } from '../test/support/faults/tally.js';
import { mutate } from '../test/support/mutations.js';
import { colourImage, publishTinyModel } from '../test/support/tinyModel.js';
import { zipOf } from '../test/support/zips.js';
import { allocatorSettings } from '../src/processSettings.js';
import { startServer } from './process.js';

const seconds = Number(process.argv[2] ?? 60);
const seed = Number(process.argv[3] ?? Date.now() % 1e9);
const folder = process.argv[4] ?? '../shared/data/hostile';
const inFlight = 4;
const largestFile = 300_000;
/** Longer than any deadline of the server's. */
const patienceMs = 90_000;
const adminKey = 'an-admin-key-for-benches';
const key = { authorization: `Bearer ${adminKey}` };

async function readCorpus(): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (const root of ['test/fixtures/images', folder].filter((path) => existsSync(path)))
    for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && (await stat(path)).size <= largestFile) files.push(await readFile(path));
    }
  return files;
}

async function tarOf(entries: Readonly<Record<string, Buffer>>): Promise<Buffer> {
  const tar = pack();
  for (const [name, bytes] of Object.entries(entries)) tar.entry({ name }, bytes);
  tar.finalize();
  return buffer(tar);
}

/** Archives that are whole. */
async function makeArchives(): Promise<Buffer[]> {
  const [red, blue] = [await colourImage('red', 1), await colourImage('blue', 2)];
  const entries = { 'train/hat/1.png': red, 'test/shoe/2.png': blue, 'README.md': Buffer.from('x') };
  const tar = await tarOf(entries);
  return [await zipOf(entries), tar, gzipSync(tar)];
}

const formOf = (field: string, bytes: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.from(`--edge\r\nContent-Disposition: form-data; name="label"\r\n\r\nhat\r\n--edge\r\n`),
    Buffer.from(
      `Content-Disposition: form-data; name="${field}"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n--edge--\r\n'),
  ]);

/** JSON bodies that are valid, by path. */
const jsonBodies: Readonly<Record<string, unknown>> = {
  '/v1/admin/keys': { name: 'till', scopes: ['classify'] },
  '/v1/admin/retrain': { dataset: 'none', model: 'none', activate: 'manual', hyperparameters: { seed: 1, views: 2 } },
  '/v2/models/colours/infer': {
    id: '1',
    inputs: [{ name: 'image', shape: [1], datatype: 'BYTES', data: ['aGVsbG8='] }],
    outputs: [{ name: 'probabilities' }],
  },
};

type Kind = 'image' | 'image form' | 'image JSON' | 'form' | 'JSON' | 'archive' | 'head';
const form = 'multipart/form-data; boundary=edge';

/** What a case sends, from its own seed: [kind, body, how]. */
function makeCase(random: Random, images: readonly Buffer[], archives: readonly Buffer[], url: string) {
  const pick = <T>(list: readonly T[]): T => list[random.below(list.length)]!;
  const damaged = (bytes: Uint8Array): Buffer => mutate(bytes, pick(images), random.below(2 ** 31));
  const image = pick(images);
  const path = pick([
    '/v1/classify',
    '/v1/embed',
    '/classify',
    '/v1/feedback?label=hat',
    '/v1/admin/datasets/d/images?label=hat',
  ]);
  const field = path === '/classify' ? 'img' : 'image';
  const kinds: Readonly<Record<Kind, () => readonly [Buffer, (body: Buffer) => Promise<Reply | undefined>]>> = {
    image: () => [damaged(image), (body) => post(url + path, 'image/jpeg', body, key)],
    'image form': () => [formOf(field, damaged(image)), (body) => post(url + path, form, body, key)],
    'image JSON': () => [
      Buffer.from(JSON.stringify({ [field]: damaged(image).toString('base64') })),
      (body) => post(url + path, 'application/json', body, key),
    ],
    form: () => [damaged(formOf(field, images[0]!)), (body) => post(url + path, form, body, key)],
    JSON: () => {
      const [address, value] = pick(Object.entries(jsonBodies));
      return [
        damaged(Buffer.from(JSON.stringify(value))),
        (body) => post(url + address, 'application/json', body, key),
      ];
    },
    archive: () => [
      damaged(pick(archives)),
      (body) => post(`${url}/v1/admin/datasets/d/archive`, 'application/zip', body, key),
    ],
    head: () => {
      const head = `POST ${path} HTTP/1.1\r\nHost: taxon\r\nConnection: close\r\nContent-Type: ${form}\r\nX-Api-Key: ${adminKey}\r\nContent-Length: 5\r\n\r\nhello`;
      return [damaged(Buffer.from(head)), async (body) => (await exchange(url, body, 300))[0]];
    },
  };
  const kind = pick(Object.keys(kinds) as Kind[]);
  const [body, how] = kinds[kind]();
  return { kind, path, body, how };
}

const root = await mkdtemp(join(tmpdir(), 'taxon-fuzz-'));
await publishTinyModel(join(root, 'models'), 'colours', ['red', 'green', 'blue']);
const server = await startServer('dist/src/main.js', [], {
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  DATA_DIR: join(root, 'data'),
  MODELS_DIR: join(root, 'models'),
  CACHE_DIR: join(root, 'cache'),
  ADMIN_API_KEY: adminKey,
  FEEDBACK_RATE_LIMIT: '0',
  KEY_GUESS_LIMIT: '0',
  ...allocatorSettings,
});
const tally = new Tally();
const outcomes = new Map<string, number>();
const faults: string[] = [];
const count = (name: string): void => void outcomes.set(name, (outcomes.get(name) ?? 0) + 1);

async function runCase(index: number, images: readonly Buffer[], archives: readonly Buffer[]): Promise<void> {
  const { kind, path, body, how } = makeCase(createRandom(seed + index), images, archives, server.url);
  const before = tally.faults.length;
  const late = AbortSignal.timeout(patienceMs);
  const tooLate = new Promise<never>((_, reject) =>
    late.addEventListener('abort', () => reject(new Error('no answer'))),
  );
  try {
    const reply = await Promise.race([how(body), tooLate]);
    if (reply) tally.add(reply, `case ${index}, ${kind} to ${path}`);
    count(reply ? `${kind}: ${reply.status} ${reply.code ?? ''}` : `${kind}: connection closed`);
  } catch (error) {
    // A body that ends before its length says is answered while it is still being sent: the rest meets a closed connection.
    count(`${kind}: ${String(error)}`);
    if (!/ECONNRESET|EPIPE/.test(String(error)) || server.child.exitCode !== null)
      faults.push(`case ${index}, ${kind} to ${path}: ${String(error)}`);
  }
  if (tally.faults.length > before) await writeFile(join(tmpdir(), `taxon-fuzz-${seed}-${index}.bin`), body);
}

try {
  const [images, archives] = [await readCorpus(), await makeArchives()];
  await send(`${server.url}/v1/admin/datasets/d`, { method: 'PUT', headers: key });
  console.log(`seed ${seed}, ${images.length} images, ${seconds} s`);
  const [until, rss] = [performance.now() + seconds * 1000, await server.rssMiB()];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < until && server.child.exitCode === null) await runCase(next++, images, archives);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  for (const [name, times] of [...outcomes].sort()) console.log(`${name.padEnd(56)} ${String(times).padStart(6)}`);
  console.log(`RSS ${rss.toFixed(0)} MiB, then ${(await server.rssMiB()).toFixed(0)} MiB`);
  const metrics = (await send(`${server.url}/metrics`, { headers: key })).body;
  const restarts = Number(/^taxon_engine_restarts_total (\d+)/m.exec(metrics)?.[1] ?? NaN);
  if (restarts !== 0) faults.push(`the engine was started again ${restarts} times`);
  const { tried, answered, refused } = tally.counts;
  console.log(
    `${next} cases: ${tried} answers, ${answered} of them 2xx, ${refused} refused as documented or listed below; ${restarts} restarts`,
  );
} finally {
  const code = server.child.exitCode ?? (await server.stop());
  if (code !== 0) faults.push(`the server ended with ${code}`);
  await rm(root, { recursive: true, force: true });
}
faults.push(...tally.faults);
console.log(`${faults.length} faults`);
for (const fault of faults.slice(0, 50)) console.error(`seed ${seed}: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
