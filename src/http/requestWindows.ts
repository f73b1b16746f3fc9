// Requests of each client within a window of time.
import { RecentMap } from '../recentMap.js';

/** Keys and addresses that are remembered, the last ones first. */
const maxClients = 10_000;

export class RequestWindows {
  readonly #windows = new RecentMap<string, { readonly endsAt: number; count: number }>(maxClients);

  /** `now`: milliseconds on a clock that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts a request of `client`: gives the requests of its window, this one among them, and the milliseconds until it ends. */
  count(client: string, windowMs: number): { readonly current: number; readonly ttl: number } {
    const at = this.now();
    let window = this.#windows.get(client);
    if (window === undefined || window.endsAt <= at) {
      window = { endsAt: at + windowMs, count: 0 };
      this.#windows.set(client, window);
    }
    return { current: ++window.count, ttl: window.endsAt - at };
  }
}
