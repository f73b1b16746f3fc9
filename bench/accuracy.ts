// Accuracy over HTTP on a folder of class folders, against what the served version's own metrics say.
// node dist/bench/accuracy.js [folder] [url]: without a url it starts the server itself.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyLoad } from '../src/cli/bench/load.js';
import { startServer } from './process.js';

const folder = process.argv[2] ?? '../shared/data/clothing/test';
const given = process.argv[3];
const server =
  given === undefined
    ? await startServer('dist/src/main.js', [], { PORT: '0', HOST: '127.0.0.1', LOG_LEVEL: 'info' })
    : undefined;
const url = given ?? server!.url;

const labels = (await readdir(folder)).sort();
const images = (
  await Promise.all(
    labels.map(async (label) =>
      (await readdir(join(folder, label))).sort().map((name) => ({ label, file: join(folder, label, name) })),
    ),
  )
).flat();
let right = 0;
const load = await applyLoad(
  async (index) => {
    const { label, file } = images[index]!;
    const form = new FormData();
    form.set('image', new Blob([await readFile(file)]), 'photo.jpg');
    const response = await fetch(`${url}/v1/classify?topK=1`, { method: 'POST', body: form });
    if (!response.ok) return false;
    const { results } = (await response.json()) as { results: Array<{ predictions: Array<{ label: string }> }> };
    if (results[0]!.predictions[0]!.label === label) right += 1;
    return true;
  },
  images.length,
  8,
);

const { models } = (await (await fetch(`${url}/v1/models`)).json()) as {
  models: Array<{ name: string; activeVersion: number }>;
};
const { name, activeVersion } = models[0]!;
const { metrics } = (await (await fetch(`${url}/v1/models/${name}/versions/${activeVersion}`)).json()) as {
  metrics: unknown;
};
await server?.stop();

console.log(
  `${name}/${activeVersion}: ${right} of ${images.length} right over HTTP = ${((100 * right) / images.length).toFixed(2)} %, ${load.failures} failed requests, ${load.perSecond.toFixed(1)} images/s`,
);
console.log(`the version's own metrics: ${JSON.stringify(metrics).slice(0, 300)}`);
