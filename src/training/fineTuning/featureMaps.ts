// Feature maps of a training's images on disk, in half precision: one file, row after row, in the process that computes and reads them.
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { decodeFloat16, encodeFloat16 } from '../../formats/float16.js';

/** Bytes of one map of so many values. */
export const bytesOfMap = (values: number): number => values * Uint16Array.BYTES_PER_ELEMENT;

/** Largest finite half: what is beyond would become infinite. */
const largestHalf = 65504;

export class FeatureMapFile {
  readonly #file: number;
  readonly #values: number;
  #rows: number;

  /** Opens `path`, or makes it; rows that an earlier process wrote whole are there. `values`: of one map. */
  constructor(path: string, values: number) {
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT);
    this.#values = values;
    this.#rows = Math.floor(fstatSync(this.#file).size / bytesOfMap(values));
  }

  get rows(): number {
    return this.#rows;
  }

  /** Adds whole maps, [count, values], behind those that are there. */
  append(maps: Float32Array): void {
    const halves = encodeFloat16(maps.map((value) => Math.max(-largestHalf, Math.min(largestHalf, value))));
    const bytes = new Uint8Array(halves.buffer);
    const position = this.#rows * bytesOfMap(this.#values);
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#file, bytes, done, bytes.length - done, position + done);
    this.#rows += maps.length / this.#values;
  }

  /** The maps of these rows, [rows.length, values]. */
  read(rows: Uint32Array): Float32Array {
    const size = bytesOfMap(this.#values);
    const halves = new Uint16Array(rows.length * this.#values);
    const bytes = new Uint8Array(halves.buffer);
    rows.forEach((row, i) => {
      if (readSync(this.#file, bytes, i * size, size, row * size) !== size)
        throw new Error(`the feature map of row ${row} is not in its file`);
    });
    return decodeFloat16(halves);
  }

  close(): void {
    closeSync(this.#file);
  }
}
