// Load on a server, and what it answers.
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { commented, drawImages } from './drawnImages.js';
import { applyLoad, type LoadResult } from './load.js';

export interface Target {
  readonly url: string;
  readonly key: string | undefined;
  /** Undefined: the default one. */
  readonly model: string | undefined;
}

export interface Level extends LoadResult {
  readonly inFlight: number;
  /** How often each failure came, by its status; `none`: no answer. */
  readonly failed: Readonly<Record<string, number>>;
}

export interface MeasureOptions {
  readonly inFlight: readonly number[];
  /** Of each level; half a second more goes before it, unmeasured. */
  readonly seconds: number;
  readonly onLevel: (inFlight: number) => void;
}

const differentImages = 16;
const warmUpSeconds = 0.5;

/** One level after the other. */
export async function measure(target: Target, { inFlight, seconds, onLevel }: MeasureOptions): Promise<Level[]> {
  const images = await drawImages(differentImages);
  const levels: Level[] = [];
  for (const connections of inFlight) {
    onLevel(connections);
    const agent = new Agent({ connections });
    const failed = new Map<string, number>();
    const send = async (index: number): Promise<boolean> => {
      const status = await classify(agent, target, commented(images[index % images.length]!, randomUUID()));
      if (status !== '200') failed.set(status, (failed.get(status) ?? 0) + 1);
      return status === '200';
    };
    await applyLoad(send, { seconds: warmUpSeconds }, connections);
    failed.clear();
    const result = await applyLoad(send, { seconds }, connections);
    await agent.close();
    levels.push({ inFlight: connections, ...result, failed: Object.fromEntries(failed) });
  }
  return levels;
}

async function classify(agent: Agent, { url, key, model }: Target, body: Buffer): Promise<string> {
  const headers = { 'content-type': 'image/jpeg', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
  try {
    const { statusCode, body: answer } = await request(`${url}/v1/classify`, {
      dispatcher: agent,
      method: 'POST',
      headers,
      body,
      ...(model !== undefined && { query: { model } }),
    });
    await answer.dump();
    return String(statusCode);
  } catch {
    return 'none';
  }
}
