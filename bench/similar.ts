// POST /v1/similar in a dataset of 20,000 images with stored embeddings of the bundled backbone: the first search, which reads them from
// their files, and those after it, over HTTP. Beside them what an embedding alone takes, which each search begins with.
// Run: node dist/bench/similar.js [images] [searches] [main.js of another build, to compare]
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import { pino } from 'pino';
import sharp from 'sharp';
import { embeddingPath } from '../src/data/embeddingFiles.js';
import { openDatabase } from '../src/data/database/openDatabase.js';
import { Datasets } from '../src/data/datasets/datasets.js';
import { sha256Of } from '../src/data/images/imageStore.js';
import { manifestFileName, readManifest } from '../src/models/versions.js';
import { viewKey } from '../src/training/embedding/augmentation.js';
import { encodeEmbedding } from '../src/training/embedding/embeddingFile.js';
import { createRandom } from '../src/training/random.js';
import { plain } from '../src/training/stages.js';
import { startServer, type ServerProcess } from './process.js';

const images = Number(process.argv[2] ?? 20_000);
const searches = Number(process.argv[3] ?? 100);
const script = process.argv[4] ?? 'dist/src/main.js';
const dataset = 'bench';
const adminKey = 'the-admin-key-of-this-bench';
/** Files written at a time. */
const writers = 16;

const { name: model, backbone } = await readManifest(join('models/clothing/1', manifestFileName));
const hashes = Array.from({ length: images }, (_, i) => sha256Of(Buffer.from(String(i))));

/** As pooled features are: not below 0, and most of them small. */
function drawEmbedding(seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: backbone.embeddingSize }, () => random.next() ** 4);
}

async function storeEmbeddings(dataDir: string): Promise<void> {
  const store = async (sha256: string, seed: number): Promise<void> => {
    const path = embeddingPath(join(dataDir, 'embeddings', backbone.id), sha256, viewKey(plain));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, encodeEmbedding(drawEmbedding(seed)));
  };
  await pMap(hashes.entries(), ([seed, sha256]) => store(sha256, seed), { concurrency: writers });
}

/** Rows alone: no search looks into the images' own files. */
async function storeRows(dataDir: string): Promise<void> {
  const database = await openDatabase({ dataDir, databaseUrl: undefined, logger: pino({ level: 'warn' }) });
  await new Datasets(database).put(dataset);
  await database.run(
    `INSERT INTO images (sha256, bytes, width, height, format, dhash)
     SELECT sha256, 1, 640, 480, 'jpeg', repeat('0', 512)::bit(512) FROM unnest($1::text[]) AS sha256`,
    [hashes],
  );
  await database.run(
    `INSERT INTO dataset_images (dataset_id, sha256, dhash, group_key, label, split, split_given, file_names)
     SELECT d.id, i.sha256, i.dhash, i.sha256, 'one', 'train', true, '{}' FROM datasets d, images i WHERE d.name = $1`,
    [dataset],
  );
  await database.close();
}

/** 640 × 480 and of noise, so that no two are answered from a cache. */
const drawImage = (): Promise<Buffer> =>
  sharp({
    create: {
      width: 640,
      height: 480,
      channels: 3,
      background: '#888',
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  })
    .jpeg()
    .toBuffer();

/** Milliseconds that one call with an image of its own takes. */
async function call(url: string, path: string): Promise<number> {
  const body = new Uint8Array(await drawImage());
  const startedAt = performance.now();
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg', authorization: `Bearer ${adminKey}` },
    body,
  });
  const answer = (await response.json()) as { searched?: number };
  if (!response.ok || (answer.searched ?? images) !== images)
    throw new Error(`${response.status}: ${JSON.stringify(answer)}`);
  return performance.now() - startedAt;
}

interface Series {
  readonly took: readonly number[];
  /** Processor time of the server, of one call. */
  readonly cpuMs: number;
}

async function series(server: ServerProcess, path: string, count: number): Promise<Series> {
  const before = await server.cpuMs();
  const took: number[] = [];
  for (let i = 0; i < count; i++) took.push(await call(server.url, path));
  return { took, cpuMs: ((await server.cpuMs()) - before) / count };
}

const print = (what: string, { took, cpuMs }: Series): void =>
  console.log(`${what.padEnd(30)} ${describe(took)}, ${cpuMs.toFixed(1)} ms of processor each`);

function describe(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const [p50, p95] = [0.5, 0.95].map((share) => sorted[Math.ceil(share * sorted.length) - 1]!);
  return `p50 ${p50!.toFixed(1)} ms, p95 ${p95!.toFixed(1)} ms`;
}

const dataDir = await mkdtemp(join(tmpdir(), 'taxon-bench-similar-'));
try {
  await storeEmbeddings(dataDir);
  await storeRows(dataDir);
  const server = await startServer(script, [], {
    DATA_DIR: dataDir,
    PORT: '0',
    GRPC_PORT: 'off',
    ADMIN_API_KEY: adminKey,
    LOG_LEVEL: 'info',
    PRECISION: 'fp32',
  });
  try {
    while ((await fetch(`${server.url}/health/ready`)).status !== 200)
      await new Promise((next) => setTimeout(next, 200));
    const embedding = await series(server, `/v1/embed?model=${model}`, searches);
    const before = await server.rssMiB();
    const path = `/v1/similar?model=${model}&dataset=${dataset}`;
    const first = await series(server, path, 1);
    const later = await series(server, path, searches);
    console.log(`${images.toLocaleString('en')} images, ${backbone.embeddingSize} values each, ${script}`);
    print('the embedding alone', embedding);
    print('the first search', first);
    print('later ones', later);
    console.log(`memory: ${before.toFixed(0)} MiB before, ${(await server.rssMiB()).toFixed(0)} MiB after`);
  } finally {
    await server.stop();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
