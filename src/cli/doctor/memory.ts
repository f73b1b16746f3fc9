// How much memory the process may take, and whether that is enough.
import { totalmem } from 'node:os';
import type { Config } from '../../config.js';
import { bytesText, ok, problem, warning, type Finding } from './finding.js';

export interface MemoryFacts {
  readonly totalBytes: number;
  /** Of the container; undefined: none. */
  readonly limitBytes: number | undefined;
  readonly availableBytes: number;
}

export function lookAtMemory(): MemoryFacts {
  const limit = process.constrainedMemory();
  const total = totalmem();
  return {
    totalBytes: total,
    // 0 or an enormous number where there is none.
    limitBytes: limit > 0 && limit < total ? limit : undefined,
    availableBytes: process.availableMemory(),
  };
}

const mebibyte = 2 ** 20;
/** The first start, which compiles the model, and what is left to the system: docs/operations.md. */
const leastBytes = 900 * mebibyte;
/** A server at work: resident, and images in decoders. */
const workBytes = 1_000 * mebibyte;

/** `isRunning`: a server has taken its share of what was available. */
export function judgeMemory(
  { totalBytes, limitBytes, availableBytes }: MemoryFacts,
  {
    TRAINERS,
    TRAINER_HEAP_MB,
    MAX_INFLIGHT_BYTES,
  }: Pick<Config, 'TRAINERS' | 'TRAINER_HEAP_MB' | 'MAX_INFLIGHT_BYTES'>,
  isRunning: boolean,
): Finding {
  const check = 'memory';
  const most = limitBytes ?? totalBytes;
  const found = `${bytesText(availableBytes)} available of ${bytesText(most)}${limitBytes === undefined ? '' : ', the limit of the container'}`;
  if (most < leastBytes)
    return problem(check, found, 'The first start takes 840 MiB: give it 2 GiB (docs/operations.md, Memory).');
  const wanted = workBytes + TRAINERS * TRAINER_HEAP_MB * mebibyte + MAX_INFLIGHT_BYTES;
  if (most < wanted)
    return warning(
      check,
      found,
      `Under load and while it trains it may take ${bytesText(wanted)}: give it that, or lower MAX_INFLIGHT_BYTES and TRAINER_HEAP_MB.`,
    );
  if (!isRunning && availableBytes < leastBytes)
    return warning(check, found, 'The first start takes 840 MiB: end something else before.');
  return ok(check, found);
}
