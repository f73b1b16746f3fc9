// The parts that were started, to be closed in reverse order: all of them, once.

type Close = () => Promise<void>;

export class Closers {
  readonly #closers: Close[] = [];
  #closing: Promise<void> | undefined;

  /** To be called for each part when it is started, or begins to start. */
  add(close: Close): void {
    this.#closers.push(close);
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Idempotent. Ends the last part first; one that fails holds up none of the others, and its error is thrown at the end. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) await close().catch((error: unknown) => errors.push(error));
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, 'several parts could not be closed');
  }
}
