// The embeddings of the images of one dataset in one block of memory, which follows the dataset: only what is new is read.
import { setImmediate } from 'node:timers/promises';
import { compareRows, type Near } from './compareRows.js';

/** An image that may have an embedding. */
export interface IndexedImage {
  readonly id: number;
  readonly sha256: string;
}

/** An image by its id, and its cosine with what was looked for. */
export interface Found {
  readonly id: number;
  readonly similarity: number;
}

/** Files read before the thread looks what else it is asked for. */
const filesAtOnce = 256;
/** Room for more than there is, when the block has to be made anew. */
const growth = 1.25;

export class EmbeddingIndex {
  /** [room, size]; the first rows, one of length 1 for each image, are those of #ids. What is empty at its end takes no memory: it is never touched. */
  #vectors = new Float32Array(0);
  /** Of each row. */
  #ids: number[] = [];
  /** Rows that have got another place: what is found among them meanwhile is of nothing. */
  #moves = 0;

  constructor(private readonly size: number) {}

  /** Images that have an embedding. */
  get count(): number {
    return this.#ids.length;
  }

  /**
   * Makes it the index of `images`. `read` puts an image's embedding into its place, or says that there is none; it is not asked for
   * those that are there. Searches go on meanwhile, in what is there.
   */
  async update(
    images: readonly IndexedImage[],
    read: (sha256: string, target: Float32Array) => boolean,
  ): Promise<void> {
    this.#keep(new Set(images.map(({ id }) => id)));
    const known = new Set(this.#ids);
    this.#makeRoom(images.length);
    let sinceBreak = 0;
    for (const { id, sha256 } of images) {
      if (known.has(id)) continue;
      const place = this.#row(this.count);
      if (read(sha256, place)) {
        normalise(place, place);
        this.#ids.push(id);
      }
      if (++sinceBreak % filesAtOnce === 0) await setImmediate();
    }
  }

  /** The most similar images, best first, `limit` at most. `query`: [size], of any length. */
  async nearest(query: Float32Array, limit: number): Promise<Found[]> {
    const [ids, moves] = [[...this.#ids], this.#moves];
    const direction = new Float32Array(this.size);
    normalise(query, direction);
    const near = await compareRows(this.#vectors.subarray(0, ids.length * this.size), direction, limit);
    if (moves !== this.#moves) return this.nearest(query, limit);
    return near.map(({ row, similarity }: Near) => ({ id: ids[row]!, similarity }));
  }

  /** Drops the images that are not among these: the last row comes into the place of one that goes. */
  #keep(wanted: ReadonlySet<number>): void {
    for (let row = this.count - 1; row >= 0; row--) {
      if (wanted.has(this.#ids[row]!)) continue;
      const last = this.count - 1;
      this.#row(row).set(this.#row(last));
      this.#ids[row] = this.#ids[last]!;
      this.#ids.pop();
      this.#moves += 1;
    }
  }

  #makeRoom(rows: number): void {
    if (rows * this.size <= this.#vectors.length) return;
    const room = this.#vectors.length === 0 ? rows : Math.ceil(rows * growth);
    const vectors = new Float32Array(room * this.size);
    vectors.set(this.#vectors.subarray(0, this.count * this.size));
    this.#vectors = vectors;
  }

  #row(row: number): Float32Array {
    return this.#vectors.subarray(row * this.size, (row + 1) * this.size);
  }
}

/** The vector at length 1; one of zeros stays so. Written into `target`. In loops: of thousands, they take a tenth of what map takes. */
export function normalise(vector: Float32Array, target: Float32Array): void {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const scale = squares === 0 ? 1 : 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) target[i] = vector[i]! * scale;
}
