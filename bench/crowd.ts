// Many clients that each send their next image once the last is answered, on the same cores as the server: what is answered a second, and
// how long a refusal takes where the clients themselves take the processor's time. Patient ones pause for a second after a refusal, the
// others not at all.
// Run: node dist/bench/crowd.js [clients, such as 32,320,1000] [seconds of each]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { allocatorSettings } from '../src/processSettings.js';
import { loadImages } from './images.js';
import { percentile } from '../src/cli/bench/load.js';
import { startServer } from './process.js';

const crowds = (process.argv[2] ?? '32,320,1000').split(',').map(Number);
const seconds = Number(process.argv[3] ?? 20);
/** Connections of a thousand clients do not begin in the same millisecond. */
const arrivalMs = 1000;

interface Answer {
  readonly status: number;
  readonly tookMs: number;
}

async function send(agent: Agent, url: string, body: Buffer): Promise<Answer> {
  const sentAt = performance.now();
  const headers = { 'content-type': 'image/jpeg' };
  const status = await agent
    .request({ origin: url, path: '/v1/classify', method: 'POST', headers, body })
    .then(async ({ statusCode, body: answer }) => {
      await answer.dump();
      return statusCode;
    })
    .catch(() => 0);
  return { status, tookMs: performance.now() - sentAt };
}

async function sendAsCrowd(
  url: string,
  bodies: readonly Buffer[],
  clients: number,
  pauseMs: number,
): Promise<Answer[]> {
  const agent = new Agent({ connections: clients, headersTimeout: 120_000 });
  const answers: Answer[] = [];
  const until = performance.now() + arrivalMs + 1000 * seconds;
  const client = async (_: unknown, index: number): Promise<void> => {
    await sleep((arrivalMs * index) / clients);
    for (let i = index; performance.now() < until; i++) {
      const answer = await send(agent, url, bodies[i % bodies.length]!);
      answers.push(answer);
      if (answer.status === 429) await sleep(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await agent.close();
  return answers;
}

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-crowd-'));
const server = await startServer('dist/src/main.js', [], {
  ...allocatorSettings,
  DATA_DIR: dataDir,
  CACHE_DIR: 'dist/bench-cache',
  PORT: '0',
  HOST: '127.0.0.1',
  LOG_LEVEL: 'info',
});
try {
  const bodies = await loadImages('../shared/data/clothing/test', 32, 1200, 900);
  await sendAsCrowd(server.url, bodies, 8, 0);
  for (const [clients, pauseMs] of crowds.flatMap((count) => [[count, 1000] as const, [count, 0] as const])) {
    const answers = await sendAsCrowd(server.url, bodies, clients, pauseMs);
    const of = (wanted: (status: number) => boolean): number[] =>
      answers.filter(({ status }) => wanted(status)).map(({ tookMs }) => tookMs);
    const [answered, refused] = [of((status) => status === 200), of((status) => status === 429)];
    const times = (all: readonly number[]): string =>
      `p50 ${percentile(all, 0.5).toFixed(0)} ms, p99 ${percentile(all, 0.99).toFixed(0)} ms`;
    console.log(
      `${clients} clients, ${pauseMs === 0 ? 'impatient' : 'patient'}: ${(answered.length / seconds).toFixed(1)} answered a second (${times(answered)}), ` +
        `${(refused.length / seconds).toFixed(0)} refused (${times(refused)}), ${answers.length - answered.length - refused.length} neither`,
    );
  }
} finally {
  await server.stop();
  await rm(dataDir, { recursive: true, force: true });
}
