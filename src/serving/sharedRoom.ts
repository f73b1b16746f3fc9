// Room that callers share: whoever holds much is refused first, so that there is always some left for one that holds nothing.

/**
 * A caller may hold up to this many times what is free: alone it gets two thirds of the room, two get two fifths each.
 * After A. K. Choudhury and E. L. Hahne, "Dynamic queue length thresholds for shared-memory packet switches", IEEE/ACM
 * Transactions on Networking 6(2), 1998.
 */
const appetite = 2;

export class SharedRoom {
  readonly #byCaller = new Map<string, number>();
  #taken = 0;

  /**
   * `size` is the whole room at this moment, in the unit of what is taken. Who holds nothing yet may take from beyond it, up to
   * `reserve` times the size: the room may have shrunk below what is taken.
   */
  constructor(
    private readonly size: () => number,
    private readonly reserve = 1,
  ) {}

  get taken(): number {
    return this.#taken;
  }

  /** Whether `caller` got `amount`. An empty room takes anything: what never fits would otherwise never be tried. */
  take(caller: string, amount: number): boolean {
    const held = this.#byCaller.get(caller) ?? 0;
    if (!this.#fits(held, amount)) return false;
    this.#byCaller.set(caller, held + amount);
    this.#taken += amount;
    return true;
  }

  #fits(held: number, amount: number): boolean {
    const size = this.size();
    const taken = this.#taken + amount;
    if (held === 0) return this.#byCaller.size === 0 || taken <= this.reserve * size;
    return held + amount <= appetite * (size - taken);
  }

  giveBack(caller: string, amount: number): void {
    const left = (this.#byCaller.get(caller) ?? 0) - amount;
    // Sums of fractions end a little beside zero.
    if (left > 1e-6) this.#byCaller.set(caller, left);
    else this.#byCaller.delete(caller);
    this.#taken = this.#byCaller.size === 0 ? 0 : this.#taken - amount;
  }
}
