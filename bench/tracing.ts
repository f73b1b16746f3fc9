// `node dist/bench/tracing.js [dist of an earlier build]`: what tracing costs a server, on and off, idle and under load.
// Processor time of the server's process, from /proc, so that what else runs on the machine counts little. The classifier is tiny: what a
// request costs beside the arithmetic is most of what is measured.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { colourImage, publishTinyModel } from '../test/support/tinyModel.js';
import { applyLoad, percentile } from '../src/cli/bench/load.js';
import { markdownTable } from './markdown.js';
import { startServer, type ServerProcess } from './process.js';

const rounds = 6;
const warmUpRequests = 600;
const requests = 2_000;
const inFlight = 8;
const idleSeconds = 5;
/** Of /proc, on every Linux that Node.js runs on. */
const ticksPerSecond = 100;

if (process.argv[2] === '--collector') serveCollector();
else await compare(process.argv[2]);

/** Takes everything and keeps nothing; a process of its own, for its work is not to be the server's. */
function serveCollector(): void {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end());
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
}

interface Measured {
  readonly startMs: number;
  readonly idleMiB: number;
  readonly idleCpuMs: number;
  readonly requestCpuMs: number;
  readonly loadedMiB: number;
}

async function compare(earlier: string | undefined): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
  const collector = spawn(process.execPath, [process.argv[1]!, '--collector'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = (await once(collector.stdout, 'data')) as [Buffer];
    const modelsDir = join(folder, 'models');
    await publishTinyModel(modelsDir, 'colours', ['red', 'green', 'blue']);
    const environment = { MODELS_DIR: modelsDir, BUNDLED_MODELS_DIR: 'none', PORT: '0', HOST: '127.0.0.1' };
    const traced = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port.toString().trim()}` };
    const variants: Readonly<Record<string, () => Promise<ServerProcess>>> = {
      ...(earlier !== undefined && {
        before: () =>
          startServer(join(earlier, 'src/main.js'), [], { ...environment, DATA_DIR: join(folder, 'before') }),
      }),
      off: () => startServer('dist/src/main.js', [], { ...environment, DATA_DIR: join(folder, 'off') }),
      on: () => startServer('dist/src/main.js', [], { ...environment, ...traced, DATA_DIR: join(folder, 'on') }),
    };
    const image = await colourImage('red', 1);
    // Makes their databases.
    for (const start of Object.values(variants)) await (await start()).stop();
    const results = new Map<string, Measured[]>(Object.keys(variants).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, start] of Object.entries(variants)) results.get(name)!.push(await measure(start, image));
    console.log(markdownTable([...results].map(([name, measured]) => ({ tracing: name, ...summary(measured) }))));
  } finally {
    collector.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(start: () => Promise<ServerProcess>, image: Buffer): Promise<Measured> {
  const server = await start();
  const send = async (): Promise<boolean> => {
    const headers = { 'content-type': 'image/png' };
    const response = await fetch(`${server.url}/v1/classify`, { method: 'POST', headers, body: new Uint8Array(image) });
    await response.arrayBuffer();
    return response.ok;
  };
  try {
    await delay(3_000);
    const idleMiB = await server.rssMiB();
    const atRest = await cpuMs(server);
    await delay(1_000 * idleSeconds);
    const idleCpuMs = ((await cpuMs(server)) - atRest) / idleSeconds;
    await applyLoad(send, warmUpRequests, inFlight);
    const before = await cpuMs(server);
    const { failures } = await applyLoad(send, requests, inFlight);
    if (failures > 0) throw new Error(`${failures} requests failed`);
    const requestCpuMs = ((await cpuMs(server)) - before) / requests;
    return { startMs: server.startMs, idleMiB, idleCpuMs, requestCpuMs, loadedMiB: await server.rssMiB() };
  } finally {
    await server.stop();
  }
}

/** User and system time of the process and all its threads. */
async function cpuMs({ child }: ServerProcess): Promise<number> {
  const fields = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]!.split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

/** The lowest, which other programs disturbed least, and the median. */
function summary(measured: readonly Measured[]): Record<string, string> {
  const show = (pick: (one: Measured) => number, digits: number): string => {
    const values = measured.map(pick);
    return [0, 0.5].map((share) => percentile(values, share).toFixed(digits)).join(' · ');
  };
  return {
    'CPU ms a request': show(({ requestCpuMs }) => requestCpuMs, 3),
    'CPU ms a second, idle': show(({ idleCpuMs }) => idleCpuMs, 1),
    'MiB idle': show(({ idleMiB }) => idleMiB, 0),
    'MiB after the load': show(({ loadedMiB }) => loadedMiB, 0),
    'start ms': show(({ startMs }) => startMs, 0),
  };
}
