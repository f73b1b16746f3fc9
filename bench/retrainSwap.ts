// What requests notice while versions change: a steady client during a retrain with activations and rollbacks; memory over many of them.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../src/cli/bench/load.js';
import { classify, listClasses, type LabelledFile, type RetrainServer } from './retrainServer.js';

/** More than the machine can answer measures nothing but overload: see the rate that `npm run bench` prints. */
const perSecond = Number(process.env['BENCH_RATE'] ?? '20');
const quietSeconds = 15;

interface Seen {
  readonly ms: number[];
  readonly answers: { readonly file: string; readonly version: number; readonly text: string }[];
  /** How often each error came. */
  readonly failures: Map<string, number>;
}

/** Sends at a fixed rate, whatever the answers take, until `until` resolves. */
async function sendSteadily(url: string, files: readonly LabelledFile[], until: Promise<unknown>): Promise<Seen> {
  const seen: Seen = { ms: [], answers: [], failures: new Map() };
  const open = new Set<Promise<void>>();
  const over = new AbortController();
  void until.finally(() => over.abort()).catch(() => undefined);
  const send = async (file: string): Promise<void> => {
    const sentAt = performance.now();
    await classify(url, 'model=clothing', file).then(
      (answer) => seen.answers.push({ file, ...answer }),
      (error: unknown) => {
        const reason = String(error).slice(0, 120);
        seen.failures.set(reason, (seen.failures.get(reason) ?? 0) + 1);
      },
    );
    seen.ms.push(performance.now() - sentAt);
  };
  const startedAt = performance.now();
  for (let i = 0; !over.signal.aborted; i++) {
    const request = send(files[i % files.length]!.file).finally(() => open.delete(request));
    open.add(request);
    await sleep(Math.max(0, startedAt + ((i + 1) * 1000) / perSecond - performance.now()));
  }
  await Promise.all(open);
  await until;
  return seen;
}

const countFailures = ({ failures }: Seen): number => [...failures.values()].reduce((sum, count) => sum + count, 0);

async function prepare(server: RetrainServer, images: string): Promise<LabelledFile[]> {
  const files = await listClasses(join(images, 'train'));
  await server.admin('PUT', 'datasets/swap');
  await server.upload('swap', files.slice(0, 100));
  for (const seed of [1, 2])
    await server.retrain({
      dataset: 'swap',
      model: 'clothing',
      activate: 'manual',
      hyperparameters: { views: 0, seed, dropout: 0.2 },
    });
  return files;
}

const changeVersion = (server: RetrainServer, step: string, version?: number): Promise<unknown> =>
  server.admin('POST', `models/clothing/${step}`, version === undefined ? undefined : { version });

export async function measureSwap(server: RetrainServer, images: string): Promise<void> {
  const all = await prepare(server, images);
  await server.upload('swap', all.slice(100, 400));
  const files = all.slice(1000, 1020);
  const before = await sendSteadily(server.url, files, sleep(quietSeconds * 1000));
  const work = async (): Promise<void> => {
    const training = server.retrain({ dataset: 'swap', model: 'clothing', activate: 'manual' });
    for (const version of [2, 3, 2]) {
      await sleep(2000);
      await changeVersion(server, 'activate', version);
      await sleep(1000);
      await changeVersion(server, 'rollback');
    }
    const { state, version } = await training;
    if (state !== 'succeeded') throw new Error(`the training ${state}`);
    await changeVersion(server, 'activate', version!);
    await sleep(1000);
  };
  const during = await sendSteadily(server.url, files, work());
  const [quiet, busy] = [percentile(before.ms, 0.99), percentile(during.ms, 0.99)];
  console.log(
    `${perSecond} requests/s, p99: alone ${quiet.toFixed(0)} ms, during retrain and swaps ${busy.toFixed(0)} ms = ${(busy / quiet).toFixed(2)} times (goal below 3); ${during.ms.length} requests, ${countFailures(before)} failed alone, ${countFailures(during)} during`,
  );
  for (const [reason, count] of during.failures) console.log(`  ${count} × ${reason}`);
  console.log(
    `answers that are not those of the version they name: ${await countMixed(server, during)}; versions seen: ${[...new Set(during.answers.map(({ version }) => version))].sort().join(', ')}`,
  );
}

/** Each answer again, asked of its version by number. */
async function countMixed(server: RetrainServer, { answers }: Seen): Promise<number> {
  const expected = new Map<string, string>();
  let mixed = 0;
  for (const { file, version, text } of answers) {
    const key = `${version} ${file}`;
    if (!expected.has(key))
      expected.set(key, (await classify(server.url, `model=clothing&version=${version}`, file)).text);
    if (labelsOf(expected.get(key)!) !== labelsOf(text)) mixed++;
  }
  return mixed;
}

/** Label and probability to four digits: a batch may differ from a single image in the last bits. */
const labelsOf = (text: string): string =>
  (JSON.parse(text) as { label: string; probability: number }[])
    .map(({ label, probability }) => `${label} ${probability.toFixed(4)}`)
    .join(';');

const cycles = 1000;

export async function measureCycles(server: RetrainServer, images: string): Promise<void> {
  const files = await prepare(server, images);
  const rss: number[] = [];
  const startedAt = performance.now();
  for (let i = 0; i <= cycles; i++) {
    if (i % 100 === 0) rss.push(await server.process.rssMiB());
    await changeVersion(server, 'activate', 2);
    await changeVersion(server, 'rollback');
    if (i % 50 === 0) await classify(server.url, 'model=clothing', files[0]!.file);
  }
  const ms = (performance.now() - startedAt) / cycles;
  console.log(
    `${cycles} activate/rollback cycles, ${ms.toFixed(0)} ms each; RSS in MiB every 100: ${rss.map((value) => value.toFixed(0)).join(' ')}`,
  );
}
