// Accuracy over HTTP of a retrained version, beside scikit-learn's logistic regression on the same embeddings in the same run.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createHash } from 'node:crypto';
import { DirectoryStore } from '../src/files/directoryStore.js';
import { EmbeddingCache } from '../src/training/embedding/embeddingCache.js';
import { viewKey } from '../src/training/embedding/augmentation.js';
import { classify, listClasses, type LabelledFile, type RetrainServer } from './retrainServer.js';

const splits = ['train', 'validation', 'test'] as const;
const plain = viewKey({
  index: 0,
  seed: 0,
  augmentation: { flip: false, crop: false, colour: false, rotation: false, erasing: false },
});

export async function measureAccuracy(server: RetrainServer, images: string): Promise<void> {
  const sets = await Promise.all(
    splits.map(async (split) => ({ split, files: await listClasses(join(images, split)) })),
  );
  await server.admin('PUT', 'datasets/clothing');
  for (const { split, files } of sets.slice(0, 2)) await server.upload('clothing', files, split);
  const views = Number(process.env['BENCH_VIEWS'] ?? '1');
  const test = sets[2]!.files;
  for (const preset of (process.env['BENCH_PRESETS'] ?? 'default').split(','))
    await measurePreset(server, test, preset, views);
  await compareWithScikitLearn(server, sets);
}

async function measurePreset(
  server: RetrainServer,
  test: readonly LabelledFile[],
  preset: string,
  views: number,
): Promise<void> {
  const training = await server.retrain({
    dataset: 'clothing',
    model: 'clothing',
    activate: 'always',
    preset,
    hyperparameters: { views },
  });
  if (training.state !== 'succeeded') throw new Error(JSON.stringify(training.error));
  let right = 0;
  for (const { file, label } of test) if ((await classify(server.url, 'model=clothing', file)).label === label) right++;
  const { calibrationError, seconds, fit, accuracy } = training.metrics!;
  const error = `calibration error ${(100 * calibrationError.before).toFixed(1)} → ${(100 * calibrationError.after).toFixed(1)} %`;
  console.log(
    `preset ${preset}, ${views} views: test ${right} of ${test.length} over HTTP = ${((100 * right) / test.length).toFixed(2)} %; validation ${(100 * accuracy).toFixed(1)} %; ${error}; stages ${JSON.stringify(seconds)}; fit ${JSON.stringify(fit)}`,
  );
}

interface Set {
  readonly split: string;
  readonly files: readonly LabelledFile[];
}

async function compareWithScikitLearn(server: RetrainServer, sets: readonly Set[]): Promise<void> {
  for (const { split, files } of sets) await exportEmbeddings(server, split, files);
  const python = process.env['BENCH_PYTHON'] ?? 'python3';
  try {
    const { stdout } = await promisify(execFile)(python, ['bench/logisticRegression.py', server.dataDir]);
    console.log(stdout.trim());
  } catch (error) {
    console.log(`SKIPPED: scikit-learn's logistic regression: ${(error as Error).message.slice(0, 300)}`);
  }
}

/** <split>.f32 and <split>.json in the data directory: those of the training from its cache, the others through /v1/embed. */
async function exportEmbeddings(server: RetrainServer, split: string, files: readonly LabelledFile[]): Promise<void> {
  const { backbone } = (await (await fetch(`${server.url}/v1/models/clothing/versions/1`)).json()) as {
    backbone: { id: string; embeddingSize: number };
  };
  const cache = new EmbeddingCache(
    new DirectoryStore(join(server.dataDir, 'embeddings')),
    backbone.id,
    backbone.embeddingSize,
  );
  const rows: Float32Array[] = [];
  for (const { file } of files) {
    const bytes = await readFile(file);
    const image = createHash('sha256').update(bytes).digest('hex');
    rows.push((await cache.read({ image, view: plain })) ?? (await embed(server.url, bytes)));
  }
  await writeFile(
    join(server.dataDir, `${split}.f32`),
    Buffer.concat(rows.map((row) => Buffer.from(row.buffer, row.byteOffset, row.byteLength))),
  );
  await writeFile(join(server.dataDir, `${split}.json`), JSON.stringify(files.map(({ label }) => label)));
}

async function embed(url: string, bytes: Uint8Array<ArrayBuffer>): Promise<Float32Array> {
  const response = await fetch(`${url}/v1/embed?model=clothing`, {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': 'image/jpeg' },
  });
  const { results } = (await response.json()) as { results: { embedding: number[] }[] };
  return Float32Array.from(results[0]!.embedding);
}
