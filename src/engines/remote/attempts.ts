// One request with its second chances: another endpoint when the first takes unusually long, or fails. The first answer counts, the others are called off.

export interface Attempts<Place, Answer> {
  /** The best place that is in none of `tried`; undefined when there is none. */
  readonly next: (tried: ReadonlySet<Place>) => Place | undefined;
  /** Rejects with the signal's reason once it is aborted. */
  readonly attempt: (place: Place, signal: AbortSignal) => Promise<Answer>;
  /** Whether one more may be sent beside the first. */
  readonly mayAdd: () => boolean;
  /** After so many milliseconds without an answer another is sent; undefined: never. */
  readonly hedgeAfterMs: number | undefined;
  readonly deadline: AbortSignal;
}

/** Of the first and all that are added. */
const mostAttempts = 3;

/** Rejects with what the last attempt failed with; with the deadline's reason when it has passed. */
export function askInTurn<Place, Answer>(options: Attempts<Place, Answer>): Promise<Answer> {
  const { next, attempt, mayAdd, hedgeAfterMs, deadline } = options;
  return new Promise((resolve, reject) => {
    const tried = new Set<Place>();
    const running = new Set<AbortController>();
    const hedge: { timer?: NodeJS.Timeout } = {};
    let isSettled = false;

    const settle = (finish: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(hedge.timer);
      for (const other of running) other.abort(new Error('another endpoint has answered'));
      finish();
    };
    const start = (): boolean => {
      const place = tried.size < mostAttempts ? next(tried) : undefined;
      if (place === undefined) return false;
      tried.add(place);
      const controller = new AbortController();
      running.add(controller);
      attempt(place, AbortSignal.any([controller.signal, deadline])).then(
        (answer) => {
          running.delete(controller);
          settle(() => resolve(answer));
        },
        (error: unknown) => {
          running.delete(controller);
          if (isSettled || (!deadline.aborted && next(tried) !== undefined && mayAdd() && start())) return;
          if (running.size === 0) settle(() => reject(error instanceof Error ? error : new Error(String(error))));
        },
      );
      return true;
    };

    if (!start()) {
      reject(new Error('there is no endpoint to ask'));
      return;
    }
    if (hedgeAfterMs === undefined) return;
    hedge.timer = setTimeout(() => {
      if (next(tried) !== undefined && mayAdd()) start();
    }, hedgeAfterMs);
  });
}
