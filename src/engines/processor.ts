// What this processor multiplies in hardware, beside fp32.
import { readFileSync } from 'node:fs';

export interface ProcessorFeatures {
  /** bfloat16 dot products: AVX512_BF16, AMX or ARM's BF16. */
  readonly bf16: boolean;
  /** 8-bit dot products that accumulate in 32 bits: VNNI, AMX or ARM's DotProd. Without them sums of u8 × s8 saturate, or take longer than in fp32. */
  readonly int8: boolean;
}

/** By the flags that Linux lists in /proc/cpuinfo. */
export function featuresOf(cpuinfo: string): ProcessorFeatures {
  const flags = new Set(/^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/));
  const hasOne = (...names: readonly string[]): boolean => names.some((name) => flags.has(name));
  return {
    bf16: hasOne('avx512_bf16', 'amx_bf16', 'bf16'),
    int8: hasOne('avx512_vnni', 'avx_vnni', 'amx_int8', 'asimddp'),
  };
}

/** undefined where the system does not say: outside of Linux. */
export function readProcessorFeatures(): ProcessorFeatures | undefined {
  try {
    return featuresOf(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return undefined;
  }
}
