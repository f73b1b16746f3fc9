// Average precision of each class, and its mean over the classes (mAP): how well images that have a class are ranked above those that
// do not, whatever the threshold. Pure functions.

/** Scores and truth of images: both [images, classes]. */
export interface ScoredSets {
  /** Anything that rises with the probability of a class. */
  readonly scores: ArrayLike<number>;
  /** 1 where the image has the label. */
  readonly truth: Uint8Array;
  readonly classes: number;
}

/** The rows of a class from the highest score on, and after which of them another score begins. */
interface Ranking {
  readonly order: Uint32Array;
  readonly endsTie: Uint8Array;
}

/** Rankings are made once; a bootstrap measures them many times. */
export class RankedSets {
  readonly #rankings: readonly Ranking[];
  readonly #rows: number;

  constructor(private readonly sets: ScoredSets) {
    this.#rows = sets.truth.length / sets.classes;
    this.#rankings = Array.from({ length: sets.classes }, (_, label) => rank(sets, this.#rows, label));
  }

  /**
   * By class: the sum over the distinct scores of (recall there − recall before) × precision there, without interpolation, as
   * scikit-learn's average_precision_score; NaN where no image has the label. `rows`: which images count, repetitions allowed; all if absent.
   */
  averagePrecisions(rows?: Uint32Array): Float64Array {
    const weights = new Uint32Array(this.#rows);
    if (rows) for (const row of rows) weights[row]!++;
    else weights.fill(1);
    return Float64Array.from(this.#rankings, (ranking, label) => this.#averagePrecision(ranking, label, weights));
  }

  #averagePrecision({ order, endsTie }: Ranking, label: number, weights: Uint32Array): number {
    const { truth, classes } = this.sets;
    let [seen, hits, hitsBefore, sum] = [0, 0, 0, 0];
    for (let i = 0; i < order.length; i++) {
      const row = order[i]!;
      seen += weights[row]!;
      hits += weights[row]! * truth[row * classes + label]!;
      if (endsTie[i] === 0) continue;
      if (hits > hitsBefore) sum += ((hits - hitsBefore) * hits) / seen;
      hitsBefore = hits;
    }
    return hits === 0 ? NaN : sum / hits;
  }
}

function rank({ scores, classes }: ScoredSets, rows: number, label: number): Ranking {
  const own = Float64Array.from({ length: rows }, (_, row) => scores[row * classes + label]!);
  const order = Uint32Array.from({ length: rows }, (_, row) => row).sort((a, b) => own[b]! - own[a]! || a - b);
  const endsTie = Uint8Array.from(order, (row, i) => Number(i === rows - 1 || own[order[i + 1]!] !== own[row]));
  return { order, endsTie };
}

/** The mean of the classes that any image has; 0 where none has any. */
export function meanOfPresent(values: Float64Array): number {
  const present = values.filter((value) => !Number.isNaN(value));
  return present.length === 0 ? 0 : present.reduce((sum, value) => sum + value, 0) / present.length;
}
