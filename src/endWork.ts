// The first step of a shutdown: what is in flight ends.

export interface Working {
  /** Its `close` resolves when the requests in flight are answered. */
  readonly server: { close(): PromiseLike<unknown> };
  /** Its `stop` interrupts what runs before it returns, and resolves when nothing runs any more. */
  readonly training: { stop(): Promise<void> };
  /** Its `stop` lets what it is sending come to its end. */
  readonly webhooks: { stop(): Promise<void> };
  readonly engine: { readonly outage: string | undefined; close(): Promise<void> };
}

/**
 * Requests in flight are answered and trainings go back to the queue. An engine that is down is closed at once: a request
 * without a deadline, such as an activation, or a training would wait for its return, and the shutdown for them.
 */
export async function endWork({ server, training, webhooks, engine }: Working): Promise<void> {
  const ends = [training.stop(), webhooks.stop(), server.close()];
  if (engine.outage !== undefined) ends.push(engine.close());
  await Promise.all(ends);
}
