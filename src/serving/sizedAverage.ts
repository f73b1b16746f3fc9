// Moving averages of what things took, by kind and size: sizes within a factor of two share one.

/** Weight of the newest measurement. */
const newest = 0.2;

export class SizedAverage<Kind extends string> {
  readonly #averages = new Map<string, number>();

  /** `first` gives the estimate for a kind and size of which nothing has been measured. */
  constructor(private readonly first: (kind: Kind, bytes: number) => number) {}

  observe(kind: Kind, bytes: number, value: number): void {
    const key = keyOf(kind, bytes);
    const average = this.#averages.get(key) ?? value;
    this.#averages.set(key, average + newest * (value - average));
  }

  estimate(kind: Kind, bytes: number): number {
    return this.#averages.get(keyOf(kind, bytes)) ?? this.first(kind, bytes);
  }
}

const keyOf = (kind: string, bytes: number): string => `${kind} ${Math.floor(Math.log2(Math.max(1, bytes)))}`;
