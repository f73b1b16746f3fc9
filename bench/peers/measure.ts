// One side: started, warmed up, measured, stopped.
import { applyLoad, type LoadResult } from '../../src/cli/bench/load.js';
import { eventLoopDelayMs } from '../loopDelay.js';
import type { Prediction } from './client.js';
import { cpuSecondsOf, memoryMiBOf, watchMemory } from './processTree.js';
import type { RunningServer } from './server.js';

export const levels = [1, 4, 16, 64] as const;
/** The level that sides are compared at. */
export const mainLevel = 16;

export interface BenchBodies {
  readonly small: readonly Buffer[];
  readonly large: readonly Buffer[];
}

export interface Measurement {
  readonly startSeconds: number;
  /** By requests in flight, with CPU seconds of the server an image. */
  readonly loads: ReadonlyMap<number, LoadResult & { readonly cpuSeconds: number }>;
  /** JPEGs of 12 megapixels, one in flight. */
  readonly large: LoadResult;
  readonly peakMiB: number;
  readonly afterMiB: number;
  /** Share of the images that get the same first class as from the reference. */
  readonly agreement: number;
  /** Largest difference of a probability from the reference's. */
  readonly difference: number;
  /** p99 of the event loop's delay with 64 in flight; only of servers that tell. */
  readonly loopP99Ms?: number;
}

/** `seconds` at each level; `reference`: what Taxon answers in fp32, by image. */
export async function measure(
  server: RunningServer,
  { small, large }: BenchBodies,
  reference: readonly Prediction[][],
  seconds: number,
): Promise<Measurement> {
  const { client, pid, url, startSeconds } = server;
  const answers: Prediction[][] = [];
  for (const body of small.slice(0, reference.length)) answers.push(await client.classify(body));
  const send = (bodies: readonly Buffer[]) => (index: number) => client.send(bodies[index % bodies.length]!);
  await applyLoad(send(small), { seconds: Math.min(3, seconds) }, mainLevel);
  const memory = watchMemory(pid);
  const loads = new Map<number, LoadResult & { readonly cpuSeconds: number }>();
  let loopP99Ms: number | undefined;
  for (const level of levels) {
    await eventLoopDelayMs(url);
    const before = cpuSecondsOf(pid);
    const load = await applyLoad(send(small), { seconds }, level);
    loads.set(level, {
      ...load,
      cpuSeconds: (cpuSecondsOf(pid) - before) / Math.max(1, load.requests - load.failures),
    });
    loopP99Ms = await eventLoopDelayMs(url);
  }
  await applyLoad(send(large), 2, 1);
  const onLarge = await applyLoad(send(large), { seconds: Math.min(5, seconds) }, 1);
  const peakMiB = memory.stop();
  const [agreement, difference] = compare(answers, reference);
  return {
    startSeconds,
    loads,
    large: onLarge,
    peakMiB,
    afterMiB: memoryMiBOf(pid),
    agreement,
    difference,
    ...(loopP99Ms !== undefined && { loopP99Ms }),
  };
}

/** Agreement of the first classes, and the largest difference of a probability that both give. */
export function compare(
  answers: readonly (readonly Prediction[])[],
  reference: readonly (readonly Prediction[])[],
): [agreement: number, difference: number] {
  let same = 0;
  let largest = 0;
  for (const [i, expected] of reference.entries()) {
    const found = new Map(answers[i]!.map(({ label, probability }) => [label, probability]));
    if (answers[i]![0]!.label === expected[0]!.label) same += 1;
    for (const { label, probability } of expected)
      if (found.has(label)) largest = Math.max(largest, Math.abs(probability - found.get(label)!));
  }
  return [same / reference.length, largest];
}
