// Clients that send at a given rate whether or not answers come, as the world does: a server that slows down does not slow them down.
import { Agent } from 'undici';

export interface Arrival {
  /** Milliseconds since the start of the load at which it was sent. */
  readonly sentMs: number;
  /** Milliseconds from sending to the whole answer, or to the failure. */
  readonly tookMs: number;
  /** HTTP status; 0 when the connection failed. */
  readonly status: number;
}

export interface OpenLoopOptions {
  readonly url: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly bodies: readonly Buffer[];
  /** Address of this machine that the clients come from, such as 127.0.0.2. */
  readonly from: string;
}

/**
 * Sends JPEGs at `perSecond`, each at its own time, and resolves once the last is answered. Spacing is even: what a server makes of
 * bursts shows at the higher rates.
 */
export async function sendOpenLoop({ url, perSecond, seconds, bodies, from }: OpenLoopOptions): Promise<Arrival[]> {
  const agent = new Agent({
    localAddress: from,
    connections: null,
    pipelining: 1,
    headersTimeout: 120_000,
  });
  const total = Math.round(perSecond * seconds);
  const startedAt = performance.now();
  const pending: Promise<Arrival>[] = [];
  while (pending.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + 1);
    while (pending.length < due) pending.push(sendOne(agent, url, bodies[pending.length % bodies.length]!, startedAt));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const arrivals = await Promise.all(pending);
  await agent.close();
  return arrivals;
}

async function sendOne(agent: Agent, url: string, body: Buffer, startedAt: number): Promise<Arrival> {
  const sentAt = performance.now();
  const status = await statusOf(agent, url, body);
  return { sentMs: sentAt - startedAt, tookMs: performance.now() - sentAt, status };
}

async function statusOf(agent: Agent, url: string, body: Buffer): Promise<number> {
  try {
    const { origin, pathname } = new URL(url);
    const headers = { 'content-type': 'image/jpeg' };
    const { statusCode, body: answer } = await agent.request({ origin, path: pathname, method: 'POST', headers, body });
    await answer.dump();
    return statusCode;
  } catch {
    return 0;
  }
}
