// The event loop's delay as a server of ours tells it.

/** p99 since the last reading in milliseconds, from /metrics; undefined of a server that has none. */
export async function eventLoopDelayMs(url: string): Promise<number | undefined> {
  const response = await fetch(`${url}/metrics`, { headers: { connection: 'close' } });
  const match = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(await response.text());
  return match ? Number(match[1]) * 1000 : undefined;
}
