// A steady load on a real server for some minutes while it retrains and swaps versions: nothing may be lost, and memory may not grow.
// First trainings without load fill the pools and caches, then the capacity is measured, and then 70 % of it is sent at a fixed rate,
// whatever the answers take.
// Run: node dist/bench/soak.js [minutes] [share of the capacity]
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { colourImage, publishTinyModel, type ColourName } from '../test/support/tinyModel.js';
import { loadImages } from './images.js';
import { applyLoad } from '../src/cli/bench/load.js';
import { fitLine, type Point } from './line.js';
import { allocatorSettings } from '../src/processSettings.js';
import { startRetrainServer, type RetrainServer } from './retrainServer.js';

const minutes = Number(process.argv[2] ?? 30);
const share = Number(process.argv[3] ?? 0.7);
/**
 * RSS rises until V8 has collected the whole heap of each thread once: of the main thread, where few requests come, after some 60 trainings
 * (docs/performance.md).
 */
const warmUpTrainings = 80;
/** RSS rises while the pools of the load fill; what comes after this share of the time is fitted. */
const warmUpShare = 0.3;
const capacityRequests = 200;
const inFlight = 16;
const sampleMs = 5_000;
const retrainEveryMs = 60_000;
/** Growth that counts as a leak: what a day of it adds would be noticed. */
const maxSlopeMibPerHour = 60;

const colours: readonly ColourName[] = ['red', 'green', 'blue'];
const model = 'colours';
const images = [
  ...(await loadImages('../shared/data/clothing/test', 7, 640, 480)),
  await readFile('test/fixtures/images/scene.webp'),
  await readFile('test/fixtures/images/cmyk.tiff'),
];
const truncated = await readFile('test/fixtures/images/truncated.jpg');

/** 'answered', 'refused' with the server's reason, or 'lost'. */
async function classify(url: string, index: number): Promise<string> {
  const isBad = index % 10 === 9;
  const query = index % 4 === 0 ? `?model=${model}` : '?model=clothing';
  try {
    const response = await fetch(`${url}/v1/classify${query}`, {
      method: 'POST',
      body: new Uint8Array(isBad ? truncated : images[index % images.length]!),
      headers: { 'content-type': 'image/jpeg' },
      signal: AbortSignal.timeout(60_000),
    });
    const body = (await response.json()) as { code?: string };
    if (response.status === (isBad ? 422 : 200)) return 'answered';
    return response.status === 429 ? `refused: ${body.code}` : `lost: ${response.status} ${body.code}`;
  } catch (error) {
    return `lost: ${String(error)}`;
  }
}

/** Retrains with a few images more, puts the version into service, takes it back and puts it into service again. */
async function changeVersion(server: RetrainServer, round: number): Promise<void> {
  await uploadImages(server, round);
  const { state, version } = await server.retrain({ dataset: 'soak', model, activate: 'always' });
  if (state !== 'succeeded') throw new Error(`a training ${state}`);
  await server.admin('POST', `models/${model}/rollback`);
  await server.admin('POST', `models/${model}/activate`, { version });
}

/** Gives the number of trainings. */
async function changeVersions(server: RetrainServer, over: AbortSignal): Promise<number> {
  let trainings = 0;
  while (!over.aborted) {
    const startedAt = performance.now();
    await changeVersion(server, warmUpTrainings + trainings);
    trainings += 1;
    await sleep(Math.max(0, retrainEveryMs - (performance.now() - startedAt)), undefined, { signal: over }).catch(
      () => undefined,
    );
  }
  return trainings;
}

async function uploadImages(server: RetrainServer, round: number): Promise<void> {
  for (const colour of colours) {
    const form = new FormData();
    for (let i = 0; i < 6; i++)
      form.append('image', new Blob([new Uint8Array(await colourImage(colour, round * 6 + i))]), `${i}.png`);
    const response = await fetch(`${server.url}/v1/admin/datasets/soak/images?label=${colour}`, {
      method: 'POST',
      headers: server.headers,
      body: form,
    });
    if (response.status !== 201) throw new Error(`upload: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }
}

/** Sends at `perSecond` until `until`; gives how often each outcome came. */
async function sendSteadily(url: string, perSecond: number, until: number): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  const open = new Set<Promise<void>>();
  const startedAt = performance.now();
  for (let index = 0; performance.now() < until; index++) {
    const request = classify(url, index).then((outcome) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      open.delete(request);
    });
    open.add(request);
    await sleep(Math.max(0, startedAt + ((index + 1) * 1000) / perSecond - performance.now()));
  }
  await Promise.all(open);
  return outcomes;
}

async function sampleMemory(server: RetrainServer, until: number): Promise<Point[]> {
  const points: Point[] = [];
  const startedAt = performance.now();
  while (performance.now() < until) {
    points.push({ x: (performance.now() - startedAt) / 3_600_000, y: await server.process.rssMiB() });
    await sleep(sampleMs);
  }
  return points;
}

const server = await startRetrainServer('models', allocatorSettings, (modelsDir) =>
  publishTinyModel(modelsDir, model, colours),
);
await server.admin('PUT', 'datasets/soak');
const isAnswered = async (index: number): Promise<boolean> => (await classify(server.url, index)) === 'answered';
const atStart = await server.process.rssMiB();
for (let round = 0; round < warmUpTrainings; round++) await changeVersion(server, round);
await applyLoad(isAnswered, 50, inFlight);
const { perSecond: capacity } = await applyLoad(isAnswered, capacityRequests, inFlight);
console.log(
  `capacity ${capacity.toFixed(1)} requests a second; ${minutes} minutes at ${(share * 100).toFixed(0)} % of it`,
);

const over = new AbortController();
const until = performance.now() + minutes * 60_000;
const changing = changeVersions(server, over.signal);
const sampling = sampleMemory(server, until);
const outcomes = await sendSteadily(server.url, capacity * share, until);
over.abort();
const [trainings, samples] = await Promise.all([changing, sampling]);
const ended = server.process.child.exitCode;
await server.stop();

const countOf = (beginning: string): number =>
  [...outcomes].reduce((sum, [outcome, times]) => sum + (outcome.startsWith(beginning) ? times : 0), 0);
const fit = fitLine(samples.slice(Math.floor(samples.length * warmUpShare)));
for (const [outcome, times] of outcomes) console.log(`${outcome}: ${times}`);
console.log(
  `${countOf('')} requests, ${countOf('answered')} answered, ${countOf('refused')} refused, ${countOf('lost')} lost`,
);
console.log(`${trainings} trainings after ${warmUpTrainings} to warm up, two swaps besides theirs after each`);
console.log(
  `RSS ${atStart.toFixed(0)} MiB at the start, ${samples[0]!.y.toFixed(0)} after the trainings to warm up, ${samples.at(-1)!.y.toFixed(0)} MiB; slope after warm-up ${fit.slope.toFixed(1)} ± ${fit.standardError.toFixed(1)} MiB an hour`,
);
// Within the noise, or too small to matter.
const isFlat = fit.slope - 2 * fit.standardError < maxSlopeMibPerHour;
process.exitCode = countOf('lost') === 0 && isFlat && ended === null && trainings > 0 ? 0 : 1;
