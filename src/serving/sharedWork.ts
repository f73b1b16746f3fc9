// Equal images that are in work at the same time, for the same use, are computed once. Compared byte by byte: of the few that are in work,
// most differ in their lengths, which costs less than a hash of each.
import { unlessAborted } from './unlessAborted.js';

interface Work<T> {
  /** What is computed of the image: equal texts, equal results. */
  readonly use: string;
  readonly bytes: Uint8Array;
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

export class SharedWork<T> {
  readonly #works = new Set<Work<T>>();

  /** `onShared` is called for each image that another's work answers. */
  constructor(private readonly onShared: () => void) {}

  /**
   * What `compute` gives for the image, or what it is giving for an equal one of the same `use`. An abort of `signal` rejects with
   * its reason; the signal that `compute` is given aborts with it once nobody waits any more.
   */
  async run(
    use: string,
    bytes: Uint8Array,
    signal: AbortSignal,
    compute: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const work = this.#join(use, bytes) ?? this.#start(use, bytes, compute);
    work.waiting += 1;
    try {
      return await unlessAborted(work.result, signal);
    } finally {
      work.waiting -= 1;
      if (work.waiting === 0) this.#end(work, signal);
    }
  }

  #join(use: string, bytes: Uint8Array): Work<T> | undefined {
    for (const work of this.#works) {
      if (work.use !== use || work.bytes.length !== bytes.length || Buffer.compare(work.bytes, bytes) !== 0) continue;
      this.onShared();
      return work;
    }
    return undefined;
  }

  #start(use: string, bytes: Uint8Array, compute: (signal: AbortSignal) => Promise<T>): Work<T> {
    const controller = new AbortController();
    const work = { use, bytes, result: compute(controller.signal), controller, waiting: 0 };
    this.#works.add(work);
    return work;
  }

  #end(work: Work<T>, { aborted, reason }: AbortSignal): void {
    this.#works.delete(work);
    if (aborted) work.controller.abort(reason);
  }
}
