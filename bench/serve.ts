// `npm run bench`: images/s over HTTP against the bare engine loop, latency and event-loop delay against the naive server; one run, same images.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from '../src/engines/onnxRuntime.js';
import { loadImages } from './images.js';
import { applyLoad, type LoadResult } from '../src/cli/bench/load.js';
import { eventLoopDelayMs } from './loopDelay.js';
import { startServer, type ServerProcess } from './process.js';

const inFlight = 16;
const imagesPerRound = 200;
const rounds = 3;
const size = 299;
const batchSize = 4;

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
const environment = { DATA_DIR: dataDir, PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' };
try {
  await (await startServer('dist/src/main.js', [], environment)).stop(); // compiles the model
  const compiled = join(
    dataDir,
    'cache',
    (await readdir(join(dataDir, 'cache'))).find((name) => name.endsWith('.onnx'))!,
  );
  const images = await loadImages('../shared/data/clothing/test', 32, 640, 480);

  const engine: number[] = [];
  const ours: Measured[] = [];
  const naive: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    engine.push(await engineLoop(compiled));
    ours.push(await measure(await startServer('dist/src/main.js', [], environment), images, taxonDelay));
    naive.push(await measure(await startServer('dist/bench/naiveServer.js', [compiled]), images, naiveDelay));
  }
  report(engine, ours, naive);
} finally {
  await rm(dataDir, { recursive: true, force: true });
}

interface Measured extends LoadResult {
  readonly startMs: number;
  readonly loopP99Ms: number;
  readonly rssMiB: number;
}

/** Images/s of session.run alone, batch after batch on ready pixels, in this process with nothing else to do. */
async function engineLoop(file: string): Promise<number> {
  const session = await InferenceSession.create(file, { intraOpNumThreads: availableParallelism() });
  const feeds = {
    [session.inputNames[0]!]: new Tensor('uint8', new Uint8Array(batchSize * size * size * 3).fill(127), [
      batchSize,
      size,
      size,
      3,
    ]),
  };
  await session.run(feeds);
  const startedAt = performance.now();
  for (let done = 0; done < imagesPerRound; done += batchSize) await session.run(feeds);
  const perSecond = imagesPerRound / ((performance.now() - startedAt) / 1000);
  await session.release();
  return perSecond;
}

async function measure(
  server: ServerProcess,
  images: readonly Buffer[],
  loopDelay: (url: string) => Promise<number>,
): Promise<Measured> {
  const send = async (index: number): Promise<boolean> => {
    const body = images[index % images.length]!;
    const response = await fetch(`${server.url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg' },
      body,
    });
    await response.arrayBuffer();
    return response.ok;
  };
  await applyLoad(send, 32, inFlight);
  await loopDelay(server.url);
  const load = await applyLoad(send, imagesPerRound, inFlight);
  const measured = {
    ...load,
    startMs: server.startMs,
    loopP99Ms: await loopDelay(server.url),
    rssMiB: await server.rssMiB(),
  };
  await server.stop();
  return measured;
}

async function taxonDelay(url: string): Promise<number> {
  return (await eventLoopDelayMs(url))!;
}

async function naiveDelay(url: string): Promise<number> {
  return ((await (await fetch(`${url}/delay`)).json()) as { p99Ms: number }).p99Ms;
}

function report(engine: readonly number[], ours: readonly Measured[], naive: readonly Measured[]): void {
  const pick = (all: readonly Measured[], of: (one: Measured) => number): number => median(all.map(of));
  const row = (name: string, all: readonly Measured[]) => ({
    side: name,
    'images/s': pick(all, (one) => one.perSecond).toFixed(1),
    'p50 ms': pick(all, (one) => one.p50Ms).toFixed(0),
    'p99 ms': pick(all, (one) => one.p99Ms).toFixed(0),
    'loop p99 ms': pick(all, (one) => one.loopP99Ms).toFixed(1),
    'RSS MiB': pick(all, (one) => one.rssMiB).toFixed(0),
    'ready ms': pick(all, (one) => one.startMs).toFixed(0),
    failures: all.reduce((sum, one) => sum + one.failures, 0),
  });
  console.log(
    `${imagesPerRound} images of 640x480 a round, ${inFlight} in flight, ${rounds} interleaved rounds, medians, ${availableParallelism()} cores`,
  );
  console.table([
    { side: `bare engine loop, batch ${batchSize}`, 'images/s': median(engine).toFixed(1) },
    row('taxon over HTTP', ours),
    row('naive server over HTTP', naive),
  ]);
  const ratio = ours.map((one, round) => one.perSecond / engine[round]!);
  console.log(
    `taxon / bare engine loop: ${median(ratio).toFixed(3)} (rounds: ${ratio.map((one) => one.toFixed(3)).join(', ')})`,
  );
  console.log(
    `taxon / naive server: images/s ${(pick(ours, (one) => one.perSecond) / pick(naive, (one) => one.perSecond)).toFixed(2)}, p99 latency ${(pick(ours, (one) => one.p99Ms) / pick(naive, (one) => one.p99Ms)).toFixed(2)}, event-loop delay p99 ${(pick(ours, (one) => one.loopP99Ms) / pick(naive, (one) => one.loopP99Ms)).toFixed(3)}`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
