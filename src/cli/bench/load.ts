// A client that keeps a fixed number of requests in flight and measures what it gets: of `taxon bench` and of those in bench/.

export interface LoadResult {
  readonly requests: number;
  readonly failures: number;
  /** Of those that succeeded, as the latencies: a refusal is fast, and no answer. */
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** How much is sent: a number of requests, or as many as fit into some seconds. */
export type Extent = number | { readonly seconds: number };

/** Sends `send(0)`, `send(1)`, … with `inFlight` at once as far as `extent` says; `send` answers whether it succeeded. */
export async function applyLoad(
  send: (index: number) => Promise<boolean>,
  extent: Extent,
  inFlight: number,
): Promise<LoadResult> {
  const latencies: number[] = [];
  let next = 0;
  let failures = 0;
  const startedAt = performance.now();
  const isOver = (): boolean =>
    typeof extent === 'number' ? next >= extent : performance.now() - startedAt >= 1000 * extent.seconds;
  const worker = async (): Promise<void> => {
    while (!isOver()) {
      const sentAt = performance.now();
      if (await send(next++)) latencies.push(performance.now() - sentAt);
      else failures += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const seconds = (performance.now() - startedAt) / 1000;
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((share) => percentile(latencies, share)) as [
    number,
    number,
    number,
  ];
  return { requests: next, failures, perSecond: latencies.length / seconds, p50Ms, p95Ms, p99Ms };
}

/** The value below which the given share of `values` lies, 0 to 1; 0 of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
