// `node dist/bench/shadows.js [blocks]`: what five versions scored beside the active one add to a request. One server with two classifiers of the
// same head on the bundled backbone, one of them with a rollout of five versions that answer nobody; blocks of requests to each in turn, one
// request at a time and several at once. The fifth that is scored is the canary, at 0 %.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { writeLayersModel } from '../src/formats/tensorflow/layersFiles.js';
import { readHead } from '../src/models/modelParts.js';
import { listVersions, publishVersion } from '../src/models/versions.js';
import { applyLoad, percentile } from '../src/cli/bench/load.js';
import { seededImage } from '../test/support/seededImages.js';
import { markdownTable } from './markdown.js';
import { startServer, type ServerProcess } from './process.js';

const sides = ['plain', 'shadowed'] as const;
type Side = (typeof sides)[number];
type Row = Readonly<Record<string, string | number>>;
const shadows = 5;
const blocks = Number(process.argv[2] ?? 30);
const blockRequests = 20;
const warmUpRequests = 40;
const adminKey = 'the-admin-key-of-a-bench';
/** Of /proc, on every Linux that Node.js runs on. */
const msPerTick = 10;

const folder = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
try {
  await compare();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function compare(): Promise<void> {
  await publishHeads();
  const server = await startServer('dist/src/main.js', [], {
    MODELS_DIR: join(folder, 'models'),
    BUNDLED_MODELS_DIR: resolve('models'),
    DATA_DIR: join(folder, 'data'),
    DEFAULT_MODEL: 'plain',
    ADMIN_API_KEY: adminKey,
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    CACHE_DIR: 'dist/test-cache',
    // A busy machine is to be slow, not to refuse.
    REQUEST_TIMEOUT_MS: '120000',
  });
  try {
    await startRollout(server);
    const images = await Promise.all(Array.from({ length: 20 }, (_, seed) => seededImage(seed)));
    const rows: Row[] = [];
    for (const inFlight of [1, 4]) rows.push(...(await measure(server, images, inFlight)));
    console.log(markdownTable(rows));
    console.log(`\nscored beside the active version: ${await scored(server)}; load ${loadavg()[0]!.toFixed(1)}`);
  } finally {
    await server.stop();
  }
}

/** One version of `plain`, and of `shadowed` one more than are scored. */
async function publishHeads(): Promise<void> {
  const dirs = { own: join(folder, 'models'), bundled: resolve('models') };
  const { versions } = await listVersions(dirs);
  const [{ directory, manifest }] = versions as [(typeof versions)[number]];
  const head = await readHead(directory, manifest.layout);
  const { labels, preprocessing, backbone, temperature, metrics, provenance, license } = manifest;
  const draft = { layout: 'head' as const, labels, preprocessing, backbone, temperature, metrics, provenance, license };
  for (const name of [...sides, ...Array<Side>(shadows).fill('shadowed')])
    await publishVersion(dirs, { ...draft, name }, (to) => writeLayersModel(to, head));
}

async function startRollout({ url }: ServerProcess): Promise<void> {
  const admin = async (method: string, path: string, body: object): Promise<void> => {
    const headers = { 'x-api-key': adminKey, 'content-type': 'application/json' };
    const response = await fetch(`${url}/v1/admin/models/shadowed/${path}`, {
      method,
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  };
  await admin('POST', 'activate', { version: 1 });
  await admin('PUT', 'rollout', { version: 2, percent: 0, shadows: [3, 4, 5, 6] });
}

async function measure(server: ServerProcess, images: readonly Uint8Array[], inFlight: number): Promise<Row[]> {
  const latencies: Record<Side, number[]> = { plain: [], shadowed: [] };
  const cpu: Record<Side, number> = { plain: 0, shadowed: 0 };
  const send =
    (side: Side) =>
    async (index: number): Promise<boolean> => {
      const sentAt = performance.now();
      const response = await fetch(`${server.url}/v1/classify?model=${side}`, {
        method: 'POST',
        headers: { 'content-type': 'image/jpeg' },
        body: new Uint8Array(images[index % images.length]!),
      });
      await response.arrayBuffer();
      latencies[side].push(performance.now() - sentAt);
      return response.ok;
    };
  for (const side of sides) await applyLoad(send(side), warmUpRequests, inFlight);
  for (const side of sides) latencies[side] = [];
  for (let block = 0; block < blocks; block++)
    // In either order as often: what comes first is not always the same.
    for (const side of block % 2 === 0 ? sides : [...sides].reverse()) {
      const before = await cpuMs(server);
      const { failures } = await applyLoad(send(side), blockRequests, inFlight);
      if (failures > 0) throw new Error(`${failures} requests failed`);
      cpu[side] += (await cpuMs(server)) - before;
    }
  return sides.map((side) => ({
    'in flight': inFlight,
    scored: side === 'plain' ? 0 : shadows,
    requests: latencies[side].length,
    'p50 ms': percentile(latencies[side], 0.5).toFixed(2),
    'p95 ms': percentile(latencies[side], 0.95).toFixed(2),
    'CPU ms a request': (cpu[side] / latencies[side].length).toFixed(2),
    'p50 more': (percentile(latencies[side], 0.5) - percentile(latencies.plain, 0.5)).toFixed(2),
  }));
}

/** Images by version, to show that all of them were. */
async function scored({ url }: ServerProcess): Promise<string> {
  const headers = { 'x-api-key': adminKey };
  const response = await fetch(`${url}/v1/admin/models/shadowed/rollout`, { headers });
  const { versions } = (await response.json()) as { versions: Array<{ version: number; compared: number }> };
  return versions
    .filter(({ version }) => version > 1)
    .map(({ version, compared }) => `${version}: ${compared}`)
    .join(', ');
}

/** User and system time of the process and all its threads. */
async function cpuMs({ child }: ServerProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * msPerTick;
}
