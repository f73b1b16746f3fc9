// A simulated month of a classifier that is trained again by itself: images arrive as requests, a tenth of them is corrected, each night a
// training. npm run bench:month [-- --correct wrong] [--days 30]; some minutes on two cores. Draws docs/month.svg.
// Reads ../shared/data/clothing and, for the features, the MobileNet-V2 of ../shared/starter, which never met these images (BENCH_SHARED:
// another place of ../shared). At the start there are ten training images a class to learn from, and a hundred of all to judge versions by; the
// others arrive, in an order drawn by BENCH_SEED (1), in equal days. A day is as long as its requests take: its images are sent to
// /v1/classify, and corrections to /v1/feedback, which are accepted. Who corrects looks at a tenth of a day's images, whatever was said of them,
// and sends what they are; --correct wrong: of those that were answered wrongly.
// A night begins by itself when the corrections of a day are in the dataset (afterCorrections; nobody asks for a training), and ends when the
// server has decided. Meanwhile, day and night, others send images at a fixed rate. Accuracy is that on the test partition, over HTTP, of
// which the server never sees a label; a night that leaves the version as it was is measured by the night before.
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { applyLoad } from '../src/cli/bench/load.js';
import { writeLayersModel } from '../src/formats/tensorflow/layersFiles.js';
import { backboneId } from '../src/models/backboneId.js';
import { publishVersion } from '../src/models/versions.js';
import { createRandom, shuffledIndices } from '../src/training/random.js';
import { readTeacher, teacherEmbeddingSize, teacherPreprocessing } from '../scripts/starter/teacher.js';
import { markdownTable } from './markdown.js';
import { drawMonth, type Night } from './monthChart.js';
import { listClasses, startRetrainServer, type LabelledFile } from './retrainServer.js';

const shared = process.env['BENCH_SHARED'] ?? '../shared';
const seed = Number(process.env['BENCH_SEED'] ?? 1);
const model = 'wardrobe';
const startPerClass = 10;
const heldOutImages = 100;
const daysOfMonth = 30;
const correctedShare = 0.1;
const inFlight = 4;
/** Requests a second that others send, day and night. */
const steadyRate = 1;

const { values: options } = parseArgs({
  options: { correct: { type: 'string', default: 'random' }, days: { type: 'string', default: String(daysOfMonth) } },
});
const folder = join(shared, 'data/clothing');
if (!existsSync(folder)) {
  console.log(`SKIPPED: ${folder} is not here`);
  process.exit(0);
}

/** Requests of all kinds, and those among them that were not answered with what was asked for. */
const requests = { sent: 0, failed: 0 };
/** That the classifier started by itself. */
let lastTraining: string | null = null;

interface AutoRetrain {
  readonly stage: string;
  readonly corrections: number;
  readonly training: string | null;
  readonly steps: ReadonlyArray<{ readonly kind: string; readonly reason: string; readonly version: number | null }>;
}

// A month in minutes: what a client may correct in a minute is that of hours here. A busy machine is to be slow, not to refuse.
const settings = { PRECISION: 'fp32', FEEDBACK_RATE_LIMIT: '10000', REQUEST_TIMEOUT_MS: '600000' };
const server = await startRetrainServer('models', settings, publishFeatures);
const over = new AbortController();
try {
  const [train, validation, test] = await Promise.all(
    ['train', 'validation', 'test'].map((split) => listClasses(join(folder, split))),
  );
  const others = sendSteadily(validation!, over.signal);
  const nights = await live(train!, test!);
  over.abort();
  await others;
  await tell(nights);
} finally {
  over.abort();
  await server.stop();
}

