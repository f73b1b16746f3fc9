// `npm run bench:overload`: what is answered, refused and lost from half to thirty times the capacity, whether one client can starve
// another, and how soon the server is itself again. Server and clients have CPU cores of their own where the machine has two.
// Run: node dist/bench/overload.js [seconds of each step]
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage } from 'node:process';
import { isPinned, pinSelf } from './cores.js';
import { loadImages } from './images.js';
import { applyLoad, percentile, type LoadResult } from '../src/cli/bench/load.js';
import { sendOpenLoop, type Arrival } from './openLoop.js';
import { drawOverload } from './overloadChart.js';
import { allocatorSettings } from '../src/processSettings.js';
import { startServer, type ServerProcess } from './process.js';

const multiples = [0.5, 1, 2, 5, 10, 30];
const seconds = Number(process.argv[2] ?? 20);
/** Answers of this first part of a step still show the step before. */
const settleMs = 3000;
const deadlineMs = 15_000;

export interface Step {
  /** Requests a second that are sent, in multiples of the capacity. */
  readonly multiple: number;
  readonly sent: number;
  readonly answered: number;
  readonly refused: number;
  /** Neither: connections that failed, and every other status. */
  readonly lost: number;
  /** Answers a second. */
  readonly goodput: number;
  readonly answeredP99Ms: number;
  readonly refusedP99Ms: number;
  readonly healthP99Ms: number;
  readonly rssMiB: number;
  readonly loopP99Ms: number;
  /** Cores that the clients took. */
  readonly clientCores: number;
}

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-overload-'));
pinSelf('server');
const server = await startServer('dist/src/main.js', [], {
  ...allocatorSettings,
  DATA_DIR: dataDir,
  CACHE_DIR: 'dist/bench-cache',
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
});
pinSelf('clients');
try {
  const bodies = await loadImages('../shared/data/clothing/test', 32, 1200, 900);
  const { perSecond: capacity, p50Ms: usualMs } = await measureCapacity(server, bodies);
  console.log(
    `capacity ${capacity.toFixed(1)} images/s of ${Math.round(bodies[0]!.length / 1024)} KB, 16 in flight; server and clients ${isPinned() ? 'on cores of their own' : 'share the cores'}; ${seconds} s a step`,
  );
  const steps: Step[] = [];
  for (const multiple of multiples) {
    steps.push(await measureStep(server, bodies, multiple, capacity));
    console.table([rowOf(steps.at(-1)!)]);
  }
  const recoveryMs = await measureRecovery(server, bodies, usualMs);
  report(steps, recoveryMs);
  await reportFairness(server, bodies, capacity);
  await writeFile('docs/overload.svg', await drawOverload(steps, capacity));
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}

/** What clients get that wait for their answers, 16 requests in flight. */
async function measureCapacity({ url }: ServerProcess, bodies: readonly Buffer[]): Promise<LoadResult> {
  const send = async (index: number): Promise<boolean> => (await post(url, bodies[index % bodies.length]!)).ok;
  await applyLoad(send, 64, 16);
  const load = await applyLoad(send, 300, 16);
  if (load.failures > 0) throw new Error(`${load.failures} of 300 requests failed with 16 in flight`);
  return load;
}

async function post(url: string, body: Buffer): Promise<Response> {
  const response = await fetch(`${url}/v1/classify`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body,
  });
  await response.arrayBuffer();
  return response;
}

async function measureStep(
  server: ServerProcess,
  bodies: readonly Buffer[],
  multiple: number,
  capacity: number,
): Promise<Step> {
  const before = cpuUsage();
  const startedAt = performance.now();
  const load = sendOpenLoop({
    url: `${server.url}/v1/classify`,
    perSecond: multiple * capacity,
    seconds,
    bodies,
    from: '127.0.0.2',
  });
  const watched = watchServer(server, seconds * 1000);
  const arrivals = await load;
  const { user, system } = cpuUsage(before);
  const clientCores = (user + system) / 1000 / (performance.now() - startedAt);
  return { multiple, ...countOf(arrivals), ...(await watched), clientCores };
}

