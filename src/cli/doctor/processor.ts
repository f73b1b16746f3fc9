// Node.js, the cores that this process may use, and what they multiply in hardware.
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import type { Config } from '../../config.js';
import { readProcessorFeatures, type ProcessorFeatures } from '../../engines/processor.js';
import { ok, problem, warning, type Finding } from './finding.js';

export interface ProcessorFacts {
  readonly nodeVersion: string;
  readonly model: string;
  readonly cores: number;
  /** Cores that the container may use in the long run; undefined: no limit is known. */
  readonly quota: number | undefined;
  /** Undefined where the system does not say. */
  readonly features: ProcessorFeatures | undefined;
}

export const lookAtProcessor = (): ProcessorFacts => ({
  nodeVersion: process.versions.node,
  model: cpus()[0]?.model.trim() ?? process.arch,
  cores: availableParallelism(),
  quota: readQuota(),
  features: readProcessorFeatures(),
});

/** As `"engines"` of package.json says. */
const oldestNode = [20, 20] as const;

export function judgeProcessor(
  { nodeVersion, model, cores, quota, features }: ProcessorFacts,
  { ENGINE_THREADS, DECODE_CONCURRENCY }: Pick<Config, 'ENGINE_THREADS' | 'DECODE_CONCURRENCY'>,
): Finding[] {
  const named = `${cores} ${cores === 1 ? 'core' : 'cores'}, ${model}`;
  return [
    judgeNode(nodeVersion),
    quota !== undefined && quota < cores && (ENGINE_THREADS === 0 || DECODE_CONCURRENCY === 0)
      ? warning(
          'cores',
          `${named}, of which the container may use ${Number(quota.toFixed(2))}`,
          `Set ${['ENGINE_THREADS', 'DECODE_CONCURRENCY'].map((name) => `${name}=${Math.max(1, Math.floor(quota))}`).join(' and ')}: more threads than that wait for one another.`,
        )
      : cores === 1
        ? warning('cores', named, 'Decoding, inference and training share it; two cores answer twice as much.')
        : ok('cores', named),
    judgeFeatures(features),
  ];
}

function judgeNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1]);
  return isOld
    ? problem('Node.js', version, `Install Node.js ${oldestNode.join('.')} or later.`)
    : ok('Node.js', version);
}

function judgeFeatures(features: ProcessorFeatures | undefined): Finding {
  const check = 'instruction sets';
  if (features === undefined) return ok(check, 'not told by this system: answers are computed in fp32');
  const has = (['int8', 'bf16'] as const).filter((name) => features[name]);
  return has.length > 0
    ? ok(check, `${has.join(' and ')} in hardware`)
    : ok(check, 'neither int8 nor bf16 in hardware: answers are computed in fp32, at about half the speed');
}

/** Of cgroups, version 2 or 1. */
function readQuota(): number | undefined {
  const read = (file: string): string[] => {
    try {
      return readFileSync(`/sys/fs/cgroup/${file}`, 'utf8').trim().split(' ');
    } catch {
      return [];
    }
  };
  const [quota, period] = [...read('cpu.max'), ...read('cpu/cpu.cfs_quota_us'), ...read('cpu/cpu.cfs_period_us')];
  return quotaOf(quota, period);
}

/** In cores; both in microseconds. undefined: `max` or -1, which is no limit. */
export function quotaOf(quota: string | undefined, period: string | undefined): number | undefined {
  const cores = Number(quota) / Number(period);
  return cores > 0 ? cores : undefined;
}
