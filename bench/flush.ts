// What durability costs the embedded database: the first start, later starts and commits a second, flushed as the server does it and
// without a flush as PGlite comes, both on the disk of the working directory. Run: node dist/bench/flush.js [commits] [rounds]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPglite, openPglite } from '../src/data/database/openPglite.js';

const commits = Number(process.argv[2] ?? 500);
const rounds = Number(process.argv[3] ?? 5);
const pgliteWasmModule = await WebAssembly.compile(
  await readFile(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))),
);
const options = {
  pgliteWasmModule,
  onPanic: (message: string): never => {
    throw new Error(message);
  },
};

interface Side {
  readonly name: string;
  readonly create: (directory: string) => Promise<unknown>;
  readonly open: (directory: string) => Promise<PGlite>;
}

const sides: readonly Side[] = [
  {
    name: 'flushed',
    create: (directory) => createPglite(directory, options),
    open: (directory) => openPglite(directory, options),
  },
  {
    name: 'not flushed',
    create: async (directory) => (await PGlite.create(directory, { pgliteWasmModule })).close(),
    open: (directory) => PGlite.create(directory, { pgliteWasmModule }),
  },
];

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

interface Figures {
  readonly firstStart: number;
  readonly starts: number[];
  readonly commitsPerSecond: number[];
}

async function begin({ create }: Side, directory: string): Promise<Figures> {
  return { firstStart: await seconds(() => create(directory)), starts: [], commitsPerSecond: [] };
}

async function round({ open }: Side, directory: string, { starts, commitsPerSecond }: Figures): Promise<void> {
  let pglite: PGlite | undefined;
  starts.push(await seconds(async () => (pglite = await open(directory))));
  await pglite!.exec('CREATE TABLE IF NOT EXISTS images (id serial PRIMARY KEY, label text NOT NULL)');
  const took = await seconds(async () => {
    for (let commit = 0; commit < commits; commit++)
      await pglite!.query('INSERT INTO images (label) VALUES ($1)', [`label ${commit}`]);
  });
  commitsPerSecond.push(commits / took);
  await pglite!.close();
}

const directory = await mkdtemp(join(process.cwd(), 'flush-'));
try {
  const places = sides.map((side, index) => ({ side, path: join(directory, `db${index}`) }));
  const measured: Figures[] = [];
  for (const { side, path } of places) measured.push(await begin(side, path));
  // In turns, so that what else runs slows both alike.
  for (let turn = 0; turn < rounds; turn++)
    for (const [index, { side, path }] of places.entries()) await round(side, path, measured[index]!);
  for (const [index, { name }] of sides.entries()) {
    const { firstStart, starts, commitsPerSecond } = measured[index]!;
    console.log(
      `${name.padEnd(12)} first start ${firstStart.toFixed(2)} s, start ${(median(starts) * 1000).toFixed(0)} ms, ${median(commitsPerSecond).toFixed(0)} commits/s (medians of ${rounds})`,
    );
  }
  const [flushed, notFlushed] = measured.map(({ commitsPerSecond }) => median(commitsPerSecond));
  console.log(`commits/s, flushed against not flushed: ${(flushed! / notFlushed!).toFixed(2)}`);
} finally {
  await rm(directory, { recursive: true });
}
