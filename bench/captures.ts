// `node dist/bench/captures.js [blocks]`: what keeping images of requests adds to a request. One server with the bundled classifier; blocks
// of requests with nothing kept, a tenth and all of them, in turn, one request at a time and several at once. Every request has an image
// of its own.
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyLoad, percentile } from '../src/cli/bench/load.js';
import { seededImage } from '../test/support/seededImages.js';
import { markdownTable } from './markdown.js';
import { startServer, type ServerProcess } from './process.js';

const shares = [0, 0.1, 1] as const;
type Share = (typeof shares)[number];
type Row = Readonly<Record<string, string | number>>;
const blocks = Number(process.argv[2] ?? 24);
const blockRequests = 20;
const adminKey = 'the-admin-key-of-a-bench';
const model = 'clothing';

const folder = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
try {
  await compare();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  const server = await startServer('dist/src/main.js', [], {
    BUNDLED_MODELS_DIR: resolve('models'),
    DATA_DIR: join(folder, 'data'),
    MODELS_DIR: join(folder, 'models'),
    ADMIN_API_KEY: adminKey,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    CACHE_DIR: 'dist/test-cache',
    // A busy machine is to be slow, not to refuse.
    REQUEST_TIMEOUT_MS: '120000',
  });
  try {
    const images = await Promise.all(
      Array.from({ length: blockRequests * blocks * shares.length }, (_, seed) => seededImage(seed)),
    );
    const rows: Row[] = [];
    for (const inFlight of [1, 4]) rows.push(...(await measure(server, images, inFlight)));
    console.log(markdownTable(rows));
    console.log(`\n${await outcomes(server)}; load ${loadavg()[0]!.toFixed(1)}`);
  } finally {
    await server.stop();
  }
}

async function setShare({ url }: ServerProcess, share: Share): Promise<void> {
  const response = await fetch(`${url}/v1/models/${model}/capture`, {
    method: 'PUT',
    headers: { 'x-api-key': adminKey, 'content-type': 'application/json' },
    body: JSON.stringify({ share, withoutKey: true }),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function measure(server: ServerProcess, images: readonly Uint8Array[], inFlight: number): Promise<Row[]> {
  const latencies = new Map<Share, number[]>(shares.map((share) => [share, []]));
  const cpu = new Map<Share, number>(shares.map((share) => [share, 0]));
  let sent = 0;
  const sendFor = (noted: number[]) => async (): Promise<boolean> => {
    const sentAt = performance.now();
    const response = await fetch(`${server.url}/v1/classify?model=${model}`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body: new Uint8Array(images[sent++ % images.length]!),
    });
    await response.arrayBuffer();
    noted.push(performance.now() - sentAt);
    return response.ok;
  };
  await setShare(server, 0);
  await applyLoad(sendFor([]), 2 * blockRequests, inFlight);
  for (let block = 0; block < blocks; block++)
    // What comes first is not always the same.
    for (const share of [...shares.slice(block % shares.length), ...shares.slice(0, block % shares.length)]) {
      await setShare(server, share);
      const before = await server.cpuMs();
      const { failures } = await applyLoad(sendFor(latencies.get(share)!), blockRequests, inFlight);
      if (failures > 0) throw new Error(`${failures} requests failed`);
      await settled(server);
      cpu.set(share, cpu.get(share)! + (await server.cpuMs()) - before);
    }
  const plain = percentile(latencies.get(0)!, 0.5);
  return shares.map((share) => ({
    'in flight': inFlight,
    kept: `${share * 100} %`,
    requests: latencies.get(share)!.length,
    'p50 ms': percentile(latencies.get(share)!, 0.5).toFixed(2),
    'p95 ms': percentile(latencies.get(share)!, 0.95).toFixed(2),
    'CPU ms a request': (cpu.get(share)! / latencies.get(share)!.length).toFixed(2),
    'p50 more': (percentile(latencies.get(share)!, 0.5) - plain).toFixed(2),
  }));
}

async function metrics({ url }: ServerProcess): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** What waits is written down before the next block. */
async function settled(server: ServerProcess): Promise<void> {
  while (!/^taxon_capture_queue_depth 0$/m.test(await metrics(server))) await sleep(20);
}

async function outcomes(server: ServerProcess): Promise<string> {
  const counts = [...(await metrics(server)).matchAll(/^taxon_captures_total\{outcome="(\w+)"\} (\d+)$/gm)];
  return counts.map(([, outcome, count]) => `${outcome}: ${count}`).join(', ');
}