function countOf(arrivals: readonly Arrival[]) {
  const answered = arrivals.filter(({ status }) => status === 200);
  const refused = arrivals.filter(({ status }) => status === 429);
  const end = seconds * 1000;
  const inTime = answered.map(({ sentMs, tookMs }) => sentMs + tookMs).filter((at) => at > settleMs && at <= end);
  return {
    sent: arrivals.length,
    answered: answered.length,
    refused: refused.length,
    lost: arrivals.length - answered.length - refused.length,
    goodput: inTime.length / ((end - settleMs) / 1000),
    answeredP99Ms: p99(answered.map(({ tookMs }) => tookMs)),
    refusedP99Ms: p99(refused.map(({ tookMs }) => tookMs)),
  };
}

/** The health check's p99, the largest RSS and the event loop's delay while the load runs. */
async function watchServer(server: ServerProcess, forMs: number) {
  const { url } = server;
  const health: number[] = [];
  let rss = 0;
  for (const endAt = performance.now() + forMs; performance.now() < endAt;) {
    const askedAt = performance.now();
    await (await fetch(`${url}/health/ready`)).arrayBuffer();
    health.push(performance.now() - askedAt);
    rss = Math.max(rss, await server.rssMiB());
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const loopP99Ms = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics)![1]) * 1000;
  return { healthP99Ms: p99(health), rssMiB: rss, loopP99Ms };
}

/** From the end of the flood to the first answer as soon as `usualMs`; the flood's own images are still in the line. */
async function measureRecovery({ url }: ServerProcess, bodies: readonly Buffer[], usualMs: number): Promise<number> {
  const flood = sendOpenLoop({ url: `${url}/v1/classify`, perSecond: 500, seconds: 5, bodies, from: '127.0.0.2' });
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const endedAt = performance.now();
  for (;;) {
    const askedAt = performance.now();
    if ((await post(url, bodies[0]!)).ok && performance.now() - askedAt <= usualMs) break;
  }
  const recoveryMs = performance.now() - endedAt;
  await flood;
  return recoveryMs;
}

/** A client that asks for a tenth of the capacity, beside another that asks for ten times of it. */
async function reportFairness({ url }: ServerProcess, bodies: readonly Buffer[], capacity: number): Promise<void> {
  const options = { url: `${url}/v1/classify`, seconds, bodies };
  const [flood, modest] = await Promise.all([
    sendOpenLoop({ ...options, perSecond: 10 * capacity, from: '127.0.0.2' }),
    sendOpenLoop({ ...options, perSecond: 0.1 * capacity, from: '127.0.0.3' }),
  ]);
  console.log('two clients at once');
  console.table(
    [
      ['ten times the capacity', flood],
      ['a tenth of the capacity', modest],
    ].map(([client, arrivals]) => {
      const { sent, answered, refused, lost, answeredP99Ms } = countOf(arrivals as Arrival[]);
      const share = `${((100 * answered) / sent).toFixed(1)} %`;
      return { client, sent, answered, refused, lost, share, 'answered p99 ms': answeredP99Ms.toFixed(0) };
    }),
  );
}

function p99(values: readonly number[]): number {
  return percentile(values, 0.99);
}

function rowOf(step: Step) {
  return {
    load: `${step.multiple}×`,
    sent: step.sent,
    answered: step.answered,
    refused: step.refused,
    lost: step.lost,
    'answers/s': step.goodput.toFixed(1),
    'answered p99 ms': step.answeredP99Ms.toFixed(0),
    'refused p99 ms': step.refusedP99Ms.toFixed(0),
    'health p99 ms': step.healthP99Ms.toFixed(0),
    'loop p99 ms': step.loopP99Ms.toFixed(0),
    'RSS MiB': step.rssMiB.toFixed(0),
    'client cores': step.clientCores.toFixed(2),
  };
}

function report(steps: readonly Step[], recoveryMs: number): void {
  console.table(steps.map(rowOf));
  const peak = Math.max(...steps.map(({ goodput }) => goodput));
  const worst = Math.min(...steps.filter(({ multiple }) => multiple >= 1).map(({ goodput }) => goodput));
  const slowest = Math.max(...steps.map(({ answeredP99Ms }) => answeredP99Ms));
  console.log(
    `lowest goodput from 1× on / peak: ${(worst / peak).toFixed(3)}; slowest p99 of an answer / deadline: ${(slowest / deadlineMs).toFixed(2)}; after the flood, an answer as soon as with 16 requests in flight: ${recoveryMs.toFixed(0)} ms`,
  );
}
