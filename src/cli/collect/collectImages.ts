// Searches for images and keeps as many of each search as were asked for, if there are so many.
import { AppError } from '../../errors.js';
import { inspectImage } from '../../data/images/inspectImage.js';
import { sha256Of } from '../../data/images/imageStore.js';
import type { ImageDecoder } from '../../image/decoder.js';
import { leftOutReasons, type Candidate, type Collection, type LeftOutReason } from './collection.js';
import type { LicenseCode } from './licenses.js';
import type { FoundImage, ImageProvider } from './provider.js';
import type { SearchRow } from './searchTerms.js';
import { NoImageError, NotThereError, RateLimitError, type Web } from './web.js';

export interface CollectDeps {
  readonly provider: ImageProvider;
  readonly web: Pick<Web, 'image'>;
  readonly collection: Collection;
  readonly decoder: ImageDecoder;
  readonly licenses: ReadonlySet<LicenseCode>;
  readonly maxImageBytes: number;
  readonly signal: AbortSignal;
  /** `kept`: images that there are of all that were asked for. */
  readonly onProgress: (kept: number, term: string) => void;
}

export interface CollectedRow extends SearchRow {
  readonly kept: number;
  /** Of them, those that an earlier run had kept. */
  readonly before: number;
}

export interface Collected {
  readonly rows: readonly CollectedRow[];
  /** Images of this run that were not kept, by the reason. `unreachable`: the next run tries them again. */
  readonly leftOut: Readonly<Record<LeftOutReason | 'other-license' | 'unreachable', number>>;
}

/** Images fetched at the same time, of all hosts together. */
const fetchedAtOnce = 8;

/** Throws what the provider throws, RateLimitError of any host, and the reason of the signal; what was kept until then stays. */
export async function collectImages(deps: CollectDeps, rows: readonly SearchRow[]): Promise<Collected> {
  const { collection, licenses, onProgress, signal } = deps;
  const leftOut = Object.fromEntries(
    [...leftOutReasons, 'other-license' as const, 'unreachable' as const].map((reason) => [reason, 0]),
  ) as Record<keyof Collected['leftOut'], number>;
  const searches = new Map<string, Search>();
  const collected: CollectedRow[] = [];
  let all = collection.kept(licenses).length;
  for (const row of rows) {
    const before = collection.kept(licenses, row).length;
    let kept = before;
    // Rows that search for the same go on with one another's results.
    const search = searches.get(row.term) ?? new Search(deps, row.term, leftOut);
    searches.set(row.term, search);
    onProgress(all, row.term);
    while (kept < row.asked) {
      signal.throwIfAborted();
      const found = await search.next(Math.min(row.asked - kept, fetchedAtOnce));
      if (found.length === 0) break;
      const looks = await Promise.allSettled(found.map((image) => look(deps, image)));
      // One after the other, the best first: of two that look the same, that one is kept.
      for (const { value: outcome } of looks.filter((result) => result.status === 'fulfilled')) {
        const reason = await settle(collection, row, outcome);
        if (reason === undefined) [kept, all] = [kept + 1, all + 1];
        else leftOut[reason] += 1;
      }
      const fault = looks.find((result) => result.status === 'rejected');
      if (fault) throw fault.reason;
      onProgress(all, row.term);
    }
    collected.push({ ...row, kept, before });
  }
  return { rows: collected, leftOut };
}

/** The results of one search that were not looked at yet. */
class Search {
  readonly #pages: AsyncGenerator<readonly FoundImage[]>;
  readonly #found: Licensed[] = [];

  constructor(
    private readonly deps: CollectDeps,
    term: string,
    private readonly leftOut: Record<'other-license', number>,
  ) {
    this.#pages = deps.provider.search(term);
  }

  /** At most `count`; none when there are no more. Asks for a page only when what it has is used up. */
  async next(count: number): Promise<Licensed[]> {
    for (;;) {
      const fresh = this.#takeFresh(count);
      if (fresh.length > 0) return fresh;
      const page = await this.#pages.next();
      if (page.done === true) return [];
      for (const image of page.value) this.#take(image);
    }
  }

  /** Those that no search has looked at, in this run or another. */
  #takeFresh(count: number): Licensed[] {
    const fresh = new Map<string, Licensed>();
    while (fresh.size < count && this.#found.length > 0) {
      const image = this.#found.shift()!;
      if (!this.deps.collection.has(image.key)) fresh.set(image.key, image);
    }
    return [...fresh.values()];
  }

  #take({ license, id, ...image }: FoundImage): void {
    const { provider, licenses } = this.deps;
    if (license !== undefined && licenses.has(license))
      this.#found.push({ ...image, license, key: `${provider.name}-${id}` });
    else this.leftOut['other-license'] += 1;
  }
}

interface Licensed extends Omit<FoundImage, 'id'> {
  readonly key: string;
  readonly license: LicenseCode;
}

type Outcome = Candidate | { readonly key: string; readonly reason: LeftOutReason | 'unreachable' };

/** Fetches and decodes an image. */
async function look(deps: CollectDeps, { key, url, license, attribution }: Licensed): Promise<Outcome> {
  const { web, decoder, maxImageBytes, signal } = deps;
  try {
    const bytes = await web.image(url, maxImageBytes);
    const { format, dhash } = await inspectImage(decoder, bytes, signal);
    return { key, bytes, format, sha256: sha256Of(bytes), dhash, license, attribution };
  } catch (error) {
    signal.throwIfAborted();
    return { key, reason: reasonOf(error) };
  }
}

/** Throws `error` when it is no fault of one image. */
function reasonOf(error: unknown): LeftOutReason | 'unreachable' {
  if (error instanceof NoImageError) return error.reason;
  if (error instanceof NotThereError) return 'not-there';
  if (error instanceof AppError && error.code === 'image_too_large') return 'too-large';
  if (error instanceof AppError && error.status < 500) return 'unreadable';
  if (error instanceof RateLimitError || error instanceof AppError) throw error;
  return 'unreachable';
}

/** Undefined when the image is kept. */
async function settle(
  collection: Collection,
  row: SearchRow,
  outcome: Outcome,
): Promise<LeftOutReason | 'unreachable' | undefined> {
  if (!('reason' in outcome)) return (await collection.add(row, outcome)) ? undefined : 'looks-the-same';
  if (outcome.reason !== 'unreachable') await collection.leaveOut(outcome.key, outcome.reason);
  return outcome.reason;
}