/** A classifier that knows nothing yet, on the features of the MobileNet-V2. */
async function publishFeatures(modelsDir: string): Promise<void> {
  const backbone = await readTeacher(join(shared, 'starter/training'));
  const { topology, weights } = backbone;
  const labels = [...new Set((await listClasses(join(folder, 'train'))).map(({ label }) => label))].sort();
  const head = {
    className: 'Dense',
    name: 'predictions',
    inputs: [topology.output],
    config: { name: 'predictions', units: labels.length, activation: 'softmax', use_bias: true },
  };
  const full = {
    topology: { ...topology, layers: [...topology.layers, head], output: head.name },
    weights: new Map([
      ...weights,
      ['predictions/kernel', zeros(teacherEmbeddingSize, labels.length)] as const,
      ['predictions/bias', zeros(labels.length)] as const,
    ]),
  };
  const draft = {
    name: model,
    layout: 'full' as const,
    labels,
    preprocessing: teacherPreprocessing,
    backbone: {
      id: backboneId(backbone, teacherPreprocessing),
      architecture: 'MobileNetV2',
      embeddingSize: teacherEmbeddingSize,
    },
    temperature: 1,
    metrics: {},
    provenance: {},
    license: 'Apache-2.0',
  };
  await publishVersion({ own: modelsDir }, draft, (directory) => writeLayersModel(directory, full));
}

