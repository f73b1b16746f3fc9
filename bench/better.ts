// How often heads are right, by method, data set and images a class: ours beside scikit-learn's on the same embeddings of the same images.
// node dist/bench/better.js [--sets a,b] [--sizes 5,10,all] [--methods a,b] [--write]
// Embeddings are of the MobileNet-V2 of ../shared/starter, which met none of the images. Of each set a quarter of every class is measured on, drawn
// by the seed; as many images a class as the row says are drawn from the others. scikit-learn chooses its one parameter by five-fold
// cross-validation on them. --write: what was measured goes into the table of docs/retraining.md, whose other cells stay: they take hours together.
// BENCH_SHARED: another place of ../shared; BENCH_SEEDS: the draws (default 1,2,3,4,5); BENCH_SEEDS_ALL: those with all images.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { drawRows, loadSets, type Draw } from './better/draws.js';
import { methods, openMethods } from './better/methods.js';
import { sharedFolder } from './better/sets.js';
import { format, mean } from './better/statistics.js';
import { markdownTable, mergeRows, readMarkdownTable, readSection, replaceSection, type Row } from './markdown.js';

const numbersOf = (variable: string, otherwise: string): number[] =>
  (process.env[variable] ?? otherwise).split(',').map(Number);
const list = (text: string | undefined): string[] | undefined => text?.split(',');

const { values: options } = parseArgs({
  options: {
    sets: { type: 'string' },
    sizes: { type: 'string', default: '5,10,20,50,all' },
    methods: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
if (!existsSync(sharedFolder)) {
  console.log(`SKIPPED: ${sharedFolder} is not here`);
  process.exit(0);
}
const seeds = numbersOf('BENCH_SEEDS', '1,2,3,4,5');
const seedsOfAll = numbersOf('BENCH_SEEDS_ALL', seeds.join());
const chosen = methods.filter(({ name }) => list(options.methods)?.includes(name) ?? true);
const peers = new Set(chosen.filter(({ isPeer }) => isPeer).map(({ name }) => name));

const notRun = 'not run';
const difference = 'default less the best of scikit-learn';
const columns = ['set', 'a class', 'images', ...methods.map(({ title }) => title), difference];

/** Accuracy of each method, draw by draw. */
type Outcome = Readonly<Record<string, number>>;

/** The default preset less the best peer, which is the one of the highest mean: both are seen by the same draws. */
function differenceFromPeers(outcomes: readonly Outcome[]): string {
  const own = outcomes.map((outcome) => outcome['default']!);
  if (own.includes(undefined!)) return '';
  if (methods.some(({ name, isPeer }) => isPeer && !peers.has(name))) return notRun;
  const of = (name: string): number[] => outcomes.map((outcome) => outcome[name]!);
  const best = [...peers].reduce((a, b) => (mean(of(b)) > mean(of(a)) ? b : a));
  return `${format(own.map((value, i) => value - of(best)[i]!))} (${best})`;
}

const rows: Row[] = [];
const seconds = new Map<string, number[]>();
const opened = await openMethods(chosen);
for (const set of await loadSets(list(options.sets))) {
  for (const size of options.sizes.split(',')) {
    const perClass = size === 'all' ? Infinity : Number(size);
    const draws: Draw[] = (size === 'all' ? seedsOfAll : seeds).map((seed) => drawRows(set, perClass, seed));
    const outcomes: Outcome[] = [];
    for (const draw of draws) {
      const measured = await opened.measure(draw);
      outcomes.push(Object.fromEntries(Object.entries(measured).map(([name, { accuracy }]) => [name, accuracy])));
      if (size === 'all')
        for (const [name, { seconds: took }] of Object.entries(measured))
          seconds.set(name, [...(seconds.get(name) ?? []), took]);
    }
    const accuracies = chosen.map(({ name, title }): [string, string] => [
      title,
      format(outcomes.map((outcome) => outcome[name]!)),
    ]);
    const row: Row = {
      set: set.name,
      'a class': size,
      images: draws[0]!.train.length,
      ...Object.fromEntries(accuracies),
      [difference]: differenceFromPeers(outcomes),
    };
    rows.push(row);
    console.log(JSON.stringify(row));
  }
}
opened.close();
const table = markdownTable(rows);
console.log(table);
for (const [name, took] of seconds)
  console.log(`${name}: ${mean(took).toFixed(1)} seconds of processor a fit, with all images of a set`);
if (options.write) {
  const file = 'docs/retraining.md';
  const text = await readFile(file, 'utf8');
  const known = readMarkdownTable(readSection(text, 'better'));
  const merged = mergeRows(known, rows, ['set', 'a class'], columns, notRun);
  await writeFile(file, replaceSection(text, 'better', `\n${markdownTable(merged)}\n`));
}
