import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../../src/data/database/openDatabase.js';
import { createRandom, type Random } from '../../src/training/random.js';
import { newDirectory, pglite, silent } from '../support/databases.js';
import { reportCounts } from '../support/faults/tally.js';
import { checkDatabase } from '../support/powerCut/check.js';
import { Disk } from '../support/powerCut/disk.js';
import { readLog, type Entry } from '../support/powerCut/log.js';
import { noRows, schema, stateToJson, stepFrom, type State } from '../support/powerCut/steps.js';

const seed = Number(process.env.POWER_CUT_SEED ?? 1);
/** Lives of a process, each on what a power cut left of the one before; the first cut of every life is the next one's start. */
const lives = Number(process.env.POWER_CUT_LIVES ?? 2);
const cutsPerLife = Number(process.env.POWER_CUTS ?? 4);
const stepsPerLife = 60;
const support = (name: string): string => fileURLToPath(new URL(`../support/powerCut/${name}.js`, import.meta.url));

/** Runs a life of the process in `dataDir` to its end and gives all that it wrote, flushed and had acknowledged. */
async function record(
  dataDir: string,
  program: string,
  args: readonly (string | number)[],
  input = '',
): Promise<Entry[]> {
  const log = `${dataDir}.log`;
  const child = spawn(
    process.execPath,
    ['--import', support('recorder'), support(program), dataDir, ...args.map(String)],
    {
      stdio: ['pipe', 'inherit', 'inherit'],
      env: { ...process.env, POWER_CUT_ROOT: dataDir, POWER_CUT_LOG: log },
    },
  );
  child.stdin.end(input);
  assert.deepEqual(await once(child, 'close'), [0, null]);
  const entries = readLog(log);
  await rm(log);
  return entries;
}

/** The states that a database may be in after the first entries: what was acknowledged, with or without the step under way. */
function statesAfter(entries: readonly Entry[], start: State, firstStep: number): State[] {
  let [state, next]: State[] = [start];
  let step = firstStep;
  for (const { change } of entries) {
    if (change.kind === 'begun') next = stepFrom(state!, step, createRandom(seed + step)).after;
    if (change.kind !== 'acknowledged') continue;
    state = next;
    next = undefined;
    step += 1;
  }
  return next ? [state!, next] : [state!];
}

/** Moments of a log, in order: any of them, one at its end. */
function moments(entries: readonly Entry[], random: Random): number[] {
  const chosen = Array.from({ length: cutsPerLife - 1 }, () => random.below(entries.length));
  return [...chosen, entries.length].sort((a, b) => a - b);
}

async function assertComplete(disk: Disk, dataDir: string): Promise<void> {
  for (const [name, content] of disk.files())
    assert.ok(content.equals(await readFile(join(dataDir, name))), `${name} differs from its record`);
}

async function newDatabase(t: TestContext): Promise<string> {
  const dataDir = join(await newDirectory(t), 'data');
  await pglite.prepare(dataDir);
  const database = await openDatabase({ dataDir, logger: silent });
  await database.rows(schema);
  await database.close();
  return dataDir;
}

test(`what the embedded database acknowledges survives ${lives * cutsPerLife} power cuts, and nothing is damaged`, async (t) => {
  t.diagnostic(`POWER_CUT_SEED=${seed}`);
  const random = createRandom(seed);
  let dataDir = await newDatabase(t);
  let start = noRows;
  let acknowledged = 0;
  for (let life = 0; life < lives; life++) {
    const disk = new Disk(dataDir);
    const firstStep = life * stepsPerLife;
    const entries = await record(dataDir, 'writerProcess', [seed, firstStep, stepsPerLife], stateToJson(start));
    const cuts = moments(entries, random);
    const follower = random.below(cuts.length);
    let nextStart = start;
    let nextDir = dataDir;
    for (const [index, moment] of cuts.entries()) {
      for (const entry of entries.slice(cuts[index - 1] ?? 0, moment)) disk.apply(entry);
      const left = join(await newDirectory(t), 'data');
      disk.cut(left, random);
      const copy = `${left}.copy`;
      if (index === follower) await cp(left, copy, { recursive: true });
      const past = entries.slice(0, moment);
      const state = await checkDatabase(join(left, 'db'), statesAfter(past, start, firstStep));
      acknowledged += past.filter(({ change }) => change.kind === 'acknowledged').length;
      if (index === follower) [nextStart, nextDir] = [state, copy];
      await rm(left, { recursive: true });
    }
    await assertComplete(disk, dataDir);
    [start, dataDir] = [nextStart, nextDir];
  }
  t.diagnostic(`${acknowledged} steps acknowledged before ${lives * cutsPerLife} cuts, none lost`);
  const counts = { tried: acknowledged, answered: acknowledged, refused: 0, lost: 0 };
  reportCounts(t, `power cut, ${lives * cutsPerLife} times`, counts);
});

test('a first start that the power cuts leaves a database that is complete, or the next start makes one', async (t) => {
  const random = createRandom(seed);
  const dataDir = join(await newDirectory(t), 'data');
  await mkdir(dataDir);
  const disk = new Disk(dataDir);
  const entries = await record(dataDir, 'writerProcess', [seed, 0, 0], stateToJson(noRows));
  const made = entries.findIndex(({ change }) => change.kind === 'rename' && change.to === join(dataDir, 'db'));
  // While the files are written, just before the directory gets its name, just after, and with the schema in it.
  const cuts = [random.below(made), made, made + 1, entries.length];
  for (const [index, moment] of cuts.entries()) {
    for (const entry of entries.slice(cuts[index - 1] ?? 0, moment)) disk.apply(entry);
    const left = join(await newDirectory(t), 'data');
    disk.cut(left, random);
    const database = await openDatabase({ dataDir: left, logger: silent });
    await database.rows(schema);
    await database.close();
    await checkDatabase(join(left, 'db'), [noRows]);
  }
  await assertComplete(disk, dataDir);
});