function zeros(...shape: number[]): { shape: number[]; data: Float32Array } {
  return { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

async function live(train: readonly LabelledFile[], test: readonly LabelledFile[]): Promise<Night[]> {
  const drawn = Array.from(shuffledIndices(train.length, createRandom(seed)), (i) => train[i]!);
  const start = firstOfEach(drawn, startPerClass);
  // As they come, so that versions are judged by what they will be asked: some classes come more often than others.
  const heldOut = drawn.filter((image) => !start.includes(image)).slice(0, heldOutImages);
  const arrivals = drawn.filter((image) => !start.includes(image) && !heldOut.includes(image));
  const perDay = Math.floor(arrivals.length / daysOfMonth);
  const perNight = Math.round(perDay * correctedShare);
  // Corrections are mistakes of the version that answered: they are to learn from, and no version is judged by them.
  await server.admin('PUT', `datasets/${model}`, { testShare: 0 });
  await server.upload(model, start);
  await server.upload(model, heldOut, 'test');
  const { state, version } = await server.retrain({ dataset: model, model, activate: 'always' });
  if (state !== 'succeeded') throw new Error(`the first training ${state}`);
  await callAutoRetrain('PUT', { dataset: model, afterCorrections: perNight, minimumIntervalSeconds: 0 });
  const nights: Night[] = [
    {
      day: 0,
      version: version!,
      accuracy: await accuracyOn(test),
      images: start.length + heldOut.length,
      decision: 'start',
      reason: 'by request',
    },
  ];
  for (let day = 1; day <= Number(options.days); day++) {
    const wrong = await spendDay(arrivals.slice((day - 1) * perDay, day * perDay), perNight);
    const { decision, reason, version: answering } = await night(perNight, nights.at(-1)!.version);
    const before = nights.at(-1)!;
    const accuracy = answering === before.version ? before.accuracy : await accuracyOn(test);
    const { images } = await server.admin<{ images: number }>('GET', `datasets/${model}`);
    nights.push({ day, version: answering, accuracy, images, decision, reason });
    await writeFile('docs/month.svg', await drawMonth(nights));
    console.log(
      `day ${day}: ${wrong} of ${perDay} answered wrongly; ${decision}: ${reason}; test ${(100 * accuracy).toFixed(1)} %; ${requests.failed} of ${requests.sent} requests failed`,
    );
  }
  return nights;
}

function firstOfEach(images: readonly LabelledFile[], count: number): LabelledFile[] {
  const seen = new Map<string, number>();
  return images.filter(({ label }) => {
    const before = seen.get(label) ?? 0;
    seen.set(label, before + 1);
    return before < count;
  });
}

/** Sends a day's images, and corrects some; gives how many were answered wrongly. */
async function spendDay(images: readonly LabelledFile[], corrections: number): Promise<number> {
  const said: Array<string | undefined> = [];
  await applyLoad(async (i) => (said[i] = await classify(images[i]!.file)) !== undefined, images.length, inFlight);
  const wrong = images.filter(({ label }, i) => said[i] !== undefined && said[i] !== label);
  // In the order of arrival, which was drawn: any beginning of the day is as random as any other.
  const corrected = (options.correct === 'wrong' ? wrong : images).slice(0, corrections);
  for (const { file, label } of corrected) await correct(file, label);
  return wrong.length;
}

/** What the server decides by itself when enough was corrected; after a day of fewer corrections nothing. */
async function night(perNight: number, before: number): Promise<{ decision: string; reason: string; version: number }> {
  for (;;) {
    const { stage, corrections, training, steps } = await callAutoRetrain('GET');
    if (stage === 'idle' && corrections < perNight) {
      if (training === lastTraining) return { decision: 'none', reason: `${corrections} corrections`, version: before };
      lastTraining = training;
      const { kind, reason, version } = steps[0]!;
      if (kind === 'failed' || kind === 'refused') throw new Error(`${kind}: ${reason}`);
      return { decision: kind, reason, version: kind === 'activated' ? version! : before };
    }
    await sleep(200);
  }
}

async function callAutoRetrain(method: 'GET' | 'PUT', body?: object): Promise<AutoRetrain> {
  const response = await fetch(`${server.url}/v1/models/${model}/auto-retrain`, {
    method,
    headers: { ...server.headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as AutoRetrain;
}

/** Of the version that answers. */
async function accuracyOn(test: readonly LabelledFile[]): Promise<number> {
  let right = 0;
  await applyLoad(
    async (i) => {
      const said = await classify(test[i]!.file);
      if (said === test[i]!.label) right += 1;
      return said !== undefined;
    },
    test.length,
    inFlight,
  );
  return right / test.length;
}

/** undefined: the request failed. */
async function classify(file: string): Promise<string | undefined> {
  const answer = await send<{ results: Array<{ predictions?: Array<{ label: string }> }> }>(
    `/v1/classify?model=${model}`,
    { headers: { 'content-type': 'image/jpeg' }, body: await readFile(file) },
  );
  return answer?.results[0]?.predictions?.[0]?.label;
}

async function correct(file: string, label: string): Promise<void> {
  const query = new URLSearchParams({ model, label });
  const feedback = await send<{ id: number }>(`/v1/feedback?${query.toString()}`, {
    headers: { ...server.headers, 'content-type': 'image/jpeg' },
    body: await readFile(file),
  });
  if (feedback === undefined) return;
  await send(`/v1/admin/feedback/${feedback.id}/accept`, {
    headers: { ...server.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ dataset: model }),
  });
}

async function send<T>(path: string, init: Omit<RequestInit, 'method'>): Promise<T | undefined> {
  requests.sent += 1;
  try {
    const response = await fetch(`${server.url}${path}`, { method: 'POST', ...init });
    if (response.ok) return (await response.json()) as T;
    console.error(`${path}: ${response.status} ${await response.text()}`);
  } catch (error) {
    console.error(`${path}: ${String(error)}`);
  }
  requests.failed += 1;
  return undefined;
}

/** At the rate, whatever the answers take, until `signal` aborts. */
async function sendSteadily(images: readonly LabelledFile[], signal: AbortSignal): Promise<void> {
  const open = new Set<Promise<unknown>>();
  for (let i = 0; !signal.aborted; i++) {
    const request: Promise<unknown> = classify(images[i % images.length]!.file).finally(() => open.delete(request));
    open.add(request);
    await sleep(1_000 / steadyRate, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(open);
}

async function tell(nights: readonly Night[]): Promise<void> {
  const rows = nights.map(({ day, version, accuracy, images, decision, reason }) => ({
    day,
    version,
    'test accuracy %': (100 * accuracy).toFixed(1),
    'images in the dataset': images,
    decision,
    why: reason,
  }));
  console.log(`\n${markdownTable(rows)}\n`);
  const [first, last] = [nights[0]!, nights.at(-1)!];
  console.log(
    `held-out accuracy ${(100 * first.accuracy).toFixed(1)} % → ${(100 * last.accuracy).toFixed(1)} % in ${nights.length - 1} nights; ` +
      `${requests.failed} of ${requests.sent} requests failed`,
  );
  if (requests.failed > 0) process.exitCode = 1;
}
