// One file from the web: through the environment's proxy, resumed when the connection breaks, complete or not there at all.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import pRetry, { AbortError } from 'p-retry';
import { EnvHttpProxyAgent, fetch } from 'undici';

const attempts = 5;
/** Before the second attempt; each further one waits twice as long. */
const firstWaitMs = 500;

const sizeOfFile = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Fetches what `file` does not hold yet. Throws AbortError when asking again would not help. */
async function fetchRest(url: string, file: string, onProgress: (bytes: number, total: number) => void): Promise<void> {
  const have = await sizeOfFile(file);
  const response = await fetch(url, {
    dispatcher: new EnvHttpProxyAgent(),
    headers: have > 0 ? { range: `bytes=${have}-` } : {},
  });
  if (!response.ok || !response.body) {
    const refusal = new Error(`${url} answered ${response.status}`);
    throw response.status < 500 && response.status !== 429 ? new AbortError(refusal) : refusal;
  }
  const resumed = response.status === 206;
  const total = Number(response.headers.get('content-length') ?? 0) + (resumed ? have : 0);
  let bytes = resumed ? have : 0;
  // Written piece by piece: a stream would throw away what it still holds when the connection breaks.
  const target = await open(file, resumed ? 'a' : 'w');
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      await target.writeFile(chunk);
      bytes += chunk.length;
      onProgress(bytes, total);
    }
  } finally {
    await target.close();
  }
}

/** MD5 of a file, in hexadecimal: what Keras publishes for its weights. */
export async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Downloads `url` to `file`, going on from the last byte after a broken connection. Throws the last error, and leaves no file then. */
export async function download(
  url: string,
  file: string,
  onProgress: (bytes: number, total: number) => void,
): Promise<void> {
  try {
    await pRetry(() => fetchRest(url, file, onProgress), { retries: attempts - 1, minTimeout: firstWaitMs });
  } catch (cause) {
    await rm(file, { force: true });
    throw new Error(`${url} could not be downloaded; fetch it elsewhere and give it with --from FILE`, { cause });
  }
}
