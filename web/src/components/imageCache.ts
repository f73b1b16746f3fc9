// Images of the admin API need the key, so no <img> can ask for them: they are fetched, and shown from object URLs that are kept for a while.
import { apiKey } from '../session.js';

/** More than six to one host would wait in the browser, where they cannot be put in order. */
const maxFetches = 6;
/** Of the images that nobody shows now. */
const maxKeptBytes = 64 * 2 ** 20;

interface Entry {
  readonly address: string;
  readonly controller: AbortController;
  readonly ready: Promise<string>;
  /** Once it is there. */
  kept?: { readonly url: string; readonly bytes: number };
  users: number;
}

export interface Lease {
  /** Rejects when the image could not be had. */
  readonly url: Promise<string>;
  /** To be called once: an image that nobody waits for is not fetched any more. */
  readonly release: () => void;
}

export type FetchImage = (signal: AbortSignal) => Promise<Blob>;

/** By address. */
const entries = new Map<string, Entry>();
/** Those that are there and that nobody shows, the one shown last at the end. */
const idle = new Set<Entry>();
let idleBytes = 0;
/** Fetches that wait; the last one, which has just come into sight, is the next to go. */
const waiting: Array<() => void> = [];
let running = 0;

/** The object URL of an image that is there already. */
export const keptUrl = (address: string): string | undefined => entries.get(address)?.kept?.url;

/** `fetchImage` is called unless the image is there or on its way. */
export function leaseImage(address: string, fetchImage: FetchImage): Lease {
  const entry = entries.get(address) ?? createEntry(address, fetchImage);
  if (idle.delete(entry)) idleBytes -= entry.kept!.bytes;
  entry.users++;
  return {
    url: entry.ready,
    release: () => {
      entry.users--;
      if (entry.users > 0) return;
      if (entry.kept) keepForLater(entry);
      else discard(entry);
    },
  };
}

function createEntry(address: string, fetchImage: FetchImage): Entry {
  const controller = new AbortController();
  const entry: Entry = {
    address,
    controller,
    users: 0,
    ready: inTurn(() => fetchImage(controller.signal), controller.signal).then((blob) => {
      controller.signal.throwIfAborted();
      const url = URL.createObjectURL(blob);
      entry.kept = { url, bytes: blob.size };
      return url;
    }),
  };
  entries.set(address, entry);
  // Whoever asks again has another try.
  entry.ready.catch(() => discard(entry));
  return entry;
}

/** Runs `work` when fewer than the most are running, unless it is aborted before. */
function inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const run = (): void => {
      running++;
      void work()
        .then(resolve, reject)
        .finally(() => {
          running--;
          waiting.pop()?.();
        });
    };
    signal.addEventListener('abort', () => {
      const at = waiting.indexOf(run);
      if (at >= 0) waiting.splice(at, 1);
      reject(signal.reason as Error);
    });
    if (running < maxFetches) run();
    else waiting.push(run);
  });
}

/** Lets those go that were not shown for longest, where they are too many. */
function keepForLater(entry: Entry): void {
  idle.add(entry);
  idleBytes += entry.kept!.bytes;
  for (const oldest of idle) {
    if (idleBytes <= maxKeptBytes) return;
    discard(oldest);
  }
}

function discard(entry: Entry): void {
  entry.controller.abort();
  if (entries.get(entry.address) === entry) entries.delete(entry.address);
  if (idle.delete(entry)) idleBytes -= entry.kept!.bytes;
  if (entry.kept) URL.revokeObjectURL(entry.kept.url);
}

// Another key, another user.
apiKey.subscribe(() => {
  for (const entry of idle) discard(entry);
});
