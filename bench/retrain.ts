// Retraining as a user meets it, over HTTP on ../shared/data/clothing. node dist/bench/retrain.js [speed|accuracy|swap|cycles]… (all if none is named)
// BENCH_IMAGES: another folder of train/ validation/ test/; BENCH_MODELS: the models directory to copy (default models);
// BENCH_PYTHON: a Python with scikit-learn (default python3); BENCH_VIEWS: augmented views of each image; BENCH_RATE: requests a
// second (default 20).
import { existsSync } from 'node:fs';
import { measureAccuracy } from './retrainAccuracy.js';
import { startRetrainServer, type RetrainServer } from './retrainServer.js';
import { measureSpeed } from './retrainSpeed.js';
import { measureCycles, measureSwap } from './retrainSwap.js';

const images = process.env['BENCH_IMAGES'] ?? '../shared/data/clothing';
const models = process.env['BENCH_MODELS'] ?? 'models';
const parts: Readonly<Record<string, (server: RetrainServer, images: string) => Promise<void>>> = {
  speed: measureSpeed,
  accuracy: measureAccuracy,
  swap: measureSwap,
  cycles: measureCycles,
};

for (const needed of [images, models]) {
  if (existsSync(needed)) continue;
  console.log(`SKIPPED: ${needed} is not here, so nothing of the retraining bench was measured`);
  process.exit(0);
}
const wanted = process.argv.slice(2);
for (const name of wanted.length > 0 ? wanted : Object.keys(parts)) {
  const part = parts[name];
  if (part === undefined) throw new Error(`there is no part "${name}"; there are ${Object.keys(parts).join(', ')}`);
  console.log(`\n== ${name}`);
  const server = await startRetrainServer(models);
  try {
    await part(server, images);
  } finally {
    await server.stop();
  }
}
