// `npm run bench:scaling`: one core and two, for each engine and precision: images/s, CPU time an image, and where it goes; and HTTP against
// the engine loop that decodes as well.
// Options: --seconds 8  --only taxon-openvino  --write (docs/performance.md)
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { EngineName, Precision } from '../src/engines/engine.js';
import { runEngineLoop, type EngineLoopResult } from './engineLoop.js';
import { applyLoad } from '../src/cli/bench/load.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';
import { cacheFolder, choosePeers, type Materials, type Peer } from './peers/catalogue.js';
import { multipartBody } from './peers/client.js';
import { checkPrecision } from './peers/precision.js';
import { cpuSecondsOf } from './peers/processTree.js';
import { startOnCores } from './peers/server.js';
import { loadBenchImages, prepareMaterials } from './peers/setUp.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: 'taxon' },
    seconds: { type: 'string', default: '8' },
    write: { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const inFlight = 16;
/** Read before this process is moved to fewer. */
const allCores = availableParallelism();

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-scaling-'));
try {
  const materials = await prepareMaterials(dataDir);
  const { small } = await loadBenchImages();
  const rows: Row[] = [];
  const gone: string[] = [];
  for (const peer of choosePeers(options.only.split(',')).filter(({ isTaxon }) => isTaxon))
    for (let cores = 1; cores <= Math.min(2, allCores); cores++)
      try {
        rows.push(await measureRow(peer, materials, small, cores));
        console.log(rows.at(-1));
      } catch (error) {
        gone.push(
          `- ${peer.title}: ${(error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)}`,
        );
        break;
      }
  const text = [
    `JPEGs of 640×480, ${inFlight} in flight, ${seconds} s a figure; on one core the client has another where there is one, on two they are shared.`,
    rows.length > 0 ? markdownTable(rows) : '',
    gone.length > 0 ? `Not measured:\n\n${gone.join('\n')}` : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  console.log(text);
  const file = 'docs/performance.md';
  if (options.write) await writeFile(file, replaceSection(await readFile(file, 'utf8'), 'scaling', text));
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

async function measureRow(peer: Peer, materials: Materials, images: readonly Buffer[], cores: number): Promise<Row> {
  const loop = await loopOnCores(peer, materials, images, cores);
  const { perSecond, cpuSeconds } = await serveOnCores(peer, materials, images, cores);
  const rest = Math.max(0, cpuSeconds - loop.decodeCpuSeconds - loop.engineCpuSeconds);
  const shares = { decoding: loop.decodeCpuSeconds, engine: loop.engineCpuSeconds, 'HTTP and the rest': rest };
  const first = Object.entries(shares).sort(([, a], [, b]) => b - a)[0]![0];
  const ms = (value: number): string => (1000 * value).toFixed(1);
  return {
    side: peer.title,
    cores,
    'images/s': perSecond.toFixed(1),
    'loop with decoding, images/s': loop.perSecond.toFixed(1),
    'HTTP / loop': (perSecond / loop.perSecond).toFixed(3),
    'CPU ms an image': ms(cpuSeconds),
    'decode ms': ms(loop.decodeCpuSeconds),
    'engine ms': ms(loop.engineCpuSeconds),
    'rest ms': ms(rest),
    'decode share': `${((100 * loop.decodeCpuSeconds) / cpuSeconds).toFixed(0)} %`,
    'model: images/s a core': (1 / (loop.decodeCpuSeconds + loop.engineCpuSeconds + rest)).toFixed(1),
    'saturates first': first,
  };
}

function coreList(cores: number): string {
  return cores === 1 ? '0' : `0-${cores - 1}`;
}

/** All threads of this process, and what it starts from now on, to these cores. */
function moveTo(list: string): void {
  execFileSync('taskset', ['-a', '-c', '-p', list, String(process.pid)], { stdio: 'ignore' });
}

async function loopOnCores(
  peer: Peer,
  materials: Materials,
  images: readonly Buffer[],
  cores: number,
): Promise<EngineLoopResult> {
  const [, engine, precision] = peer.name.split('-') as [string, EngineName, Precision];
  const openvinoDir = peer.server(materials).env['OPENVINO_DIR'];
  const common = { version: materials.version, cacheDir: materials.taxonCache, seconds };
  moveTo(coreList(cores));
  try {
    return await runEngineLoop(images, {
      ...common,
      engine,
      precision,
      ...(openvinoDir !== undefined && { openvinoDir }),
    });
  } finally {
    moveTo(`0-${allCores - 1}`);
  }
}

async function serveOnCores(peer: Peer, materials: Materials, images: readonly Buffer[], cores: number) {
  const bodies = images.map(multipartBody);
  const log = `${cacheFolder}/logs/scaling-${peer.name}.log`;
  const server = await startOnCores(peer.server(materials), bodies[0]!, log, coreList(cores));
  if (cores < allCores) moveTo(`${cores}-${allCores - 1}`);
  try {
    await checkPrecision(server.url, peer.name);
    const send = (index: number): Promise<boolean> => server.client.send(bodies[index % bodies.length]!);
    await applyLoad(send, { seconds: Math.min(3, seconds) }, inFlight);
    const before = cpuSecondsOf(server.pid);
    const { perSecond, requests, failures } = await applyLoad(send, { seconds }, inFlight);
    if (failures > 0) throw new Error(`${failures} of ${requests} requests failed`);
    return { perSecond, cpuSeconds: (cpuSecondsOf(server.pid) - before) / requests };
  } finally {
    moveTo(`0-${allCores - 1}`);
    await server.stop();
  }
}
