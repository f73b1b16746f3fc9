// A client that keeps a fixed number of requests in flight and measures what it gets.

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends `send(0)`, `send(1)`, … `requests` times with `inFlight` at once; `send` answers whether it succeeded. */
export async function applyLoad(
  send: (index: number) => Promise<boolean>,
  requests: number,
  inFlight: number,
): Promise<LoadResult> {
  const latencies: number[] = [];
  let next = 0;
  let failures = 0;
  const startedAt = performance.now();
  const worker = async (): Promise<void> => {
    for (let index = next++; index < requests; index = next++) {
      const sentAt = performance.now();
      if (!(await send(index))) failures += 1;
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { requests, failures, perSecond: requests / seconds, p50Ms, p99Ms };
}

/** The value below which the given share of `values` lies, 0 to 1; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
