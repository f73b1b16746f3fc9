// Clients that send again as soon as they are refused, whatever Retry-After says, would have refusals for as much processor time as there
// is, and those that were let in would wait for theirs. Past a rate, refusals therefore wait for their turn; nobody else does.

import type { FastifyInstance } from 'fastify';

/** Thirty times what a core answers goes out at once; refusing ten times as many would take as long as answering. */
const perSecond = 1000;

/** A burst of as many goes out at once, and none waits longer. */
const windowMs = 1000;

export class RefusalPace {
  /** When the next one is due if they go on at the rate. */
  #dueAt = -Infinity;

  /** In milliseconds, 0 to 1,000: what the next refusal waits. `now` is in milliseconds of a clock that only goes forward. */
  delayAt(now: number): number {
    const earliest = now - windowMs;
    const latest = now + windowMs;
    this.#dueAt = Math.min(Math.max(this.#dueAt, earliest) + 1000 / perSecond, latest);
    return Math.max(0, this.#dueAt - now);
  }
}

/** Of every form: the answers of `app` and of all within it that have the status 429. */
export function paceRefusals(app: FastifyInstance): void {
  const pace = new RefusalPace();
  app.addHook('onSend', (_request, { statusCode }, payload, done) => {
    const delayMs = statusCode === 429 ? pace.delayAt(performance.now()) : 0;
    if (delayMs > 0) setTimeout(done, delayMs, null, payload);
    else done(null, payload);
  });
}
