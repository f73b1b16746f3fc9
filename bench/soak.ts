// Sends many images to a real server and prints how its memory develops: the slope of RSS after warm-up must be flat.
// Run: node dist/bench/soak.js [requests]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { applyLoad } from './load.js';
import { startServer, tightMemory } from './process.js';

const requests = Number(process.argv[2] ?? 10_000);
const inFlight = 16;
const samples = 50;
/** RSS rises while pools and caches fill; what comes after this share of the requests is measured. */
const warmUpShare = 0.3;
/** MiB that 10,000 requests may add. */
const maxSlope = 20;

interface Sample {
  readonly requests: number;
  readonly rssMib: number;
}

/** Least-squares slope in MiB per 10,000 requests. */
const slopeOf = (points: readonly Sample[]): number => {
  const meanX = points.reduce((sum, point) => sum + point.requests, 0) / points.length;
  const meanY = points.reduce((sum, point) => sum + point.rssMib, 0) / points.length;
  const above = points.reduce((sum, point) => sum + (point.requests - meanX) * (point.rssMib - meanY), 0);
  const below = points.reduce((sum, point) => sum + (point.requests - meanX) ** 2, 0);
  return (above / below) * 10_000;
};

const noise = (seed: number): Promise<Buffer> =>
  sharp({
    create: {
      width: 640,
      height: 480,
      channels: 3,
      background: { r: (seed * 37) % 256, g: (seed * 91) % 256, b: 128 },
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer();

/** Good images of several formats, and one in ten that must be refused. */
const bodies = await Promise.all([
  ...Array.from({ length: 7 }, (_, seed) => noise(seed)),
  ...['scene.webp', 'cmyk.tiff', 'truncated.jpg'].map((name) => readFile(`test/fixtures/images/${name}`)),
]);

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-soak-'));
const server = await startServer('dist/src/main.js', [], {
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
  DATA_DIR: dataDir,
  CACHE_DIR: 'dist/bench-cache',
  ...tightMemory,
});

const send = async (index: number): Promise<boolean> => {
  const response = await fetch(`${server.url}/v1/classify`, {
    method: 'POST',
    body: new Uint8Array(bodies[index % bodies.length]!),
    headers: { 'content-type': 'image/jpeg' },
  });
  const answer = await response.text();
  const expected = response.status === (index % bodies.length === bodies.length - 1 ? 422 : 200);
  if (!expected) console.error(answer);
  return expected;
};

const taken: Sample[] = [];
let failures = 0;
for (let i = 1; i <= samples; i += 1) {
  const { failures: failed, perSecond } = await applyLoad(
    (index) => send(index),
    Math.round(requests / samples),
    inFlight,
  );
  failures += failed;
  taken.push({ requests: Math.round((requests * i) / samples), rssMib: await server.rssMiB() });
  if (i % 5 === 0)
    console.log(
      `${taken.at(-1)!.requests} requests: RSS ${taken.at(-1)!.rssMib.toFixed(0)} MiB, ${perSecond.toFixed(1)} a second`,
    );
}
const code = await server.stop();
await rm(dataDir, { recursive: true, force: true });
const slope = slopeOf(taken.slice(Math.floor(samples * warmUpShare)));
console.log(
  `slope after warm-up: ${slope.toFixed(1)} MiB per 10,000 requests; ${failures} unexpected answers; the server ended with ${code}`,
);
process.exitCode = slope < maxSlope && failures === 0 && code === 0 ? 0 : 1;
