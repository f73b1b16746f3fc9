// Labelled points around one centre per class: data that any head must learn.
import { createRandom } from '../../src/training/random.js';
import type { Rows } from '../../src/training/fit/rows.js';

/** `count` rows of `size` values, classes in turn; the centres do not depend on the seed. */
export function clusters(count: number, size: number, classes: number, seed: number): Rows {
  const centres = createRandom(99);
  const middle = Float32Array.from({ length: classes * size }, () => centres.next());
  const random = createRandom(seed);
  const labels = Uint32Array.from({ length: count }, (_, row) => row % classes);
  const features = Float32Array.from({ length: count * size }, (_, i) => {
    const row = Math.floor(i / size);
    return middle[labels[row]! * size + (i % size)]! + (random.next() - 0.5) * 0.8;
  });
  return { features, labels };
}
