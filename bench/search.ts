// Whether a search ends better than the default, and whether that holds on test images. node --enable-source-maps dist/bench/search.js [clothing|dots]…
// BENCH_IMAGES: a folder of train/ validation/ test/ (default ../shared/data/clothing); BENCH_PER_CLASS: most training images of a class, and half as
// many validation images (default all); BENCH_TRIALS (default 30); BENCH_SEEDS (default 1,2,3): of the fits and of the search;
// BENCH_MODELS: the models directory to copy (default models).
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createRandom, type Random } from '../src/training/random.js';
import { markdownTable, type Row } from './markdown.js';
import { listClasses, startRetrainServer, type LabelledFile, type RetrainServer } from './retrainServer.js';

const images = process.env['BENCH_IMAGES'] ?? '../shared/data/clothing';
const models = process.env['BENCH_MODELS'] ?? 'models';
const perClass = Number(process.env['BENCH_PER_CLASS'] ?? 'Infinity');
const trials = Number(process.env['BENCH_TRIALS'] ?? '30');
const seeds = (process.env['BENCH_SEEDS'] ?? '1,2,3').split(',').map(Number);

const splits = ['train', 'validation', 'test'] as const;
const limits = { train: perClass, validation: Math.ceil(perClass / 2), test: Infinity };

interface Figures {
  readonly loss: number;
  readonly accuracy: number;
}

interface SearchedMetrics {
  readonly accuracy: number;
  readonly logLoss: { readonly after: number };
  readonly search?: {
    readonly first: Figures;
    readonly best: Figures;
    readonly bestTrial: number;
    readonly seconds: number;
  };
}

interface Fit {
  readonly number: number;
  readonly share: number;
  readonly loss: number | null;
  readonly accuracy: number | null;
}

/** How many dots there are, one to eight: of any colour, size and place, under noise. What a backbone of photographs says little of. */
async function drawDots(folder: string): Promise<void> {
  const random = createRandom(20);
  for (const [split, count] of [
    ['train', 40],
    ['validation', 20],
    ['test', 60],
  ] as const)
    for (let dots = 1; dots <= 8; dots++) {
      const own = join(folder, split, String(dots));
      await mkdir(own, { recursive: true });
      for (let i = 0; i < count; i++) await drawDotsOnce(dots, random).toFile(join(own, `${i}.jpg`));
    }
}

function drawDotsOnce(dots: number, random: Random): Sharp {
  const colour = (): string => `hsl(${random.below(360)} 60% ${30 + random.below(40)}%)`;
  const places = Array.from({ length: 9 }, (_, i) => ({ place: i, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .slice(0, dots);
  const circles = places.map(({ place }) => {
    const x = 50 + (place % 3) * 100 + (random.next() - 0.5) * 30;
    const y = 50 + Math.floor(place / 3) * 100 + (random.next() - 0.5) * 30;
    return `<circle cx="${x}" cy="${y}" r="${18 + random.below(18)}" fill="${colour()}"/>`;
  });
  const background = `<rect width="300" height="300" fill="hsl(${random.below(360)} 30% 85%)"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="300">${background}${circles.join('')}</svg>`;
  return sharp(Buffer.from(svg)).flatten().jpeg({ quality: 85 });
}

function firstOfEach(files: readonly LabelledFile[], most: number): LabelledFile[] {
  const counts = new Map<string, number>();
  return files.filter(({ label }) => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts.get(label)! <= most;
  });
}

async function measure(server: RetrainServer, dataset: string, folder: string): Promise<Row[]> {
  await server.admin('PUT', `datasets/${dataset}`);
  for (const split of splits)
    await server.upload(dataset, firstOfEach(await listClasses(join(folder, split)), limits[split]), split);
  const rows: Row[] = [];
  for (const seed of seeds) {
    const request = { dataset, activate: 'manual', hyperparameters: { seed } };
    const usual = await metricsOf(server, { ...request, model: `${dataset}-default-${seed}` });
    const searched = await metricsOf(server, {
      ...request,
      model: `${dataset}-search-${seed}`,
      search: { trials, seconds: 86_400 },
    });
    tellHistory(dataset, seed, searched.trials);
    const { first, best, bestTrial, seconds } = searched.metrics.search!;
    rows.push({
      dataset,
      seed,
      'validation loss': `${first.loss.toFixed(3)} → ${best.loss.toFixed(3)}`,
      'right, %': `${percent(first.accuracy)} → ${percent(best.accuracy)}`,
      'test loss': `${usual.metrics.logLoss.after.toFixed(3)} → ${searched.metrics.logLoss.after.toFixed(3)}`,
      'test right, %': `${percent(usual.metrics.accuracy)} → ${percent(searched.metrics.accuracy)}`,
      'best setting': bestTrial,
      seconds: seconds.toFixed(0),
    });
  }
  return rows;
}

const percent = (share: number): string => (100 * share).toFixed(1);

async function metricsOf(server: RetrainServer, request: Readonly<Record<string, unknown>>) {
  const training = await server.retrain(request);
  if (training.state !== 'succeeded') throw new Error(JSON.stringify(training.error));
  return training as unknown as { readonly metrics: SearchedMetrics; readonly trials: readonly Fit[] };
}

function tellHistory(dataset: string, seed: number, fits: readonly Fit[]): void {
  let best = Infinity;
  const course = fits.flatMap(({ number, share, loss }) => {
    if (share < 1 || loss === null || loss >= best) return [];
    best = loss;
    return [`${number}: ${loss.toFixed(3)}`];
  });
  console.log(`${dataset}, seed ${seed}: ${fits.length} fits; the best so far, by setting: ${course.join(', ')}`);
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : ['clothing', 'dots'];
const drawn = await mkdtemp(join(tmpdir(), 'taxon-dots-'));
const folders: Readonly<Record<string, string>> = { clothing: images, dots: drawn };
await drawDots(drawn);
const server = await startRetrainServer(models);
try {
  const rows: Row[] = [];
  for (const dataset of wanted) {
    const folder = folders[dataset];
    if (folder === undefined) throw new Error(`there is no dataset "${dataset}"`);
    if (existsSync(folder)) rows.push(...(await measure(server, dataset, folder)));
    else console.log(`SKIPPED: ${folder} is not here`);
  }
  console.log(`default → search\n${markdownTable(rows)}`);
} finally {
  await server.stop();
  await rm(drawn, { recursive: true, force: true });
}
