// Works on several items of a stream at once, and gives the results in the order of the items.

/**
 * Keeps at most `concurrency` items in work and takes no more from `items` until one is done. When `items` or the work
 * fails, what is in work is finished and given first, then the error is thrown.
 */
export async function* mapConcurrently<In, Out>(
  items: AsyncIterable<In>,
  concurrency: number,
  work: (item: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const pending: Promise<Out>[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const item of items) {
      const result = work(item);
      // Awaited below in its turn; until then its failure is nobody's.
      result.catch(() => undefined);
      pending.push(result);
      if (pending.length >= concurrency) yield await pending.shift()!;
    }
  } catch (error) {
    failure = { error };
  }
  try {
    while (pending.length > 0) yield await pending.shift()!;
  } finally {
    await Promise.allSettled(pending);
  }
  if (failure) throw failure.error;
}
