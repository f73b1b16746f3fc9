// `npm run bench:peers`: Taxon in every engine and precision against other servers of the same model, one after another on the same
// cores, with the same images and the same client.
// Options: --only taxon,fastapi-openvino  --seconds 8 (of each level)  --rounds 1  --quick (2 s)  --cores 0-1  --write (docs/performance.md)
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { percentile, type LoadResult } from '../src/cli/bench/load.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';
import { cacheFolder, choosePeers, peers, taxonServer, type Materials, type Peer } from './peers/catalogue.js';
import { multipartBody, type Prediction } from './peers/client.js';
import { levels, mainLevel, measure, type BenchBodies, type Measurement } from './peers/measure.js';
import { checkPrecision } from './peers/precision.js';
import { startOnCores, type RunningServer } from './peers/server.js';
import { loadBenchImages, prepare, prepareMaterials } from './peers/setUp.js';
import { drawPeers, type MeasuredPeer } from './peersChart.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    cores: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const seconds = options.quick ? 2 : Number(options.seconds);
const chosen = choosePeers(options.only?.split(','));
const answersCompared = 16;
const missing = new Map<Peer, string>(
  options.only === undefined
    ? peers.flatMap((peer) => (peer.onlyByName ? [[peer, peer.onlyByName] as const] : []))
    : [],
);

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-peers-'));
try {
  const materials = await prepareMaterials(dataDir);
  const images = await loadBenchImages();
  const bodies: BenchBodies = { small: images.small.map(multipartBody), large: images.large.map(multipartBody) };
  const kilobytes = (all: readonly Buffer[]): number =>
    Math.round(all.reduce((sum, { length }) => sum + length, 0) / all.length / 1000);
  for (const peer of chosen)
    await prepare(peer, materials).catch((error: unknown) => missing.set(peer, `not installed: ${lastLine(error)}`));
  const reference = await answersOfTaxon(materials, bodies);
  const results = new Map<Peer, Measurement[]>(chosen.map((peer) => [peer, []]));
  for (let round = 0; round < Number(options.rounds); round++)
    for (const peer of chosen.filter((one) => !missing.has(one))) {
      console.log(`round ${round + 1}: ${peer.title}`);
      try {
        results.get(peer)!.push(await measurePeer(peer, materials, bodies, reference));
      } catch (error) {
        missing.set(peer, lastLine(error));
        console.log(`  ${lastLine(error)}`);
      }
    }
  const sides = [...results]
    .filter(([peer, all]) => all.length > 0 && !missing.has(peer))
    .map(([{ title, isTaxon }, all]) => ({ title, isTaxon, measurement: medianOf(all) }));
  const setting = `${cpus()[0]!.model.trim()}, ${options.cores === undefined ? `${availableParallelism()} cores` : `cores ${options.cores}`} that server and client share; JPEGs of 640×480 (${kilobytes(images.small)} kB) and of 12 megapixels (${kilobytes(images.large)} kB); ${seconds} s a level, ${options.rounds} round${options.rounds === '1' ? '' : 's'}${options.rounds === '1' ? '' : ', medians'}.`;
  const text = report(sides, setting);
  console.log(text);
  if (options.write) {
    const file = 'docs/performance.md';
    await writeFile('docs/peers.svg', await drawPeers(sides, mainLevel));
    const withChart = `${text}\n\n![Images a second and latency of each side](peers.svg)`;
    await writeFile(file, replaceSection(await readFile(file, 'utf8'), 'peers', withChart));
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

function start(peer: Peer, materials: Materials, { small }: BenchBodies): Promise<RunningServer> {
  return startOnCores(peer.server(materials), small[0]!, `${cacheFolder}/logs/${peer.name}.log`, options.cores);
}

/** What Taxon answers in fp32. Its first start also fills the caches and the database that the measured ones find. */
async function answersOfTaxon(materials: Materials, bodies: BenchBodies): Promise<Prediction[][]> {
  const command = taxonServer(materials, 'onnx', 'fp32');
  const server = await startOnCores(command, bodies.small[0]!, `${cacheFolder}/logs/reference.log`, options.cores);
  const answers: Prediction[][] = [];
  for (const body of bodies.small.slice(0, answersCompared)) answers.push(await server.client.classify(body));
  await server.stop();
  return answers;
}

async function measurePeer(
  peer: Peer,
  materials: Materials,
  bodies: BenchBodies,
  reference: readonly Prediction[][],
): Promise<Measurement> {
  if (peer.isTaxon) await (await start(peer, materials, bodies)).stop(); // compiles for this engine and precision
  const server = await start(peer, materials, bodies);
  try {
    if (peer.isTaxon) await checkPrecision(server.url, peer.name);
    return await measure(server, bodies, reference, seconds);
  } finally {
    await server.stop();
  }
}

function lastLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split('\n').at(-1)!.slice(0, 300);
}

/** The median of every figure over the rounds. */
function medianOf(all: readonly Measurement[]): Measurement {
  const median = (of: (one: Measurement) => number): number => percentile(all.map(of), 0.5);
  const load = (of: (one: Measurement) => LoadResult): LoadResult => ({
    requests: median((one) => of(one).requests),
    failures: all.reduce((sum, one) => sum + of(one).failures, 0),
    perSecond: median((one) => of(one).perSecond),
    p50Ms: median((one) => of(one).p50Ms),
    p95Ms: median((one) => of(one).p95Ms),
    p99Ms: median((one) => of(one).p99Ms),
  });
  return {
    startSeconds: median((one) => one.startSeconds),
    loads: new Map(
      levels.map((level) => [
        level,
        { ...load((one) => one.loads.get(level)!), cpuSeconds: median((one) => one.loads.get(level)!.cpuSeconds) },
      ]),
    ),
    large: load((one) => one.large),
    peakMiB: median((one) => one.peakMiB),
    afterMiB: median((one) => one.afterMiB),
    agreement: Math.min(...all.map((one) => one.agreement)),
    difference: Math.max(...all.map((one) => one.difference)),
    ...(all[0]!.loopP99Ms !== undefined && { loopP99Ms: median((one) => one.loopP99Ms!) }),
  };
}

function report(sides: readonly MeasuredPeer[], setting: string): string {
  const fastest = sides
    .filter(({ isTaxon }) => isTaxon)
    .reduce<MeasuredPeer | undefined>(
      (best, one) => (best && throughput(best) >= throughput(one) ? best : one),
      undefined,
    );
  const gone = [...missing].map(([{ title }, why]) => `- ${title}: ${why}`);
  return [
    setting,
    markdownTable(sides.map((side) => summaryRow(side, fastest))),
    'p50 / p95 / p99 in ms by requests in flight, and failed requests:',
    markdownTable(sides.map(latencyRow)),
    ...(fastest ? [largeImages(sides)] : []),
    ...(gone.length > 0 ? [`Not measured:\n\n${gone.join('\n')}`] : []),
  ].join('\n\n');
}

function throughput({ measurement }: MeasuredPeer): number {
  return measurement.loads.get(mainLevel)!.perSecond;
}

function summaryRow(side: MeasuredPeer, fastest: MeasuredPeer | undefined): Row {
  const { title, measurement: m } = side;
  return {
    side: title,
    ...Object.fromEntries(
      levels.map((level) => [`images/s, ${level} in flight`, m.loads.get(level)!.perSecond.toFixed(1)]),
    ),
    ...(fastest && { "fastest Taxon's, times": (throughput(fastest) / throughput(side)).toFixed(2) }),
    'CPU ms an image': (1000 * m.loads.get(mainLevel)!.cpuSeconds).toFixed(1),
    '12 MP, p50 ms': m.large.p50Ms.toFixed(0),
    'memory peak MiB': m.peakMiB.toFixed(0),
    'memory after MiB': m.afterMiB.toFixed(0),
    'start s': m.startSeconds.toFixed(1),
    'loop p99 ms, 64 in flight': m.loopP99Ms?.toFixed(1) ?? '',
    'same class': `${(100 * m.agreement).toFixed(0)} %`,
    'largest difference': m.difference.toFixed(3),
  };
}

function latencyRow({ title, measurement: { loads, large } }: MeasuredPeer): Row {
  const figures = ({ p50Ms, p95Ms, p99Ms }: LoadResult): string =>
    [p50Ms, p95Ms, p99Ms].map((ms) => ms.toFixed(0)).join(' / ');
  return {
    side: title,
    ...Object.fromEntries(levels.map((level) => [`${level} in flight`, figures(loads.get(level)!)])),
    '12 MP, one in flight': figures(large),
    failed: [...loads.values(), large].reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** Images of 12 megapixels against every FastAPI peer of the same engine and precision. */
function largeImages(sides: readonly MeasuredPeer[]): string {
  const pairs = sides
    .filter(({ isTaxon }) => isTaxon)
    .flatMap((ours) => {
      const engine = ours.title.replace('Taxon, onnx ', 'onnxruntime ').replace('Taxon, openvino ', 'OpenVINO ');
      const other = sides.find(({ title }) => title.replace(' (NNCF)', '') === `FastAPI, ${engine}`);
      if (other === undefined) return [];
      const times = ours.measurement.large.perSecond / other.measurement.large.perSecond;
      return [`${engine} ${times.toFixed(2)}`];
    });
  return `Images of 12 megapixels a second, one in flight, Taxon to FastAPI with Pillow's draft mode on the same engine: ${pairs.join(', ') || 'no pair measured'}.`;
}
