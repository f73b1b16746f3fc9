// Fine-tuning beside the frozen backbone, over HTTP, on the same images of one folder of train/ validation/ test/ with class folders.
// node dist/bench/fineTune.js FOLDER [images a class] [seeds]; minutes to hours, for each seed two trainings. BENCH_MODELS: the models
// directory to copy (default models); BENCH_HYPERPARAMETERS: JSON, such as {"augmentation":{"flip":false}}. Each seed draws other training images; the test images are the same ones for both and learnt by none.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { groupBy } from '../src/groupBy.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import type { FineTuningFigures } from '../src/training/fineTuning/fineTuneOnPartition.js';
import { listClasses, startRetrainServer, type LabelledFile } from './retrainServer.js';

const [folder = '', perClass = '40', seeds = '1'] = process.argv.slice(2);
const models = process.env['BENCH_MODELS'] ?? 'models';

interface Metrics {
  readonly accuracy: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly logLoss: { readonly after: number };
  readonly fineTuning?: FineTuningFigures;
  readonly comparison: {
    readonly gain: number;
    readonly gainInterval: { readonly low: number; readonly high: number };
    readonly onlyCandidate: number;
    readonly onlyActive: number;
  } | null;
  readonly activated: boolean;
}

/** As many of each class, drawn by the seed. */
function draw(files: readonly LabelledFile[], most: number, seed: number): LabelledFile[] {
  const random = createRandom(seed);
  return [...groupBy(files, ({ label }) => label).values()].flatMap((own) =>
    Array.from(shuffledIndices(own.length, random).subarray(0, most), (index) => own[index]!),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Largest resident memory of the processes that fine-tune under this server, in MiB, so far. */
function peakOfChildren(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  const peaks = children.map((child) => {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  });
  return Math.max(0, ...peaks);
}

async function measure(seed: number): Promise<void> {
  const server = await startRetrainServer(models);
  let peak = 0;
  const watch = setInterval(() => {
    try {
      peak = Math.max(peak, peakOfChildren(server.process.child.pid!));
    } catch {
      // No /proc here, or a process that ended meanwhile.
    }
  }, 1_000);
  try {
    await server.admin('PUT', 'datasets/set');
    for (const split of ['train', 'validation', 'test'] as const) {
      const files = await listClasses(join(folder, split));
      await server.upload('set', split === 'test' ? files : draw(files, Number(perClass), seed), split);
    }
    const hyperparameters = { seed, ...(JSON.parse(process.env['BENCH_HYPERPARAMETERS'] ?? '{}') as object) };
    const request = { dataset: 'set', model: 'set', hyperparameters };
    const train = async (more: object): Promise<Metrics> => {
      const { state, error, metrics } = await server.retrain({ ...request, ...more });
      if (state !== 'succeeded') throw new Error(JSON.stringify(error));
      return metrics as unknown as Metrics;
    };
    const frozen = await train({});
    const tuned = await train({ fineTune: 'top-blocks' });
    const { low, high } = tuned.comparison!.gainInterval;
    console.log(
      `seed ${seed}: frozen ${percent(frozen.accuracy)} (log-loss ${frozen.logLoss.after.toFixed(3)}), fine-tuned ${percent(tuned.accuracy)} (${tuned.logLoss.after.toFixed(3)}); gain ${percent(tuned.comparison!.gain)} (95 %: ${percent(low)} to ${percent(high)}), only it right ${tuned.comparison!.onlyCandidate}, only the frozen ${tuned.comparison!.onlyActive}; activated ${tuned.activated}`,
    );
    console.log(`  seconds ${JSON.stringify({ frozen: frozen.seconds, tuned: tuned.seconds })}`);
    console.log(
      `  ${JSON.stringify({ ...tuned.fineTuning, layers: tuned.fineTuning?.layers.length })}; process at most ${peak.toFixed(0)} MiB`,
    );
  } finally {
    clearInterval(watch);
    await server.stop();
  }
}

if (!existsSync(join(folder, 'test'))) {
  console.log(
    `SKIPPED: ${folder || 'FOLDER'} has no train/, validation/ and test/, so nothing of fine-tuning was measured`,
  );
} else {
  console.log(`${folder}, at most ${perClass} training and validation images a class`);
  for (let seed = 1; seed <= Number(seeds); seed++) await measure(seed);
}
