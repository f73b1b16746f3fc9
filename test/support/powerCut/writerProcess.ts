// A process that changes its embedded database step by step: node writerProcess.js <dataDir> <seed> <first step> <number of steps>.
// It reads the state that it finds, as JSON, from standard input. Halfway it closes the database and opens it again.
import fs from 'node:fs';
import { text } from 'node:stream/consumers';
import { openDatabase } from '../../../src/data/database/openDatabase.js';
import { createRandom } from '../../../src/training/random.js';
import { silent } from '../databases.js';
import { appendRecord } from './log.js';
import { stateFromJson, stepFrom } from './steps.js';

const [dataDir, seed, first, count] = process.argv.slice(2);
const firstStep = Number(first);
const end = firstStep + Number(count);
let state = stateFromJson(await text(process.stdin));

async function runSteps(from: number, to: number): Promise<void> {
  const database = await openDatabase({ dataDir: dataDir!, logger: silent });
  for (let step = from; step < to; step++) {
    const { run, after } = stepFrom(state, step, createRandom(Number(seed) + step));
    appendRecord(fs, { change: { kind: 'begun', step } });
    await run(database);
    appendRecord(fs, { change: { kind: 'acknowledged', step } });
    state = after;
  }
  await database.close();
}

const half = firstStep + Math.floor(Number(count) / 2);
await runSteps(firstStep, half);
await runSteps(half, end);
