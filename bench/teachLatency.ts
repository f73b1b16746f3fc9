// From a call that teaches one more image to the answer of the next request, which knows it: POST /v1/models/{name}/teach and then /v1/classify,
// over HTTP, with the bundled backbone. node dist/bench/teachLatency.js [lessons, with commas between them (default 10,100,300: images taught
// before)]; BENCH_SHARED: another place of ../shared; BENCH_CALLS: how often each is measured (default 9). Ends with code 1 where the median is a second or more.
import { loadImages } from './images.js';
import { startRetrainServer } from './retrainServer.js';

const lessons = (process.argv[2] ?? '10,100,300').split(',').map(Number);
const calls = Number(process.env['BENCH_CALLS'] ?? '9');
/** Milliseconds. */
const limit = 1_000;
const classes = ['one', 'other'];
const uploadBatch = 20;
const shared = process.env['BENCH_SHARED'] ?? '../shared';

const server = await startRetrainServer('models');

async function post(path: string, form: FormData): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`, { method: 'POST', headers: server.headers, body: form });
  if (response.status !== 200) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

async function teach(name: string, label: string, images: readonly Buffer[]): Promise<void> {
  const form = new FormData();
  form.append('label', label);
  for (const image of images) form.append('image', new Blob([Uint8Array.from(image)]), 'image.jpg');
  await post(`/v1/models/${name}/teach`, form);
}

/** The `topK` most probable labels. */
async function classify(name: string, image: Buffer, topK: number): Promise<string[]> {
  const form = new FormData();
  form.append('image', new Blob([Uint8Array.from(image)]), 'image.jpg');
  const answer = (await post(`/v1/classify?model=${name}&topK=${topK}`, form)) as {
    results: { predictions: { label: string }[] }[];
  };
  return answer.results[0]!.predictions.map(({ label }) => label);
}

interface Course {
  /** Milliseconds of each call with its request after it, ascending. */
  readonly times: readonly number[];
  /** Of the processor, for each. */
  readonly processorMs: number;
}

/** Each of the measured images is the first of a class of its own, which the next answer must name. */
async function measure(taught: number): Promise<Course> {
  const name = `taught-${taught}`;
  const images = await loadImages(`${shared}/data/clothing/train`, taught + calls, 640, 480);
  const measured = images.splice(0, calls);
  for (const [number, label] of classes.entries()) {
    const own = images.filter((_, i) => i % classes.length === number);
    for (let i = 0; i < own.length; i += uploadBatch) await teach(name, label, own.slice(i, i + uploadBatch));
  }
  const before = await server.process.cpuMs();
  const times: number[] = [];
  for (const [number, image] of measured.entries()) {
    const label = `new ${number}`;
    const begun = performance.now();
    await teach(name, label, [image]);
    const labels = await classify(name, image, classes.length + number + 1);
    times.push(performance.now() - begun);
    if (!labels.includes(label)) throw new Error(`"${label}" was taught, and the next answer has ${labels.join()}`);
  }
  const processorMs = ((await server.process.cpuMs()) - before) / calls;
  return { times: times.sort((a, b) => a - b), processorMs };
}

try {
  for (const taught of lessons) {
    const { times, processorMs } = await measure(taught);
    const median = times[Math.floor(times.length / 2)]!;
    if (median >= limit) process.exitCode = 1;
    console.log(
      `${taught} images taught, one more: known after ${median.toFixed(0)} ms (median of ${times.length}, at most ${times.at(-1)!.toFixed(0)}), ${processorMs.toFixed(0)} ms of processor: ${median < limit ? 'within' : 'NOT WITHIN'} a second`,
    );
  }
} finally {
  await server.stop();
}
