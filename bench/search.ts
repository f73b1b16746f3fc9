// Whether a search ends better than the default preset on validation, with its history, and whether that holds on images that it never saw.
// npm run bench:search [-- --sets patterns,damage --trials 24 --size 20 --write]
// The test figures are of the best trial, taken or not, so that the table shows what the check on other folds is worth.
// On draws of bench/better.ts and their embeddings: no augmented views, and heads that two cores fit in seconds (see better/searchHead.ts).
// BENCH_SHARED: another place of ../shared; BENCH_SEEDS: the draws (default 1,2,3), and the seeds of the searches. --write: the table goes
// into docs/retraining.md.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { lossOf, type Trial } from '../src/training/search/search.js';
import { Trainer } from '../src/training/worker/trainer.js';
import { drawRows, loadSets, type Draw } from './better/draws.js';
import { fitHead, measureHead, partitionOf } from './better/heads.js';
import { searchHead } from './better/searchHead.js';
import { sharedFolder } from './better/sets.js';
import { markdownTable, replaceSection, type Row } from './markdown.js';

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string', default: 'patterns,damage' },
    trials: { type: 'string', default: '24' },
    size: { type: 'string', default: '20' },
    write: { type: 'boolean', default: false },
  },
});
if (!existsSync(sharedFolder)) {
  console.log(`SKIPPED: ${sharedFolder} is not here`);
  process.exit(0);
}
const seeds = (process.env['BENCH_SEEDS'] ?? '1,2,3').split(',').map(Number);
const trainer = new Trainer();

/** The fits that were better than all before them. */
function courseOf(fits: readonly Trial[]): Trial[] {
  let best = Infinity;
  return fits.filter((fit) => {
    if (fit.share < 1 || lossOf(fit) >= best) return false;
    best = lossOf(fit);
    return true;
  });
}

function describe({ hyperparameters }: Trial): string {
  const { hiddenLayers, activation, l2, labelSmoothing, standardise, classWeights } = hyperparameters;
  const layers = hiddenLayers.length === 0 ? 'linear' : `${hiddenLayers.join(' + ')} ${activation}`;
  const penalty = l2.length > 1 ? `best of ${l2.length}` : l2[0]!.toPrecision(2);
  return `${layers}, L2 ${penalty}, smoothing ${labelSmoothing.toFixed(2)}, ${standardise ? '' : 'not '}standardised, class weights ${classWeights}`;
}

async function measure(draw: Draw): Promise<Row> {
  const partition = partitionOf(draw);
  const { check, trials } = await searchHead(trainer, draw.set, partition, draw.seed, Number(options.trials));
  const course = courseOf(trials);
  for (const fit of course)
    console.log(
      `${draw.set.name}, draw ${draw.seed}: trial ${fit.number}, loss ${fit.loss?.toFixed(4)}: ${describe(fit)}`,
    );
  const [first, last] = [course[0]!, course.at(-1)!];
  const headOf = ({ hyperparameters }: Trial) => fitHead(draw, trainer, partition, hyperparameters, true);
  const usual = await measureHead(draw, trainer, await headOf(first));
  const found = await measureHead(draw, trainer, await headOf(last));
  const percent = (share: number): string => (100 * share).toFixed(1);
  return {
    set: draw.set.name,
    draw: draw.seed,
    'validation loss': `${lossOf(first).toFixed(3)} → ${lossOf(last).toFixed(3)}`,
    'validation right, %': `${percent(first.accuracy ?? 0)} → ${percent(last.accuracy ?? 0)}`,
    'gain on other folds': check?.gain == null ? '' : `${check.gain.toFixed(3)} ± ${check.standardError!.toFixed(3)}`,
    taken: check?.isTaken === true ? 'yes' : 'no',
    'test loss': `${usual.loss.toFixed(3)} → ${found.loss.toFixed(3)}`,
    'test right, %': `${percent(usual.accuracy)} → ${percent(found.accuracy)}`,
    'best trial': `${last.number}: ${describe(last)}`,
  };
}

const rows: Row[] = [];
for (const set of await loadSets(options.sets.split(',')))
  for (const seed of seeds) {
    rows.push(await measure(drawRows(set, Number(options.size), seed)));
    console.log(JSON.stringify(rows.at(-1)));
  }
await trainer.close();
console.log(`default → search\n${markdownTable(rows)}`);
if (options.write) {
  const file = 'docs/retraining.md';
  await writeFile(file, replaceSection(await readFile(file, 'utf8'), 'search', `\n${markdownTable(rows)}\n`));
}
