// The remote engine beside the local one on the same backbone and images, batch for batch: what asking another server adds.
// node dist/bench/remote.js --endpoints http://127.0.0.1:8000,grpc://127.0.0.1:8001 [--model models/clothing/1] [--threads 1] [--batches 1,8] [--rounds 20]
// The servers have what `taxon export --triton` writes, and as many threads a run as the local engine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import type { Engine, EngineOptions } from '../src/engines/engine.js';
import { startWorkerEngine } from '../src/engines/workerEngine.js';
import { drawBlanks } from '../src/image/drawnImages.js';
import { readVersion } from '../src/models/versions.js';

const { values: options } = parseArgs({
  options: {
    endpoints: { type: 'string' },
    model: { type: 'string', default: 'models/clothing/1' },
    threads: { type: 'string', default: '1' },
    batches: { type: 'string', default: '1,8' },
    rounds: { type: 'string', default: '20' },
  },
});
if (options.endpoints === undefined) throw new Error('--endpoints http://host:port,… is missing');
const { directory, manifest } = await readVersion(options.model);
const { backbone, preprocessing } = manifest;
const cacheDir = await mkdtemp(join(tmpdir(), 'taxon-bench-'));
const common = { threads: Number(options.threads), cacheDir, warmupBatchSizes: [] };
const images = [...drawBlanks(preprocessing)];

async function start(given: EngineOptions): Promise<Engine> {
  const engine = await startWorkerEngine([given], { logger: pino({ level: 'warn' }) });
  await engine.loadBackbone({ id: backbone.id, directory, embeddingSize: backbone.embeddingSize, preprocessing });
  return engine;
}

interface Run {
  readonly ms: number;
  /** Time that this process computed, all its threads together, in milliseconds. */
  readonly cpuMs: number;
  readonly embeddings: Float32Array;
}

/** In shared memory, as the batcher gives it. */
async function run(engine: Engine, count: number): Promise<Run> {
  const batch = Buffer.concat(Array.from({ length: count }, (_, i) => images[i % images.length]!));
  const pixels = new Uint8Array(new SharedArrayBuffer(batch.length));
  pixels.set(batch);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const { embeddings } = await engine.run({ backboneId: backbone.id, pixels, count, headIds: [] });
  const ms = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1_000, embeddings };
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

const local = await start({ ...common, engine: 'onnx', device: 'cpu' });
const remotes = new Map<string, Engine>();
for (const url of options.endpoints.split(',')) {
  const remote = { endpoints: [url], imagesPerRequest: 32, timeoutMs: 60_000, checkEveryMs: 60_000 };
  remotes.set(url, await start({ ...common, engine: 'remote', device: 'remote', remote }));
}
try {
  console.log('| images | engine | median ms | beside local | added ms | processor ms here | largest difference |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const count of options.batches.split(',').map(Number)) {
    const engines = new Map([['local (onnx)', local], ...remotes]);
    const runs = new Map([...engines.keys()].map((name) => [name, [] as Run[]]));
    // Turn by turn, so that whatever else the machine does falls on all alike; the first two rounds do not count.
    for (let round = -2; round < Number(options.rounds); round++)
      for (const [name, engine] of engines) {
        const one = await run(engine, count);
        if (round >= 0) runs.get(name)!.push(one);
      }
    const reference = runs.get('local (onnx)')!;
    const localMs = median(reference.map(({ ms }) => ms));
    for (const [name, all] of runs) {
      const ms = median(all.map((one) => one.ms));
      const cpuMs = median(all.map((one) => one.cpuMs));
      const difference = all[0]!.embeddings.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - reference[0]!.embeddings[i]!)),
        0,
      );
      console.log(
        `| ${count} | ${name} | ${ms.toFixed(1)} | ${(ms / localMs).toFixed(2)} | ${(ms - localMs).toFixed(1)} | ${cpuMs.toFixed(1)} | ${difference.toPrecision(2)} |`,
      );
    }
  }
} finally {
  for (const engine of [local, ...remotes.values()]) await engine.close();
  await rm(cacheDir, { recursive: true, force: true });
}
